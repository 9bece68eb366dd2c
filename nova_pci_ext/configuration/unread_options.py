# SPDX-License-Identifier: Apache-2.0

"""Options that stand where Nova does not read them, or under old names."""

from collections.abc import Iterable

from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing import Faults
from nova_pci_ext.parsing import options


def check(files: Iterable[ConfigFile], faults: Faults) -> None:
    """Report each option that has another name or place today."""
    for file in files:
        for each in file.assignments:
            rename = options.find_rename(each.group, each.name)
            if rename is None:
                continue
            path = file.where(each)
            today = f'write {rename} = {each.value}'
            if rename.group is None:
                faults.note(path, 'is ignored by Nova', 'remove it: there '
                            'is only one scheduler driver', Fault.OLD_NAME)
            elif rename.works:
                faults.note(path, 'is an old name', today, Fault.OLD_NAME)
            else:
                faults.flag(path, 'is ignored by Nova', today,
                            Fault.OLD_NAME)
