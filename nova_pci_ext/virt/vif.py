# SPDX-License-Identifier: Apache-2.0

"""Nova's VIF driver, for ports that own a device or are short of a key.

What Nova writes well it goes on writing: a binding is read and checked
first, and Nova's own element is corrected where it lacks something.
"""

from nova import exception
from nova.network import model as network_model
from nova.pci import utils as pci_utils
from nova.virt.libvirt import config as vconfig
from nova.virt.libvirt import designer
from nova.virt.libvirt import vif as libvirt_vif

from nova_pci_ext import exceptions
from nova_pci_ext.binding import vif_details
from nova_pci_ext.model import binding
from nova_pci_ext.novaobj.protocols import Element
from nova_pci_ext.novaobj.protocols import Flavor
from nova_pci_ext.novaobj.protocols import GuestConfig
from nova_pci_ext.novaobj.protocols import HostdevConfig
from nova_pci_ext.novaobj.protocols import ImageMeta
from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import InterfaceConfig
from nova_pci_ext.novaobj.protocols import Vif
from nova_pci_ext.virt import ports
from nova_pci_ext.virt import shared_vfs
from nova_pci_ext.virt.vfio import Vfio


class PciVifDriver(libvirt_vif.LibvirtGenericVIFDriver):
    """Nova's driver with checked bindings.

    :param host: Nova's libvirt host
    :param vfio: of the host that the guests run on, None for elements that
        no guest is started from
    """

    def __init__(self, host: object = None,
                 vfio: Vfio | None = None) -> None:
        super().__init__(host)
        self._vfio = vfio
        self._shared = shared_vfs.SharedVfs()

    def read(self, instance: Instance, vif: Vif,
             ) -> tuple[binding.BoundPort, binding.Binding | None]:
        """Read a port and what it was bound to.

        :returns: no binding for a port that takes no device
        :raises InvalidInput: naming the port, the key and who sets it; the
            build is then aborted and not tried on other hosts, for they
            would get the same answer from Neutron
        """
        port = ports.read_port(vif)
        try:
            return port, ports.read_bound(instance, port)
        except exceptions.BindingError as error:
            raise exception.InvalidInput(reason=str(error)) from error

    def get_config(self, instance: Instance, vif: Vif, image_meta: ImageMeta,
                   flavor: Flavor, virt_type: str) -> GuestConfig:
        """Return the element of a port.

        :raises InvalidInput: as ``read``
        :raises PciDeviceDetachFailed: for a device that VFIO cannot give
        """
        port, bound = self.read(instance, vif)
        conf: GuestConfig = super().get_config(
            instance, _completed(vif, port), image_meta, flavor, virt_type)
        if bound is None:
            return conf
        if self._vfio and _is_by_vfio(conf) and ports.is_claimed(
                instance, port):
            self._vfio.check(str(port.profile['pci_slot']))
        return _corrected(conf, bound, ports.is_managed(instance, port))

    def get_config_802qbg(self, instance: Instance, vif: Vif,
                          image_meta: ImageMeta, flavor: Flavor,
                          virt_type: str) -> InterfaceConfig:
        """Return the element of an 802.1Qbg port.

        Nova's method reads ``qbg_params`` and the network's ``interface``,
        which nothing in Nova sets.
        """
        bound = vif_details.read_binding(ports.read_port(vif))
        assert isinstance(bound, binding.Qbg)
        conf: InterfaceConfig = self.get_base_config(
            instance, bound.mac, image_meta, flavor, virt_type,
            vif['vnic_type'])
        source = bound.physical_interface
        if source is None:
            source = pci_utils.get_ifname_by_pci_address(str(bound.address))
        parameters = bound.parameters
        designer.set_vif_host_backend_802qbg_config(
            conf, source, str(parameters.managerid), str(parameters.typeid),
            str(parameters.typeidversion), parameters.instanceid)
        designer.set_vif_bandwidth_config(conf, flavor)
        return conf

    def plug(self, instance: Instance, vif: Vif) -> None:
        """Set up the host's side of a port.

        :raises VirtualInterfacePlugException: as ``get_config``; attaching
            plugs first, and Nova frees the device after its own errors only
        """
        port = ports.read_port(vif)
        try:
            ports.read_bound(instance, port)
        except exceptions.BindingError as error:
            raise exception.VirtualInterfacePlugException(
                str(error)) from error
        super().plug(instance, _completed(vif, port))
        if _is_trusted_macvtap(port):
            libvirt_vif.set_vf_trusted(port.profile['pci_slot'], True)

    def plug_hw_veb(self, instance: Instance, vif: Vif) -> None:
        """Set up a VF for its port.

        In the mode passthrough the VF's interface has the MAC of the port, as
        Nova sets it; in the others the macvtap device alone has it.
        """
        bound = vif_details.read_binding(ports.read_port(vif))
        assert isinstance(bound, binding.HwVeb)
        if bound.mode in (None, binding.MacvtapMode.PASSTHROUGH):
            super().plug_hw_veb(instance, vif)
        else:
            self._shared.prepare(instance.uuid, bound)

    def complete(self, instance: Instance) -> None:
        """Set up what has to wait for the guest's own devices."""
        self._shared.complete(instance.uuid)

    def unplug(self, instance: Instance, vif: Vif) -> None:
        """Undo ``plug``; a port whose binding is bad is undone too."""
        self._shared.forget(instance.uuid)
        port = ports.read_port(vif)
        super().unplug(instance, _completed(vif, port))
        if _is_trusted_macvtap(port):
            libvirt_vif.set_vf_trusted(port.profile['pci_slot'], False)


