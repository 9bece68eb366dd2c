# SPDX-License-Identifier: Apache-2.0

"""vif_details -> Binding: what the mechanism driver answered, checked."""

import dataclasses
import uuid
from collections.abc import Callable

from nova_pci_ext import exceptions
from nova_pci_ext.binding import link_keys
from nova_pci_ext.binding import sides
from nova_pci_ext.binding import texts
from nova_pci_ext.model import binding
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.binding import BoundPort
from nova_pci_ext.model.binding import MacvtapMode
from nova_pci_ext.model.binding import VifType
from nova_pci_ext.model.binding import VnicType


def _address(port: BoundPort) -> PciAddress:
    profile = sides.profile_of(port)
    expected = 'the address of the claimed device'
    try:
        return PciAddress.parse(profile.text('pci_slot', expected))
    except exceptions.AddressError:
        raise profile.refuse('pci_slot', expected) from None


def _no_address(port: BoundPort) -> None:
    profile = sides.profile_of(port)
    if 'pci_slot' in profile:
        raise profile.refuse(
            'pci_slot', f'no device for vnic_type {port.vnic_type}')


def _mode(port: BoundPort) -> MacvtapMode | None:
    """Mode of the macvtap device on the VF, None when the VF is passed."""
    if port.vnic_type != VnicType.MACVTAP:
        return None
    return sides.details_of(port).macvtap_mode(MacvtapMode.PASSTHROUGH)


def _hw_veb(port: BoundPort) -> binding.Binding:
    trusted = sides.profile_of(port, sides.OPERATOR).truth('trusted')
    return binding.HwVeb(
        mac=sides.mac_of(port), address=_address(port), trusted=trusted,
        vlan=sides.details_of(port).vlan(), mode=_mode(port))


def _hostdev_physical(port: BoundPort) -> binding.Binding:
    return binding.HostdevPhysical(address=_address(port))


def _macvtap(port: BoundPort) -> binding.Binding:
    details = sides.details_of(port)
    _no_address(port)
    return binding.Macvtap(
        mac=sides.mac_of(port), mode=details.macvtap_mode(None),
        source=details.interface('macvtap_source'),
        physical_interface=details.interface('physical_interface'),
        vlan=details.vlan() if 'vlan' in details else None)


def _qbg_parameters(details: sides.Side) -> binding.QbgParameters:
    instanceid = details.text('instanceid', 'a UUID')
    try:
        instanceid = str(uuid.UUID(instanceid))
    except ValueError:
        raise details.refuse('instanceid', 'a UUID') from None
    return binding.QbgParameters(
        managerid=details.number('managerid', 'a number', 0xff),
        typeid=details.number('typeid', 'a number', 0xffffff),
        typeidversion=details.number('typeidversion', 'a number', 0xff),
        instanceid=instanceid)


def _qbg(port: BoundPort) -> binding.Binding:
    details = sides.details_of(port)
    parameters = _qbg_parameters(details)
    if port.vnic_type == VnicType.MACVTAP:
        return binding.Qbg(mac=sides.mac_of(port), parameters=parameters,
                           address=_address(port))
    _no_address(port)
    return binding.Qbg(
        mac=sides.mac_of(port), parameters=parameters,
        physical_interface=details.interface('physical_interface'))


def _qbh(port: BoundPort) -> binding.Binding:
    details = sides.details_of(port)
    profileid = details.text(
        'profileid', f'a port profile of 1 to {texts.MAX_PROFILEID} bytes',
        texts.is_profileid)
    return binding.Qbh(
        mac=sides.mac_of(port), address=_address(port), mode=_mode(port),
        parameters=binding.QbhParameters(profileid=profileid))


def _check_link(port: BoundPort) -> None:
    for key in link_keys.unused(port):
        raise sides.profile_of(port, sides.OPERATOR).refuse(
            key, f'no {key} for vif_type {port.vif_type} and vnic_type '
            f'{port.vnic_type}')


def complete_socket(port: BoundPort, directory: str | None) -> BoundPort:
    """Give a vhost-user port the socket that its driver did not name.

    Snabb NFV serves each port on ``<directory>/<port id>.socket``, and its
    mechanism driver leaves it to the compute to know that.

    :param directory: None when the operator set none
    :returns: the port itself when it names a socket, even an empty one
    """
    if (directory is None or port.vif_type != VifType.VHOSTUSER
            or port.vif_details.get('vhostuser_socket') is not None):
        return port
    return dataclasses.replace(port, vif_details={
        **port.vif_details,
        'vhostuser_socket': f"{directory.rstrip('/')}/{port.port_id}.socket"})


