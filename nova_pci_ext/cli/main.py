# SPDX-License-Identifier: Apache-2.0

"""The command ``nova-pci``; its sub-commands are entry points.

Nothing here imports Nova: a command that needs it imports it when it runs.
"""

import sys

from cliff import app
from cliff import commandmanager

import nova_pci_ext


class NovaPci(app.App):
    """The application; cliff does the rest."""

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


def main(argv: list[str] | None = None) -> int:
    """Run a command line.

    :param argv: the words after ``nova-pci``; those of the process if None
    :returns: exit status
    """
    status: int = NovaPci().run(sys.argv[1:] if argv is None else argv)
    return status


if __name__ == '__main__':
    sys.exit(main())
