# SPDX-License-Identifier: Apache-2.0

"""Two questions that configuration asks of a host, answered from sysfs."""

import pathlib
from collections.abc import Iterable
from typing import Protocol

from nova_pci_ext import exceptions
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType

ROOT = pathlib.Path('/')


class HostLookup(Protocol):
    """Who knows the devices of a host."""

    def find_netdev(self, name: str) -> PciAddress | None:
        """Find the PCI device of a network interface; None if none is."""

    def find_vf_ids(self, pf: PciAddress) -> tuple[str, str] | None:
        """Find vendor and product id of the VFs of a PF; None if no PF."""


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

        The kernel calls the product of the VFs ``sriov_vf_device``; their
        vendor is the PF's, as the SR-IOV specification asks.
        """
        folder = str(self._sys / 'bus' / 'pci' / 'devices' / str(pf))
        vendor = self._files.text(folder, 'vendor')
        product = self._files.text(folder, 'sriov_vf_device')
        if vendor is None or product is None:
            return None
        return vendor.removeprefix('0x'), product.removeprefix('0x')


class InventoryLookup:
    """Answers from recorded devices.

    :param devices: of one host
    """

    def __init__(self, devices: Iterable[Device]) -> None:
        self._devices = tuple(devices)

    def find_netdev(self, name: str) -> PciAddress | None:
        """Find the device that was recorded with a network interface."""
        for device in self._devices:
            if name in device.netdevs:
                return device.address
        return None

    def find_vf_ids(self, pf: PciAddress) -> tuple[str, str] | None:
        """Find the ids of the VFs that a PF had; None if it had none."""
        for device in self._devices:
            if (device.parent == pf
                    and device.dev_type is DeviceType.VF):
                return device.vendor_id, device.product_id
        return None
