# SPDX-License-Identifier: Apache-2.0

"""What a driver is handed for one port, read from Nova's objects."""

import dataclasses
from collections.abc import Collection

import nova.conf
from nova.compute import task_states

from nova_pci_ext.binding import link_keys
from nova_pci_ext.binding import profile
from nova_pci_ext.binding import vif_details
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.model import binding
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.novaobj import terms
from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import PciDevice
from nova_pci_ext.novaobj.protocols import Vif

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)


def read_port(vif: Vif) -> binding.BoundPort:
    """Take what matters from Nova's VIF, with the details completed."""
    port = vif_details.complete_socket(
        binding.BoundPort(
            port_id=vif['id'], mac=vif['address'],
            vnic_type=vif['vnic_type'], vif_type=vif['type'],
            vif_details=vif['details'] or {}, profile=vif['profile'] or {}),
        CONF.pci_ext.vhostuser_socket_dir)
    # Nova's own driver reads the details alone.
    return dataclasses.replace(
        port, vif_details=link_keys.completed_details(port))


def read_bound(instance: Instance,
               port: binding.BoundPort) -> binding.Binding | None:
    """Read a port's binding and compare it with the server's claims.

    :returns: None for a port that takes no device
    :raises BindingError: when the binding is bad, or brings another device
        than the one claimed for the port
    """
    profile.check_writer(port, instance.project_id,
                         CONF.pci_ext.port_profile_projects)
    bound = vif_details.read_binding(port)
    if getattr(bound, 'address', None) is not None and is_claimed(
            instance, port):
        profile.check_profile(port.port_id, port.profile,
                              _claimed_for(instance, port.port_id))
    return bound


def is_claimed(instance: Instance, port: binding.BoundPort) -> bool:
    """Whether the device should be among those of the server.

    The source of a live migration describes the destination's device, which
    it cannot know; Cyborg's devices are not Nova's to claim.
    """
    return (instance.task_state != task_states.MIGRATING
            and not port.vnic_type.startswith('accelerator-'))


def _claimed_for(instance: Instance, port_id: str) -> Collection[PciAddress]:
    """Return the devices of a port's request.

    A request made by an old Nova does not name its port; any device of such
    a server may then be meant.
    """
    known = {request.request_id for request in instance.pci_requests.requests
             if request.requester_id == port_id}
    return [PciAddress.parse(device.address)
            for device in instance.get_pci_devices()
            if not known or device.request_id in known]


def is_managed(instance: Instance, port: binding.BoundPort) -> bool:
    """Tell the ``managed`` tag of a port's device; yes when not known."""
    return all(device.extra_info.get('managed', 'true') == 'true'
               for device in instance.get_pci_devices()
               if device.address == port.profile.get('pci_slot'))


def in_request_order(instance: Instance) -> list[PciDevice]:
    """Return a server's devices in the order in which they were asked for.

    The devices of one request come in the order of their addresses, so a
    guest meets them in the same order after every start.
    """
    place = {request.request_id: number for number, request
             in enumerate(instance.pci_requests.requests)}
    return sorted(instance.get_pci_devices(), key=lambda device: (
        place.get(device.request_id, len(place)),
        PciAddress.parse(device.address)))


def of_aliases(instance: Instance) -> list[PciDevice]:
    """Return the devices that the flavor of a server asks for."""
    requests = {request.request_id for request
                in instance.pci_requests.requests
                if terms.is_of_flavor(request)}
    return [device for device in instance.get_pci_devices()
            if device.request_id in requests]
