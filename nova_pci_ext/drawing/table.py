# SPDX-License-Identifier: Apache-2.0

"""Tables for people, drawn by rich in plain characters."""

from collections.abc import Sequence

from rich import box
from rich import console
from rich import table
from rich import text

# Letters of a word, such as an address, that is better kept whole.
_FIRM = 24
# Of a table whose width nobody bounds.
_WIDE = 10 ** 5


def lines(names: Sequence[str], rows: Sequence[Sequence[object]],
          width: int | None = None) -> list[str]:
    """Return the lines of a table.

    :param rows: cells whose text can be shown as it is; numbers stand right
    :param width: in which the table should stay, None for any
    """
    found = table.Table(box=box.ASCII2, show_lines=False, header_style='',
                        padding=(0, 1), pad_edge=True)
    for index, name in enumerate(names):
        cells = [row[index] for row in rows]
        found.add_column(
            text.Text(name), overflow='fold',
            justify='right' if cells and all(map(_is_number, cells))
            else 'left', min_width=max(map(_firm, (name, *cells))))
    for row in rows:
        found.add_row(*(text.Text(str(cell)) for cell in row))
    # Rather too wide than without what rich would cut off.
    least = sum(3 + (column.min_width or 0) for column in found.columns) + 1
    shown = console.Console(
        width=max(width or _WIDE, least), color_system=None, force_terminal=False,
        highlight=False, markup=False, emoji=False)
    with shown.capture() as captured:
        shown.print(found)
    return [line.rstrip() for line in captured.get().splitlines()]


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _firm(cell: object) -> int:
    """Return the length of the longest word that is kept whole."""
    return max((len(word) for word in str(cell).split()
                if len(word) <= _FIRM), default=0)
