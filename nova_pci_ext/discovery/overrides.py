# SPDX-License-Identifier: Apache-2.0

"""``driver_override`` of the devices of a host.

The kernel prints it under the lock of the device, which is held while the
device is bound, unbound or unplugged; unplugging can wait for a guest.
"""

import dataclasses
import pathlib

from nova_pci_ext.discovery import bounded
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model.inventory import Inventory

# What the kernel prints for one that is not set.
_NONE = '(null)'
LIMIT_S = 1.0


def add(found: Inventory, root: pathlib.Path,
        limit_s: float = LIMIT_S) -> Inventory:
    """Add what can be read in time.

    :param root: the folder that holds ``sys``
    :param limit_s: for one device
    """
    files = Root(root)
    folder = f'{files.path}/sys/bus/pci/devices'
    texts = bounded.read_texts(
        [str(each.address) for each in found.devices],
        lambda address: files.text(folder, address, 'driver_override'),
        limit_s)
    return dataclasses.replace(found, devices=tuple(
        dataclasses.replace(each, driver_override=text)
        if (text := texts.get(str(each.address))) and text != _NONE else each
        for each in found.devices))
