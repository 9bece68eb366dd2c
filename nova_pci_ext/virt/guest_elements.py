# SPDX-License-Identifier: Apache-2.0

"""What a guest of a recorded host would boot from.

Nova's libvirt driver and our VIF driver write each element, as for a real
guest.  Only what they would ask the host itself comes from the recording.
"""

import contextlib
import threading
from collections.abc import Iterator

import nova.conf
import os_vif
from nova import exception
from nova.pci import utils as pci_utils

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import device_reports
from nova_pci_ext.novaobj.protocols import GuestConfig
from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import Vif
from nova_pci_ext.virt import libvirt_driver
from nova_pci_ext.virt import same_devices
from nova_pci_ext.virt import vif as vif_driver

CONF = nova.conf.CONF
# Several computes of one process share Nova's modules.
_LOCK = threading.Lock()


class RecordedNames:
    """The names that a host gives its devices, out of a recording.

    Stands in for Nova's ``Host``, which asks libvirt, and for the function
    of ``nova.pci.utils`` that asks sysfs.  A recording does not say which
    character device a vDPA device has, so they are counted.
    """

    def __init__(self, found: Inventory) -> None:
        self._netdevs = {str(device.address): device.netdevs[0]
                         for device in found.devices if device.netdevs}
        self._vdpa = {address: f'/dev/vhost-vdpa-{number}'
                      for number, address in enumerate(
                          str(device.address) for device in found.devices
                          if device.dev_type is DeviceType.VDPA)}

    def get_vdpa_device_path(self, pci_address: str) -> str:
        """Return the character device of a vDPA device.

        :raises PciDeviceNotFoundById: if the recording has none
        """
        return self._find(self._vdpa, pci_address)

    def get_ifname_by_pci_address(self, pci_addr: str,
                                  pf_interface: bool = False) -> str:
        """Return the network interface of a VF.

        :raises PciDeviceNotFoundById: if the recording names none
        """
        assert not pf_interface
        return self._find(self._netdevs, pci_addr)

    @staticmethod
    def _find(names: dict[str, str], address: str) -> str:
        if address not in names:
            raise exception.PciDeviceNotFoundById(id=address)
        return names[address]


class _Devices:
    """A guest under construction, as far as it is given devices."""

    def __init__(self) -> None:
        self.elements: list[str] = []
        self.metadata: list[object] = []

    def add_device(self, config: GuestConfig) -> None:
        self.elements.append(_text(config))


class GuestElements:
    """Writes the elements of the devices of one recorded host.

    :param found: the host
    """

    def __init__(self, found: Inventory) -> None:
        # As nova-compute does at its start; an embedded Nova has none.
        os_vif.initialize()
        self._names = RecordedNames(found)
        self._vifs = vif_driver.PciVifDriver(self._names)
        # No host is needed to describe a device, and none is there.
        self._driver = libvirt_driver.LibvirtDriver.__new__(
            libvirt_driver.LibvirtDriver)
        self._driver._same = same_devices.SameDevices(
            lambda: device_facts.of_report(
                device_reports.passthrough_devices(found.devices)))

    def of_aliases(self, instance: Instance) -> list[str]:
        """Return the elements of what aliases asked for, in guest order."""
        guest = _Devices()
        self._driver._guest_add_pci_devices(guest, instance)
        return guest.elements

    def of_port(self, instance: Instance, vif: Vif) -> str | None:
        """Return the element of a port.

        :returns: None for a port that takes no device
        :raises InvalidInput: for a port with a bad binding
        """
        _, bound = self._vifs.read(instance, vif)
        if bound is None:
            return None
        with _netdevs_of(self._names):
            return _text(self._vifs.get_config(
                instance, vif, instance.image_meta, instance.flavor,
                CONF.libvirt.virt_type))


@contextlib.contextmanager
def _netdevs_of(names: RecordedNames) -> Iterator[None]:
    """Let Nova's code find the interfaces of a recorded host."""
    with _LOCK:
        original = pci_utils.get_ifname_by_pci_address
        pci_utils.get_ifname_by_pci_address = names.get_ifname_by_pci_address
        try:
            yield
        finally:
            pci_utils.get_ifname_by_pci_address = original


def _text(config: GuestConfig) -> str:
    return config.to_xml().rstrip()
