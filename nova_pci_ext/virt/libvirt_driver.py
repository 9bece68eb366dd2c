# SPDX-License-Identifier: Apache-2.0

"""``compute_driver = pci_ext.LibvirtDriver``."""

from collections.abc import Iterable

import nova.conf
from nova.virt.libvirt import driver as nova_driver
from oslo_log import log as logging
from oslo_serialization import jsonutils

from nova_pci_ext.compute import fixed_facts
from nova_pci_ext.compute import releases
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.novaobj.protocols import GuestUnderConstruction
from nova_pci_ext.novaobj.protocols import ImageMeta
from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import PciDevice
from nova_pci_ext.novaobj.protocols import Vif
from nova_pci_ext.virt import driver
from nova_pci_ext.virt import group_metadata
from nova_pci_ext.virt import node_devices
from nova_pci_ext.virt import ports
from nova_pci_ext.virt import same_devices
from nova_pci_ext.virt import vfio
from nova_pci_ext.virt import vif as our_vif

CONF = nova.conf.CONF
LOG = logging.getLogger(__name__)


class LibvirtDriver(driver.PciExtDriver, nova_driver.LibvirtDriver):
    """Nova's libvirt driver on our tracker, with our VIF driver."""

    hooks_part = Part.LIBVIRT
    has_local_devices = True
    # None where elements are written for a host that is not this one.
    _vfio: vfio.Vfio | None = None
    _same: same_devices.SameDevices | None = None

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._vfio = vfio.Vfio()
        self.vif_driver = our_vif.PciVifDriver(self._host, self._vfio)
        self._node_devices = node_devices.NodeDevices(self._host)
        self._same = same_devices.SameDevices(
            lambda: fixed_facts.find(self._node_devices.report()))

    def init_host(self, host: str) -> None:
        """Start as Nova's driver does, and say what VFIO lacks."""
        if CONF.pci.device_spec:
            releases.prepare()
        super().init_host(host)
        fault = self._vfio.fault() if self._vfio else None
        if fault and CONF.pci.device_spec:
            LOG.warning(
                'No PCI device of this host can be given to a guest by VFIO: '
                '%(fact)s; %(remedy)s. Servers that are sent here with one '
                'are refused; ports with vnic_type macvtap or vdpa do not '
                'need VFIO.', {'fact': fault.fact, 'remedy': fault.remedy})

    def _get_pci_passthrough_devices(self) -> str:
        """Report the PCI devices that the host has now.

        Nova 34 keeps the first answer of its own method for as long as
        nova-compute runs.
        """
        return str(jsonutils.dumps(self._node_devices.report()))

    def _create_guest(self, context: object, xml: str, instance: Instance,
                      *args: object, **kwargs: object) -> object:
        """Create a guest, and finish its ports."""
        guest: object = super()._create_guest(context, xml, instance, *args,
                                              **kwargs)
        self.vif_driver.complete(instance)
        return guest

    def attach_interface(self, context: object, instance: Instance,
                         image_meta: ImageMeta, vif: Vif) -> None:
        """Attach a port, and finish it."""
        super().attach_interface(context, instance, image_meta, vif)
        self.vif_driver.complete(instance)

    def running_guests(self) -> list[str]:
        """Return the UUIDs of the guests that are not powered off."""
        return [guest.uuid for guest in self._host.list_guests()]

    def _guest_add_pci_devices(self, guest: GuestUnderConstruction,
                               instance: Instance) -> None:
        """Hand over the devices of aliases in the order of the requests.

        The groups that the server asked for are in the domain's metadata.
        Nova takes them as the claim left them when a server is built, and
        as the database returns them when it is started again.

        :raises PciDeviceDetachFailed: for a device that VFIO cannot give, or
            that may be another one than the server's
        """
        if self._same:
            self._same.check(instance.get_pci_devices())
        if instance.pci_devices:
            instance.pci_devices.objects[:] = ports.in_request_order(instance)
        if self._vfio:
            for device in ports.of_aliases(instance):
                self._vfio.check(device.address)
        super()._guest_add_pci_devices(guest, instance)
        group_metadata.add(guest, instance)

    def _attach_pci_devices(self, guest: object,
                            pci_devs: Iterable[PciDevice]) -> None:
        """Give a guest that was suspended its devices again.

        :raises PciDeviceDetachFailed: for one that may be another one now
        """
        devices = list(pci_devs)
        if self._same:
            self._same.check(devices)
        super()._attach_pci_devices(guest, devices)
