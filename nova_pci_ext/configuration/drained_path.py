# SPDX-License-Identifier: Apache-2.0

"""Where the nova-compute of this host looks for what is drained."""

import pathlib
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.configuration.substitution import Substitution
from nova_pci_ext.parsing import Faults

_NAME = 'drained_file'
_STATE_PATH = '$state_path'


def find(files: Sequence[ConfigFile]) -> pathlib.Path:
    """Return the path of the file.

    :param files: those that nova-compute reads
    :raises ConfigErrors: if nova-compute could not read the option
    """
    group = pci_ext.GROUP.name
    found = config_files.last(files, group, _NAME)
    text, path = pci_ext.DRAINED_FILE, f'[{group}] {_NAME}'
    if found is not None:
        text, path = found[1].value, found[0].where(found[1])
    state = config_files.last(files, 'DEFAULT', 'state_path')
    if state is not None:
        # Most files say it, and then Nova need not be loaded to know it.
        text = text.replace(_STATE_PATH, state[1].value)
    faults = Faults()
    whole = Substitution(files).replace(text, group, path, faults)
    if whole is None:
        raise exceptions.ConfigErrors('faults in the configuration',
                                      faults.errors)
    return pathlib.Path(whole)
