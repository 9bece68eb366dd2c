# SPDX-License-Identifier: Apache-2.0

"""What is mounted, and where the system swaps."""

import dataclasses
import re
from collections.abc import Iterator

from nova_pci_ext.discovery.kernel_files import Root

_OCTAL = re.compile(r'\\([0-7]{3})')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """One line of ``/proc/self/mountinfo``.

    :ivar point: where it is mounted
    :ivar number: of its block device, ``253:0``; made up, ``0:30``, for a
        file system that is on none or on several
    :ivar kind: type of the file system
    :ivar source: device node, or what the file system calls it
    :ivar options: of the file system itself
    """

    point: str
    number: str
    kind: str
    source: str = ''
    options: tuple[str, ...] = ()

    def option(self, name: str) -> str | None:
        """Return the value of an option."""
        for each in self.options:
            key, equals, value = each.partition('=')
            if key == name and equals:
                return value
        return None


def read(files: Root) -> Iterator[Mount]:
    """Read the mounts of this process, in their order."""
    for line in files.lines(files.path, 'proc/self/mountinfo'):
        front, _, back = line.partition(' - ')
        fields, more = front.split(), back.split()
        if len(fields) < 5 or not more:
            continue
        yield Mount(
            point=_plain(fields[4]), number=fields[2], kind=more[0],
            source=_plain(more[1]) if len(more) > 1 else '',
            options=tuple(more[2].split(',')) if len(more) > 2 else ())


def swap_disks(files: Root) -> Iterator[str]:
    """Yield the device nodes of swap; a swap file is on a mount."""
    for line in files.lines(files.path, 'proc/swaps')[1:]:
        fields = line.split()
        if len(fields) > 1 and fields[1] == 'partition':
            yield _plain(fields[0])


def _plain(text: str) -> str:
    """Undo the octal escapes of blanks."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), text)
