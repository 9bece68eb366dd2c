# SPDX-License-Identifier: Apache-2.0

"""The application of ``nova-pci``; its sub-commands are entry points.

Nothing here imports Nova: a command that needs it imports it when it runs.
"""

import argparse
import logging

from cliff import app
from cliff import command
from cliff import commandmanager

import nova_pci_ext
from nova_pci_ext.cli import completion
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import worded
from nova_pci_ext.parsing import keys

FAULTS = worded.FAULTS
#: As a shell has it for a command that Ctrl-C ended.
INTERRUPTED = 130


class NovaPci(app.App):
    """The application: exit status, and how errors are shown.

    A command returns its own exit status, or raises: then the status is 2,
    and one line on the standard error says why.
    """

    NAME = lines.PROGRAM
    # Warnings and worse go to the terminal unless -v asks for more.
    DEFAULT_VERBOSE_LEVEL = 0

    def __init__(self) -> None:
        super().__init__(
            description='PCI devices for OpenStack Nova: check a '
                        'configuration, explain a decision, try it out.',
            version=nova_pci_ext.__version__,
            command_manager=commandmanager.CommandManager(
                'nova_pci_ext.cli'),
            deferred_help=True)
        # cliff's own knows bash alone, and there no values and no files.
        self.command_manager.add_command('complete', completion.Complete)
        self._has_status = False
        self._handlers: list[logging.Handler] = []

    def build_option_parser(self, description: str, version: str,
                            argparse_kwargs: dict[str, object] | None = None,
                            ) -> argparse.ArgumentParser:
        """Return the parser of the options before a command."""
        parser: argparse.ArgumentParser = super().build_option_parser(
            description, version, {'prog': self.NAME})
        worded.refuse_in_words(parser)
        return parser

    def configure_logging(self) -> None:
        """Log as cliff does, in escaped lines."""
        root = logging.getLogger()
        before = list(root.handlers)
        super().configure_logging()
        self._handlers = [each for each in root.handlers
                          if each not in before]
        for handler in self._handlers:
            handler.setFormatter(lines.Formatter())

    def run(self, argv: list[str]) -> int:
        """Run a command line; without a command, show the help.

        :returns: exit status
        """
        try:
            status: int = super().run(argv or ['--help'])
        finally:
            for handler in self._handlers:
                logging.getLogger().removeHandler(handler)
        if self._has_status:
            return status
        if status == INTERRUPTED:
            # cliff makes a silent status of it.
            raise KeyboardInterrupt
        return FAULTS if status == 1 else status

    def interact(self) -> None:
        """Show the help: options without a command begin no dialogue."""
        self.options.deferred_help = True
        self.print_help_if_requested()

    def run_subcommand(self, argv: list[str]) -> int:
        """Run the command that the words begin with.

        :returns: exit status; that of faults for an unknown command
        """
        asked = argv[1:] if argv[0] == 'help' else argv
        try:
            if asked:
                self.command_manager.find_command(asked)
        except ValueError:
            lines.show(lines.labelled('error', self._unknown(asked[0])),
                       self.stderr)
            self._has_status = True
            return FAULTS
        status: int = super().run_subcommand(argv)
        return status

    def _unknown(self, word: str) -> str:
        if word.startswith('-'):
            return f'{word}: unknown option'
        meant = keys.meant(word, [name for name, _ in self.command_manager])
        return f'{word}: unknown command; ' + (
            f'did you mean {meant}?' if meant else
            f'"{self.NAME} --help" lists them')

    def clean_up(self, cmd: command.Command, result: int,
                 err: BaseException | None) -> None:
        """Note whether the status is the command's own."""
        self._has_status = err is None
