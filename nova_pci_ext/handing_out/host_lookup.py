# SPDX-License-Identifier: Apache-2.0

"""Two questions that configuration asks of a host."""

from collections.abc import Iterable
from typing import Protocol

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType


class HostLookup(Protocol):
    """Who knows the devices of a host."""

    def find_netdev(self, name: str) -> PciAddress | None:
        """Find the PCI device of a network interface; None if none is."""

    def find_vf_ids(self, pf: PciAddress) -> tuple[str, str] | None:
        """Find vendor and product id of the VFs of a PF; None if no PF."""


class InventoryLookup:
    """Answers from devices that were read before.

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
        """Find the ids of the VFs that a PF has or can make.

        :returns: None if neither is known
        """
        for device in self._devices:
            if device.address == pf and device.vf_product_id is not None:
                return device.vendor_id, device.vf_product_id
            if (device.parent == pf
                    and device.dev_type is DeviceType.VF):
                return device.vendor_id, device.product_id
        return None
