# SPDX-License-Identifier: Apache-2.0

"""``compute_driver = pci_ext.LibvirtDriver``."""

from nova.virt.libvirt import driver as nova_driver
from oslo_serialization import jsonutils

from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.novaobj.protocols import GuestUnderConstruction
from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.virt import driver
from nova_pci_ext.virt import node_devices
from nova_pci_ext.virt import ports
from nova_pci_ext.virt import vif


class LibvirtDriver(driver.PciExtDriver, nova_driver.LibvirtDriver):
    """Nova's libvirt driver on our tracker, with our VIF driver."""

    hooks_part = Part.LIBVIRT

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.vif_driver = vif.PciVifDriver(self._host)
        self._node_devices = node_devices.NodeDevices(self._host)

    def _get_pci_passthrough_devices(self) -> str:
        """Report the PCI devices that the host has now.

        Nova 34 keeps the first answer of its own method for as long as
        nova-compute runs.
        """
        return str(jsonutils.dumps(self._node_devices.report()))

    def running_guests(self) -> list[str]:
        """Return the UUIDs of the guests that are not powered off."""
        return [guest.uuid for guest in self._host.list_guests()]

    def _guest_add_pci_devices(self, guest: GuestUnderConstruction,
                               instance: Instance) -> None:
        """Hand over the devices of aliases in the order of the requests.

        Nova takes them as the claim left them when a server is built, and
        as the database returns them when it is started again.
        """
        if instance.pci_devices:
            instance.pci_devices.objects[:] = ports.in_request_order(instance)
        super()._guest_add_pci_devices(guest, instance)
