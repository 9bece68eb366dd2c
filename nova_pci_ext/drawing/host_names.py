# SPDX-License-Identifier: Apache-2.0

"""Many names of hosts in few letters: ``gpu-[001-049]``, ``gpu-[7,9].lan``."""

import re
from collections.abc import Iterable

from nova_pci_ext.drawing import labels

# The last number of a name is what counts hosts, most of all.
_NAME = re.compile('(.*?)([0-9]{1,9})([^0-9]*)', re.DOTALL)
#: Letters of a list of names, about.
MOST_LETTERS = 34


def short(names: Iterable[str], most: int = MOST_LETTERS) -> str:
    """Write names with ranges for their numbers.

    :param names: different ones, in the order in which they should stand
    :param most: letters after which the rest is only counted
    """
    shown: list[str] = []
    letters = rest = 0
    for text, number in _ranges(names):
        if shown and letters + len(text) > most:
            rest += number
            continue
        if len(text) > most:
            text = f'{text[:most - 3]}...'
        shown.append(text)
        letters += len(text) + 1
    return ','.join(shown) + (f' and {rest} more' if rest else '')


def _ranges(names: Iterable[str]) -> list[tuple[str, int]]:
    """Return each text with the number of names that it stands for."""
    # A width of None is that of numbers without zeros before them.
    groups: dict[tuple[str, str, int], dict[int, str]] = {}
    for name in names:
        found = _NAME.fullmatch(name)
        if found is None:
            groups[name, '', 0] = {}
            continue
        before, digits, after = found.groups()
        groups.setdefault((before, after, len(digits)), {})[
            int(digits)] = digits
    made: dict[tuple[str, str, int], list[int]] = {}
    for (before, after, width), numbers in groups.items():
        padded = any(len(str(number)) < width for number in numbers)
        made.setdefault((before, after, width if padded else 0),
                        []).extend(numbers)
    return [_range(*key, sorted(numbers)) for key, numbers in made.items()]


def _range(before: str, after: str, width: int,
           numbers: list[int]) -> tuple[str, int]:
    if not numbers:
        return before, 1
    text = re.sub('[0-9]+', lambda each: each.group().zfill(width),
                  labels.ranges(numbers))
    if len(numbers) > 1:
        text = f'[{text}]'
    return f'{before}{text}{after}', len(numbers)