def _vhostuser(port: BoundPort) -> binding.Binding:
    details = sides.details_of(port)
    socket = details.socket('vhostuser_socket')
    address = None
    if port.vnic_type == VnicType.VIRTIO_FORWARDER:
        address = _address(port)
    else:
        _no_address(port)
    return binding.VhostUser(mac=sides.mac_of(port), socket=socket,
                             address=address, mode=details.socket_mode())


def _vdpa(port: BoundPort) -> binding.Binding:
    return binding.Vdpa(mac=sides.mac_of(port), address=_address(port))


def _remote_managed(port: BoundPort) -> binding.Binding:
    return binding.RemoteManaged(mac=sides.mac_of(port),
                                 address=_address(port))


def _switchdev(port: BoundPort) -> binding.Binding:
    return binding.Switchdev(mac=sides.mac_of(port), address=_address(port))


def _paravirtual(port: BoundPort) -> None:
    _no_address(port)
    sides.mac_of(port)


Reader = Callable[[BoundPort], binding.Binding | None]

# Which pairs there are, and who reads them; any other pair of these vif_types
# is a contradiction.
READERS: dict[str, dict[str, Reader]] = {
    VifType.HW_VEB: {
        VnicType.DIRECT: _hw_veb,
        VnicType.MACVTAP: _hw_veb,
        VnicType.ACCELERATOR_DIRECT: _hw_veb,
    },
    VifType.HOSTDEV_PHYSICAL: {
        VnicType.DIRECT_PHYSICAL: _hostdev_physical,
        VnicType.ACCELERATOR_DIRECT_PHYSICAL: _hostdev_physical,
    },
    VifType.IB_HOSTDEV: {VnicType.DIRECT: _hostdev_physical},
    VifType.MACVTAP: {VnicType.NORMAL: _macvtap},
    # libvirt hands no 802.1Qbg parameters to a VF that is passed whole.
    VifType.QBG: {VnicType.NORMAL: _qbg, VnicType.MACVTAP: _qbg},
    VifType.QBH: {VnicType.DIRECT: _qbh, VnicType.MACVTAP: _qbh},
    VifType.VHOSTUSER: {VnicType.NORMAL: _vhostuser},
    VifType.OVS: {
        VnicType.NORMAL: _paravirtual,
        VnicType.DIRECT: _switchdev,
        VnicType.VDPA: _vdpa,
        VnicType.REMOTE_MANAGED: _remote_managed,
    },
    VifType.AGILIO_OVS: {
        VnicType.NORMAL: _paravirtual,
        VnicType.DIRECT: _switchdev,
        VnicType.VIRTIO_FORWARDER: _vhostuser,
        VnicType.VDPA: _vdpa,
        VnicType.REMOTE_MANAGED: _remote_managed,
    },
    VifType.VROUTER: {
        VnicType.NORMAL: _paravirtual,
        VnicType.DIRECT: _switchdev,
        VnicType.VIRTIO_FORWARDER: _vhostuser,
    },
}
UNBOUND = (None, 'unbound', 'binding_failed')


def read_binding(port: BoundPort) -> binding.Binding | None:
    """Read what a port was bound to.

    :returns: None for an emulated or paravirtual NIC, which takes no device
        and which Nova describes to libvirt alone
    :raises BindingError: for the first key that is missing, malformed or
        does not go with the others
    """
    if port.vif_type in UNBOUND:
        raise _foreign(
            port, f'expected a bound port, got {port.vif_type!r}: no driver '
            f'took vnic_type {port.vnic_type} on this host')
    _check_link(port)
    readers = READERS.get(port.vif_type or '')
    if readers is None and port.vnic_type == VnicType.NORMAL:
        _paravirtual(port)
        return None
    if readers is None:
        known = [kind for kind in READERS if port.vnic_type in READERS[kind]]
        raise _foreign(
            port, f"expected {' or '.join(known) or 'another port'} for "
            f'vnic_type {port.vnic_type}, got {port.vif_type!r}')
    if port.vnic_type not in readers:
        raise _foreign(
            port, f"{port.vif_type} goes with vnic_type "
            f"{' or '.join(readers)}, got {port.vnic_type!r}")
    return readers[port.vnic_type](port)


def _foreign(port: BoundPort, message: str) -> exceptions.BindingError:
    return exceptions.BindingError(
        port.port_id, 'vif_type', sides.MECHANISM_DRIVER, message)
