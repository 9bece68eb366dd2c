# SPDX-License-Identifier: Apache-2.0

"""Colours and widths of what people read, by rich.

Lines are as wide as the terminal, or as ``COLUMNS`` says. In a pipe without it
they are whole, so that ``grep`` finds a device with all that is said of it.
Colours are for a terminal; ``NO_COLOR`` (no-color.org) takes them away, and
``FORCE_COLOR`` gives them to a pipe too.
"""

import enum
import os
import textwrap
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import TextIO

from rich import console
from rich import style
from rich import text
from rich import tree as rich_tree

from nova_pci_ext.drawing.tree import Branch
from nova_pci_ext.model.view import Use

#: Of a line that is not wrapped.
WHOLE = 10 ** 6
# What a terminal has at least.
_LEAST = 20


class Colour(enum.StrEnum):
    """What a colour says, and which it is."""

    GOOD = 'green'
    TAKEN = 'blue'
    DOUBT = 'yellow'
    BAD = 'red'
    ASIDE = 'bright_black'


_USES: Mapping[Use, Colour] = {
    Use.FREE: Colour.GOOD, Use.OWNED: Colour.TAKEN,
    Use.DEPENDENT: Colour.DOUBT, Use.DRAINED: Colour.BAD,
    Use.NOT_HANDED_OUT: Colour.ASIDE}


def width_of(stream: TextIO) -> int:
    """Return how many columns a line on a stream may have."""
    told = os.environ.get('COLUMNS', '')
    if told.isascii() and told.isdigit() and int(told[:5]) >= _LEAST:
        return int(told[:5])
    return opened(stream).width if stream.isatty() else WHOLE


def wrap(line: str, stream: TextIO, indent: str = '    ') -> list[str]:
    """Break a line where a stream is not wide enough for it.

    :param line: what can be shown as it is
    :param indent: before all but the first of its parts
    """
    first = line[:len(line) - len(line.lstrip())]
    return textwrap.wrap(
        line, width_of(stream), subsequent_indent=first + indent,
        break_long_words=False, break_on_hyphens=False) or ['']


def opened(stream: TextIO, width: int | None = None) -> console.Console:
    """Return rich's view of a stream."""
    return console.Console(
        file=stream, width=width, highlight=False, markup=False, emoji=False,
        soft_wrap=False)


def paint(line: str, colour: Colour, stream: TextIO) -> str:
    """Colour a line, where its stream has colours.

    :param line: what can be shown as it is
    """
    shown = opened(stream)
    if shown.color_system is None or shown.no_color:
        return line
    return style.Style(color=colour.value).render(
        line, color_system=console.COLOR_SYSTEMS[shown.color_system])


def tree(branches: Iterable[Branch], stream: TextIO) -> Iterator[str]:
    """Yield the lines of trees, each within the width of the stream.

    :param branches: whose texts can be shown as they are
    """
    width = width_of(stream)
    for branch in branches:
        shown = opened(stream, min(width, _longest(branch)))
        with shown.capture() as captured:
            shown.print(_grown(branch))
        for line in captured.get().splitlines():
            yield line.rstrip()


def _grown(branch: Branch) -> rich_tree.Tree:
    found = rich_tree.Tree(_label(branch), guide_style='')
    waiting = [(found, branch)]
    while waiting:
        node, of = waiting.pop()
        waiting += [(node.add(_label(child)), child)
                    for child in of.children]
    return found


def _longest(branch: Branch) -> int:
    """Return how wide a tree is that is not wrapped."""
    longest, waiting = 0, [(branch, 0)]
    while waiting:
        each, depth = waiting.pop()
        longest = max(longest, 4 * depth + len(each.state) + len(each.text))
        waiting += [(child, depth + 1) for child in each.children]
    return longest + 4


def _label(branch: Branch) -> text.Text:
    label = text.Text(overflow='fold')
    if branch.state:
        label.append(f'{branch.state}:',
                     _USES[branch.use].value if branch.use else '')
        label.append(' ')
    label.append(branch.text)
    return label
