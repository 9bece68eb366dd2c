# SPDX-License-Identifier: Apache-2.0

"""``nova-pci complete``: what a shell completes, from the same parsers."""

import argparse
from collections.abc import Iterable
from collections.abc import Iterator

from cliff import app as cliff_app

from nova_pci_ext.cli import worded

SHELLS = ('bash', 'zsh', 'fish')
# What arguments that name files and folders are called in the help.
_FILES = ('FILE', 'PATH')
_FOLDERS = ('FOLDER', 'ROOT')


class Complete(worded.Command):
    """Print what makes a shell complete commands, options and files.

    For bash: nova-pci complete --shell bash > /etc/bash_completion.d/nova-pci

    Exit status: 0.
    """

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.add_argument(
            '--shell', choices=SHELLS, default=SHELLS[0],
            help=f'{", ".join(SHELLS)}; {SHELLS[0]} if not given')
        return parser

    def take_action(self, parsed_args: argparse.Namespace) -> int:
        """Print the text."""
        self.app.stdout.write(text(
            parsed_args.shell, self.app.parser, self.app.NAME, commands(
                self.app)))
        return 0


def commands(app: cliff_app.App,
             ) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield the name of each command of an application, and its parser."""
    for name, _ in sorted(app.command_manager):
        factory, _, _ = app.command_manager.find_command([name])
        yield name, factory(app, None).get_parser(f'{app.NAME} {name}')


def text(shell: str, before: argparse.ArgumentParser, program: str,
         found: Iterable[tuple[str, argparse.ArgumentParser]]) -> str:
    """Return the text of a file for a shell.

    :param before: of the options that stand before a command
    :param found: each command with its parser
    """
    # Other commands need none of it.
    import shtab

    whole = argparse.ArgumentParser(prog=program, add_help=False)
    # cliff's parsers cannot be the parents of one of argparse.
    for action in before._actions:
        whole._add_action(action)
    parts = whole.add_subparsers(dest='command')
    for name, parser in found:
        line = (parser.description or '').strip().split('\n')[0]
        part = parts.add_parser(name, help=line, add_help=False)
        for action in parser._actions:
            part._add_action(action)
            if action.metavar in _FILES:
                vars(action)['complete'] = shtab.FILE
            elif action.metavar in _FOLDERS:
                vars(action)['complete'] = shtab.DIRECTORY
    made: str = shtab.complete(whole, shell)
    return made if made.endswith('\n') else f'{made}\n'

