# SPDX-License-Identifier: Apache-2.0

"""Commands that say in one form what is wrong with their arguments."""

import argparse
import sys
from typing import NoReturn

from cliff import command

from nova_pci_ext.cli import lines

FAULTS = 2


class Command(command.Command):
    """A command whose parser refuses as the commands do."""

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        refuse_in_words(parser)
        return parser


def refuse_in_words(parser: argparse.ArgumentParser) -> None:
    """Let a parser refuse with the fault first, and without its usage.

    That of ``explain`` has 20 lines, below which nobody sees the fault.
    """
    def refuse(message: str) -> NoReturn:
        lines.show(lines.labelled('error', message), sys.stderr)
        lines.show(f'"{parser.prog} --help" shows the options', sys.stderr)
        raise SystemExit(FAULTS)

    # cliff makes the parsers, and takes no class of them from a command.
    vars(parser)['error'] = refuse
