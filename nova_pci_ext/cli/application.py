# SPDX-License-Identifier: Apache-2.0

"""The application of ``nova-pci``; its sub-commands are entry points.

Nothing here imports Nova: a command that needs it imports it when it runs.
"""

import logging

from cliff import app
from cliff import command
from cliff import commandmanager

import nova_pci_ext
from nova_pci_ext.cli import lines

FAULTS = 2
#: As a shell has it for a command that Ctrl-C ended.
INTERRUPTED = 130


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
        if self._has_status:
            return status
        if status == INTERRUPTED:
            # cliff makes a silent status of it.
            raise KeyboardInterrupt
        return FAULTS if status == 1 else status

    def clean_up(self, cmd: command.Command, result: int,
                 err: BaseException | None) -> None:
        """Note whether the status is the command's own."""
        self._has_status = err is None
