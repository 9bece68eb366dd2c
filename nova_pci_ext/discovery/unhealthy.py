# SPDX-License-Identifier: Apache-2.0

"""What is wrong with the cards of a host at the moment, by one look.

nova-compute looks again and again, and says a fault once it is sure; who asks
for the devices of a host wants to know what is so now.
"""

import dataclasses
import pathlib

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import health_files
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.handing_out import health
from nova_pci_ext.model.inventory import Inventory

#: Root ports and switches have the link of what is below them.
_BRIDGE = '06'


def add(found: Inventory, root: pathlib.Path) -> Inventory:
    """Write into each device what is wrong with its card.

    :param root: the folder that holds ``sys``
    """
    files = Root(root)
    words: dict[str, str] = {}
    for each in found.devices:
        if each.parent is None and not (
                each.class_code or '').startswith(_BRIDGE):
            try:
                now = health_files.read(files, str(each.address),
                                        each.vendor_id)
            except exceptions.DiscoveryError:
                # A link that leads out of a recording says nothing of it.
                continue
            faults = health.faults(now) if now else ()
            if faults:
                words[str(each.address)] = health.words(faults)
    if not words:
        return found
    return dataclasses.replace(found, devices=tuple(
        dataclasses.replace(each, unhealthy=health.of_part(
            text, None if each.parent is None else str(each.parent)))
        if (text := words.get(str(each.parent or each.address))) else each
        for each in found.devices))
