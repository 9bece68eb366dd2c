# SPDX-License-Identifier: Apache-2.0

"""What is drained, written into the devices of this host."""

import dataclasses
from collections.abc import Sequence

from nova_pci_ext.configuration import drained_path
from nova_pci_ext.configuration.config_files import ConfigFile
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.handing_out import device_views
from nova_pci_ext.handing_out import draining
from nova_pci_ext.model.inventory import Inventory


def add(found: Inventory, files: Sequence[ConfigFile]) -> Inventory:
    """Write into each device why it is drained.

    :param found: this host
    :param files: the configuration of its nova-compute
    :raises DiscoveryError: if the file of the marks cannot be read
    """
    marks = drained_file.read(drained_path.find(files)) if files else ()
    drains = draining.drains(marks, device_views.places_of(found.devices))
    if not drains:
        return found
    return dataclasses.replace(found, devices=tuple(
        dataclasses.replace(each, drained=drains[str(each.address)].reason)
        if str(each.address) in drains else each for each in found.devices))
