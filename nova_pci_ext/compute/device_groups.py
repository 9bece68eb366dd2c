# SPDX-License-Identifier: Apache-2.0

"""``[pci_ext] device_group`` of this compute."""

import nova.conf
from nova import exception

from nova_pci_ext import exceptions
from nova_pci_ext.configuration import loader
from nova_pci_ext.model.device_group import DeviceGroup

CONF = nova.conf.CONF


def declared() -> tuple[DeviceGroup, ...]:
    """Return the groups that the configuration declares.

    :raises PciConfigInvalidSpec: with every fault, one a line
    """
    loaded = loader.load_conf(CONF)
    if loaded.group_errors:
        raise exception.PciConfigInvalidSpec(reason=str(
            exceptions.ConfigErrors('faults in [pci_ext] device_group',
                                    loaded.group_errors)))
    return loaded.groups
