# SPDX-License-Identifier: Apache-2.0

"""The device sets that a claim has to make."""

from nova import exception
from nova import objects

from nova_pci_ext import exceptions
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import is_ports
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import terms
from nova_pci_ext.parsing import device_sets

Sets = tuple[DeviceSet, ...]


def of_claim(instance: protocols.Instance,
             new_flavor: protocols.Flavor | None) -> Sets:
    """Return the sets of a server that comes to this host.

    :param new_flavor: of a resize; None where the server keeps its own
    :raises nova.exception.ComputeResourcesUnavailable: where they cannot be
        read: to claim without them would give devices that do not belong
        together
    """
    try:
        return asked_sets.of_flavor(new_flavor or instance.flavor)
    except exceptions.ConfigErrors as error:
        raise exception.ComputeResourcesUnavailable(
            reason=str(error)) from error


def of_requests(context: protocols.Context,
                requests: protocols.InstancePCIRequests) -> Sets:
    """Return the sets of a claim for some devices of a server.

    Nova claims the devices of a live migration in two steps, those of the
    flavor and those of the ports.  So only sets all of whose members are
    claimed can be made here; the scheduler has looked at all of them.

    :returns: for an interface that is attached only what it takes of the
        bandwidth of its PF: other sets are about the ports with which the
        server was placed, and one port is not a pair or group
    """
    asked = {request.request_id for request in requests.requests}
    if not asked or None in asked:
        return ()
    instance = objects.Instance.get_by_uuid(
        context, requests.instance_uuid,
        expected_attrs=['flavor', 'pci_requests'])
    known = instance.pci_requests
    placed = {request.request_id for request in known.requests
              } if known else set()
    is_attached = not placed.issuperset(asked)
    if is_attached and (device_sets.KEYS[SetRule.BANDWIDTH]
                        not in instance.flavor.extra_specs):
        return ()
    aliases = {request.alias_name for request in requests.requests
               if terms.is_of_flavor(request)}
    has_ports = any(not terms.is_of_flavor(request)
                    for request in requests.requests)
    return tuple(found for found in of_claim(instance, None) if all(
        has_ports if is_ports(member) else member in aliases
        for member in found.members) and (
            not is_attached or found.rule is SetRule.BANDWIDTH))
