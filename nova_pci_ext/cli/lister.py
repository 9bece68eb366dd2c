# SPDX-License-Identifier: Apache-2.0

"""A command whose result is a table, in one of several formats."""

import argparse
from collections.abc import Iterable
from collections.abc import Sequence
from typing import Any

from cliff import columns
from cliff import lister

from nova_pci_ext import exceptions
from nova_pci_ext.cli import files
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import worded
from nova_pci_ext.model import command_verdict
from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.printable import printable_fields

TREE = 'tree'
#: Formats that have types, and escape text by themselves.
TYPED = ('json', 'yaml')


class Drawn(str):
    """A line with colours of ours; what it quotes is escaped already."""

    __slots__ = ()


class Shown(columns.FormattableColumn[Any]):
    """A text for people that is something else for machines."""

    def __init__(self, text: str, value: object) -> None:
        super().__init__(value)
        self._text = text

    def human_readable(self) -> str:
        """Return the text."""
        return printable(self._text)


class Lister(worded.Command, lister.Lister):
    """Shows rows; text in them is escaped where the format does not do it.

    So is each line of a tree, but for one that is ``Drawn``.

    :cvar rows_name: what the rows are called in JSON and YAML
    """

    formatter_namespace = 'nova_pci_ext.formatter.table'
    rows_name = 'rows'

    def __init__(self, *words: object, **more: object) -> None:
        super().__init__(*words, **more)
        self.warnings: list[str] = []

    def verdict(self) -> command_verdict.CommandVerdict:
        """Return the answer, once the action is done."""
        raise NotImplementedError

    def warn(self, text: str) -> None:
        """Say a doubt on the standard error, and keep it for programs."""
        self.warnings.append(text)
        lines.warn(text, self.app.stderr)

    def produce_output(self, parsed_args: argparse.Namespace,
                       column_names: Sequence[str],
                       data: Iterable[Sequence[object]]) -> int:
        """Show the rows, but not behind a file on the standard output.

        :raises UsageError: for a column that is not there
        """
        if any(files.is_stream(getattr(parsed_args, name, None))
               for name in ('record', 'plot')):
            return 0
        if parsed_args.columns:
            self._check_columns(parsed_args, column_names)
        if parsed_args.formatter in TYPED:
            parsed_args.verdict = self.verdict()
            parsed_args.rows_name = self.rows_name
        else:
            data = [[printable_fields(cell) for cell in row] for row in data]
        status: int = super().produce_output(parsed_args, column_names, data)
        return status

    def _check_columns(self, asked: argparse.Namespace,
                       names: Sequence[str]) -> None:
        if asked.formatter == TREE:
            raise exceptions.UsageError(
                '--column: a tree has no columns; expected another --format')
        known = {self._normalize_column_name(name) for name in names}
        for column in asked.columns:
            if self._normalize_column_name(column) not in known:
                raise exceptions.UsageError(
                    f'--column {column}: unknown column; expected one of '
                    f'{", ".join(names)}')
