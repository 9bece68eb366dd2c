# SPDX-License-Identifier: Apache-2.0

"""The command ``nova-pci``; its sub-commands are entry points.

Nothing here imports Nova: a command that needs it imports it when it runs.
"""

import logging
import os
import sys

from cliff import app
from cliff import command
from cliff import commandmanager

import nova_pci_ext
from nova_pci_ext.cli import lines

FAULTS = 2
#: As a shell has it for a command that a signal ended.
BROKEN_PIPE = 141


class NovaPci(app.App):
    """The application: exit status, and how errors are shown.

    A command returns its own exit status, or raises: then the status is 2,
    and one line on the standard error says why.
    """

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
        self._has_status = False
        self._handlers: list[logging.Handler] = []

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
        return FAULTS if status == 1 and not self._has_status else status

    def clean_up(self, cmd: command.Command, result: int,
                 err: BaseException | None) -> None:
        """Note whether the status is the command's own."""
        self._has_status = err is None


def main(argv: list[str] | None = None) -> int:
    """Run a command line.

    :param argv: the words after ``nova-pci``; those of the process if None
    :returns: exit status
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a character gets its escape.
        _reconfigure(stream)
    try:
        status: int = NovaPci().run(sys.argv[1:] if argv is None else argv)
        sys.stdout.flush()
    except BrokenPipeError:
        status = BROKEN_PIPE
    if status == BROKEN_PIPE:
        # Or Python complains at its end of what it could not write.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _reconfigure(stream: object) -> None:
    if hasattr(stream, 'reconfigure'):
        stream.reconfigure(errors='backslashreplace')


if __name__ == '__main__':
    sys.exit(main())
