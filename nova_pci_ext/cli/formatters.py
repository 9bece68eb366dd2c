# SPDX-License-Identifier: Apache-2.0

"""The output formats of the commands: cliff's, and what we add to them.

JSON and YAML are one object: the verdict, and the rows under their name. Rows
of ``csv`` and ``value`` have one text or number in each cell.
"""

import argparse
import csv
import json
import os
from collections.abc import Iterable
from collections.abc import Sequence
from typing import TextIO

from cliff import columns
from cliff.formatters import base
from cliff.formatters import commaseparated
from cliff.formatters import json_format
from cliff.formatters import table as cliff_table
from cliff.formatters import value
from cliff.formatters import yaml_format

from nova_pci_ext.cli import terminal
from nova_pci_ext.drawing import table
from nova_pci_ext.model.printable import printable

# With these a cell begins that a spreadsheet takes for a formula; the wide
# forms are what Japanese and Chinese keyboards have.
_FORMULA = ('=', '+', '-', '@', '\t', '\r',
            '\uff1d', '\uff0b', '\uff0d', '\uff20')


class TreeFormatter(base.ListFormatter):
    """Lines that are a tree already; ``Lister`` has escaped them."""

    def add_argument_group(self, parser: argparse.ArgumentParser) -> None:
        """Add nothing: how a tree is drawn, its command decides."""

    def emit_list(self, column_names: Sequence[str],
                  data: Iterable[Sequence[object]], stdout: TextIO,
                  parsed_args: argparse.Namespace) -> None:
        """Print the only column."""
        for (line,) in data:
            print(line, file=stdout)


class TableFormatter(cliff_table.TableFormatter):
    """A table that stays within the width of the terminal."""

    def emit_list(self, column_names: Sequence[str],
                  data: Iterable[Sequence[object]], stdout: TextIO,
                  parsed_args: argparse.Namespace) -> None:
        """Print the table."""
        rows = [[cell.human_readable()
                 if isinstance(cell, columns.FormattableColumn) else cell
                 for cell in row] for row in data]
        width = parsed_args.max_width or terminal.width_of(stdout)
        for line in (table.lines(
                column_names, rows, None if width >= terminal.WHOLE
                else width) if rows or parsed_args.print_empty else ['']):
            print(line, file=stdout)


class JSONFormatter(json_format.JSONFormatter):
    """The verdict and the rows as one object of JSON."""

    def emit_list(self, column_names: Sequence[str],
                  data: Iterable[Sequence[object]], stdout: TextIO,
                  parsed_args: argparse.Namespace) -> None:
        """Print the object."""
        json.dump(_document(column_names, data, parsed_args), stdout,
                  indent=None if parsed_args.noindent else 2)
        stdout.write('\n')


class YAMLFormatter(yaml_format.YAMLFormatter):
    """The same object as YAML."""

    def emit_list(self, column_names: Sequence[str],
                  data: Iterable[Sequence[object]], stdout: TextIO,
                  parsed_args: argparse.Namespace) -> None:
        """Print the object."""
        import yaml
        yaml.safe_dump(_document(column_names, data, parsed_args), stdout,
                       default_flow_style=False, sort_keys=False)


class CSVFormatter(commaseparated.CSVLister):
    """Cells that a spreadsheet can read, and does not run."""

    def emit_list(self, column_names: Sequence[str],
                  data: Iterable[Sequence[object]], stdout: TextIO,
                  parsed_args: argparse.Namespace) -> None:
        """Print the names of the columns, then the rows."""
        writer = csv.writer(
            stdout, quoting=self.QUOTE_MODES[parsed_args.quote_mode],
            lineterminator=os.linesep, escapechar='\\')
        writer.writerow(column_names)
        for row in data:
            writer.writerow(map(_no_formula, map(plain, row)))


class ValueFormatter(value.ValueFormatter):
    """The same cells, with blanks between them."""

    def emit_list(self, column_names: Sequence[str],
                  data: Iterable[Sequence[object]], stdout: TextIO,
                  parsed_args: argparse.Namespace) -> None:
        """Print the rows."""
        for row in data:
            print(*map(plain, row), file=stdout)


def plain(cell: object) -> str | int | float:
    """Return a cell as a text or a number.

    Lists of words are words; what has more parts and no text of its own is
    JSON.
    """
    if isinstance(cell, columns.FormattableColumn):
        return (cell.human_readable() or plain(cell.machine_readable())
                ) if cell.machine_readable() else ''
    if cell is None or cell == []:
        return ''
    if isinstance(cell, bool):
        return 'true' if cell else 'false'
    if isinstance(cell, (int, float, str)):
        return cell
    if isinstance(cell, (list, tuple)) and all(
            isinstance(each, str) for each in cell):
        return ' '.join(map(printable, cell))
    return json.dumps(cell)


def _no_formula(cell: str | int | float) -> str | int | float:
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell


def _document(names: Sequence[str], data: Iterable[Sequence[object]],
              asked: argparse.Namespace) -> dict[str, object]:
    """Return the object; ``Lister`` has put verdict and name aside."""
    rows = [{name: cell.machine_readable()
             if isinstance(cell, columns.FormattableColumn) else cell
             for name, cell in zip(names, row, strict=True)}
            for row in data]
    return {'verdict': asked.verdict.data(), asked.rows_name: rows}
