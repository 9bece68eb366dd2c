# SPDX-License-Identifier: Apache-2.0

"""Binding -> guest device: which element of the domain a port becomes."""

import typing

from nova_pci_ext.model import binding
from nova_pci_ext.model import guest_device
from nova_pci_ext.model.binding import MacvtapMode


def describe(bound: binding.Binding, *, managed: bool = True,
             netdev: str = '', vdpa_path: str = '') -> (
                 guest_device.GuestDevice):
    """Say which element of the domain a binding becomes.

    :param managed: the device's ``managed`` tag
    :param netdev: network interface of the claimed VF, where a macvtap device
        stands on it
    :param vdpa_path: character device of a claimed vDPA device
    """
    match bound:
        case binding.HostdevPhysical():
            return guest_device.Hostdev(address=bound.address,
                                        managed=managed)
        case binding.HwVeb(mode=None):
            return guest_device.HostdevInterface(
                mac=bound.mac, address=bound.address, vlan=bound.vlan,
                managed=managed)
        case binding.Qbh(mode=None):
            return guest_device.HostdevInterface(
                mac=bound.mac, address=bound.address, managed=managed,
                virtualport=bound.parameters)
        case binding.RemoteManaged() | binding.Switchdev():
            return guest_device.HostdevInterface(
                mac=bound.mac, address=bound.address, managed=managed)
        case binding.VhostUser():
            return guest_device.VhostUserInterface(
                mac=bound.mac, socket=bound.socket, mode=bound.mode)
        case binding.Vdpa():
            return guest_device.VdpaInterface(mac=bound.mac, path=vdpa_path)
    return _describe_macvtap(bound, netdev)


def _describe_macvtap(
        bound: binding.HwVeb | binding.Qbh | binding.Qbg | binding.Macvtap,
        netdev: str) -> guest_device.DirectInterface:
    passthrough = MacvtapMode.PASSTHROUGH
    match bound:
        case binding.HwVeb():
            # libvirt sets the VLAN of a VF in passthrough mode only; in the
            # others it refuses the element, and Nova's plug sets it alone.
            vlan = bound.vlan if bound.mode is passthrough else None
            return guest_device.DirectInterface(
                mac=bound.mac, source=netdev, vlan=vlan,
                mode=bound.mode or passthrough, trusted=bound.trusted,
                driver='vhost')
        case binding.Qbh():
            return guest_device.DirectInterface(
                mac=bound.mac, source=netdev, mode=bound.mode or passthrough,
                virtualport=bound.parameters, driver='vhost')
        case binding.Qbg():
            return guest_device.DirectInterface(
                mac=bound.mac, source=bound.physical_interface or netdev,
                mode=MacvtapMode.VEPA, virtualport=bound.parameters)
        case binding.Macvtap():
            return guest_device.DirectInterface(
                mac=bound.mac, source=bound.source, mode=bound.mode)
    typing.assert_never(bound)
