# SPDX-License-Identifier: Apache-2.0

"""All values within a JSON value, however deep they are nested."""

import re
from collections.abc import Iterator

from nova_pci_ext.parsing.faults import shown_key

_HALF = re.compile('[\ud800-\udfff]')
# Nothing that we read is nested deeper than a few levels.
_DEEPEST = 50


def values(content: object) -> Iterator[tuple[str, object]]:
    """Yield each value with its place, such as ``devices[0].parent``."""
    left = [('', content)]
    while left:
        where, value = left.pop()
        yield where, value
        if isinstance(value, dict):
            left += [(f'{where}.{shown_key(key)}' if where
                      else shown_key(key), each)
                     for key, each in reversed(value.items())]
        elif isinstance(value, list):
            left += [(f'{where}[{index}]', each) for index, each
                     in reversed(list(enumerate(value)))]


def halves(content: object) -> Iterator[tuple[str, str]]:
    """Yield each text that holds half of a surrogate pair, with its place.

    No encoding has it, so no file and no database takes it.
    """
    for where, value in values(content):
        texts = value if isinstance(value, dict) else (value,)
        yield from ((where, text) for text in texts
                    if isinstance(text, str) and _HALF.search(text))


def is_deep(content: object) -> bool:
    """Whether a value is nested deeper than Python follows everywhere."""
    level = [content]
    for _ in range(_DEEPEST):
        level = [each for value in level if isinstance(value, dict | list)
                 for each in (value.values() if isinstance(value, dict)
                              else value)]
        if not level:
            return False
    return True
