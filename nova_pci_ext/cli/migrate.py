# SPDX-License-Identifier: Apache-2.0

"""``nova-pci migrate``: today's form of an old configuration."""

import argparse
import pathlib

from cliff import command

from nova_pci_ext.cli import lines
from nova_pci_ext.configuration import migration
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.parsing import Faults

_CHANGED, _ERRORS = 0, 2


class Migrate(command.Command):
    """Print a configuration file with the PCI options in today's form.

    The new text goes to the standard output or to another file, what was
    changed to the standard error; the file itself is not touched.

    Exit status: 0, or 2 when the file cannot be read or the other written.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument('file', type=pathlib.Path,
                            help='a configuration file of 2014 or later')
        parser.add_argument(
            '--output', type=pathlib.Path, metavar='FILE',
            help='the file to write, instead of the standard output; it is '
                 'replaced as a whole, or stays as it is')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        faults = Faults()
        migrated = migration.migrate(parsed_args.file, faults)
        for fault in faults.errors:
            lines.show(f'error: {fault}', self.app.stderr)
        if faults.errors:
            return _ERRORS
        if parsed_args.output:
            whole_files.write(parsed_args.output, migrated.text)
        else:
            print(migrated.text, end='', file=self.app.stdout)
        for change in migrated.changes or ('nothing had to be changed',):
            lines.show(change, self.app.stderr)
        return _CHANGED
