# SPDX-License-Identifier: Apache-2.0

"""``nova-pci migrate``: today's form of an old configuration."""

import argparse
import difflib
import io
import pathlib

from nova_pci_ext import exceptions
from nova_pci_ext.cli import files
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import worded
from nova_pci_ext.configuration import migration
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.model.printable import printable
from nova_pci_ext.parsing import Faults

_CHANGED, _ERRORS = 0, 2
# As diff and patch have it.
_UNENDED = '\\ No newline at end of file'


class Migrate(worded.Command):
    """Print a configuration file with the PCI options in today's form.

    The new text goes to the standard output or to a file, what was changed
    to the standard error; the file itself is touched by --in-place alone.

    Exit status: 0, or 2 when a file cannot be read or written.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            'file', type=files.to_read, metavar='FILE',
            help='a configuration file of 2014 or later; - for the standard '
                 'input')
        where = parser.add_mutually_exclusive_group()
        where.add_argument(
            '--diff', action='store_true',
            help='print what would change, as patch takes it')
        where.add_argument(
            '--in-place', action='store_true',
            help='write the new text into the file, as --output would')
        where.add_argument(
            '--output', type=pathlib.Path, metavar='FILE',
            help='the file to write, instead of the standard output; it is '
                 'replaced as a whole, or stays as it is')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        if parsed_args.in_place and files.was_stream(parsed_args.file):
            raise exceptions.UsageError(
                '--in-place: the standard input is not a file; expected '
                '--output, or the name of a file')
        faults = Faults()
        migrated = migration.migrate(parsed_args.file, faults)
        for fault in faults.errors:
            lines.show(lines.labelled('error', str(fault)), self.app.stderr)
        if faults.errors:
            return _ERRORS
        target = (parsed_args.file if parsed_args.in_place
                  else parsed_args.output)
        if parsed_args.diff:
            print(_difference(parsed_args.file, migrated.text), end='',
                  file=self.app.stdout)
        elif target is None:
            print(migrated.text, end='', file=self.app.stdout)
        elif not parsed_args.in_place or migrated.changes:
            files.write(target, migrated.text, self.app.stdout)
        for change in migrated.changes or ('nothing had to be changed',):
            lines.show(change, self.app.stderr)
        for note in migrated.notes:
            lines.show(note, self.app.stderr)
        return _CHANGED


def _difference(path: pathlib.Path, text: str) -> str:
    """Return a unified diff of a file and its new text."""
    name = files.STREAM if files.was_stream(path) else printable(str(path))
    return ''.join(
        line if line.endswith('\n') else f'{line}\n{_UNENDED}\n'
        for line in difflib.unified_diff(
            _lines(whole_files.read(path)), _lines(text), name, name))


def _lines(text: str) -> list[str]:
    """Return the lines of a file, as ``diff`` parts it."""
    return io.StringIO(text, newline='\n').readlines()
