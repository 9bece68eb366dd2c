#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
