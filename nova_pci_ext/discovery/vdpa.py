# SPDX-License-Identifier: Apache-2.0

"""The device files of vDPA, followed to the devices that serve them."""

from collections.abc import Mapping

from nova_pci_ext.discovery import trails
from nova_pci_ext.discovery.kernel_files import Root

_FILE = 'vhost-vdpa-'


def files(root: Root) -> Mapping[str, str]:
    """Return the PCI address behind each device file for guests.

    One that no PCI device serves, as the kernel's simulator, has none.
    """
    folder = f'{root.path}/sys/bus/vdpa/devices'
    found = {}
    for device in root.names(folder):
        address = trails.pci_address(root.real(f'{folder}/{device}'))
        for name in root.names(folder, device):
            if name.startswith(_FILE) and address is not None:
                found[f'/dev/{name}'] = address
    return found