class GuestInterface(vconfig.LibvirtConfigGuestInterface):
    """Nova's ``<interface>`` with what its class cannot say.

    :ivar device_managed: whether libvirt takes the VF from its host driver;
        Nova always says yes
    :ivar trusted: whether the guest may set MAC and receive filters
    """

    device_managed = True
    trusted = False
    source_mode: str | None
    vlan: str | None

    def format_dom(self) -> Element:
        """Return the element."""
        element: Element = super().format_dom()
        if self.net_type == 'hostdev':
            element.set('managed', 'yes' if self.device_managed else 'no')
        if self.trusted:
            element.set('trustGuestRxFilters', 'yes')
        _merge_parameters(element.find('virtualport'))
        return element


def _merge_parameters(virtualport: Element | None) -> None:
    """Make one ``<parameters>`` of many: libvirt reads the first alone."""
    if virtualport is None or not len(virtualport):
        return
    first, *rest = virtualport
    for other in rest:
        first.attrib.update(other.attrib)
        virtualport.remove(other)


def _completed(vif: Vif, port: binding.BoundPort) -> Vif:
    """Return the VIF with the port's details; Nova caches the one given."""
    if vif['details'] == port.vif_details:
        return vif
    completed: Vif = network_model.VIF.hydrate(
        {**vif, 'details': dict(port.vif_details)})
    return completed


def _is_trusted_macvtap(port: binding.BoundPort) -> bool:
    try:
        bound = vif_details.read_binding(port)
    except exceptions.BindingError:
        return False
    return (isinstance(bound, binding.HwVeb) and bound.trusted
            and bound.mode is not None)


def _is_by_vfio(conf: GuestConfig) -> bool:
    return isinstance(conf, vconfig.LibvirtConfigGuestHostdevPCI) or (
        getattr(conf, 'net_type', None) == 'hostdev')


def _corrected(conf: GuestConfig, bound: binding.Binding,
               managed: bool) -> GuestConfig:
    """Add to Nova's element what Nova leaves out."""
    if isinstance(conf, vconfig.LibvirtConfigGuestHostdevPCI):
        hostdev: HostdevConfig = conf
        hostdev.managed = 'yes' if managed else 'no'
        return hostdev
    corrected = GuestInterface()
    corrected.__dict__.update(conf.__dict__)
    corrected.device_managed = managed
    if isinstance(bound, binding.HwVeb | binding.Qbh) and bound.mode:
        corrected.source_mode = bound.mode.value
    if isinstance(bound, binding.HwVeb):
        corrected.trusted = bound.trusted and bound.mode is not None
        # Text, for Nova leaves the number 0 out and the VF keeps its VLAN.
        passthrough = bound.mode in (None, binding.MacvtapMode.PASSTHROUGH)
        corrected.vlan = str(bound.vlan) if passthrough else None
    return corrected
