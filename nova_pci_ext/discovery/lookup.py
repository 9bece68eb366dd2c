# SPDX-License-Identifier: Apache-2.0

"""Two questions that configuration asks of a host, answered from sysfs."""

import pathlib

from nova_pci_ext import exceptions
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model.address import PciAddress

ROOT = pathlib.Path('/')


class SysfsLookup:
    """Answers from ``sys`` below a folder.

    :param root: the folder that holds ``sys``
    """

    def __init__(self, root: pathlib.Path = ROOT) -> None:
        self._files = Root(root)
        self._sys = root / 'sys'

    def find_netdev(self, name: str) -> PciAddress | None:
        """Find the PCI device that a network interface belongs to.

        :returns: None when there is no such interface, or no PCI device is
            directly below it (a bridge, a virtio interface)
        """
        device = self._files.link(str(self._sys / 'class' / 'net' / name),
                                  'device')
        try:
            return None if device is None else PciAddress.parse(device)
        except exceptions.AddressError:
            return None

    def find_vf_ids(self, pf: PciAddress) -> tuple[str, str] | None:
        """Find the ids of the VFs that a PF has or can make.

        The kernel calls the product of the VFs ``sriov_vf_device``, without
        leading zeros; their vendor is the PF's, as the SR-IOV specification
        asks.
        """
        folder = str(self._sys / 'bus' / 'pci' / 'devices' / str(pf))
        vendor = self._files.text(folder, 'vendor')
        product = self._files.text(folder, 'sriov_vf_device')
        if vendor is None or product is None:
            return None
        return vendor.removeprefix('0x'), product.zfill(4)
