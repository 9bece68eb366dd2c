# SPDX-License-Identifier: Apache-2.0

"""Read what the kernel may not answer, and go on without it.

Who reads an attribute of a device that is being unplugged waits for the
kernel, and nothing ends the wait, not even SIGKILL.  So a child reads, and
is left behind when it does not come back.
"""

import os
import select
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Sequence

# So many children may be left behind before the rest is given up.
_MOST_LEFT = 4
_CHUNK = 65536
_MOST_OPEN = 4096


def read_texts(names: Sequence[str], read: Callable[[str], str | None],
               limit_s: float) -> dict[str, str]:
    """Read texts by their names in a child.

    :param read: called in the child, one name after the other
    :param limit_s: time that one of them may take
    :returns: name to text; without those of which the child did not come
        back, and those for which ``read`` returned None
    """
    found: dict[str, str] = {}
    ahead = list(names)
    for _ in range(_MOST_LEFT):
        if not ahead:
            break
        done = 0
        for name, text in zip(ahead, _answers(ahead, read, limit_s),
                              strict=False):
            done += 1
            if text is not None:
                found[name] = text
        # The one after the last that came back is stuck.
        ahead = ahead[done + 1:]
    return found


def _answers(names: Sequence[str], read: Callable[[str], str | None],
             limit_s: float) -> Iterator[str | None]:
    """Yield answers until the child has no more, or does not come back."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _answer(names, read, writer)
    os.close(writer)
    rest = b''
    try:
        while select.select([reader], [], [], limit_s)[0]:
            chunk = os.read(reader, _CHUNK)
            if not chunk:
                os.waitpid(child, 0)
                return
            *answers, rest = (rest + chunk).split(b'\0')
            for answer in answers:
                yield (answer[1:].decode('utf-8', 'replace')
                       if answer.startswith(b'+') else None)
    finally:
        os.close(reader)


def _answer(names: Sequence[str], read: Callable[[str], str | None],
            writer: int) -> None:
    """Answer in the child, and end it.

    Whoever waits for the end of the parent's output must not wait for a child
    that is left behind, so it lets go of everything that the parent has open.
    """
    try:
        null = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(null, number)
        os.closerange(3, writer)
        os.closerange(writer + 1, _MOST_OPEN)
        for name in names:
            text = read(name)
            os.write(writer, b'-\0' if text is None
                     else b'+' + text.encode().replace(b'\0', b'') + b'\0')
    finally:
        os._exit(0)
