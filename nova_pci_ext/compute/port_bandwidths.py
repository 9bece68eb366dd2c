# SPDX-License-Identifier: Apache-2.0

"""The PF that Placement chose for a port, where Nova does not find it.

Nova looks in Placement's answer for a group with the id of the port, which
Neutron has not made since Xena (``novaobj.port_groups``).  Neutron says the
id of the group with the port, so it is asked for those ports alone.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova.compute import utils as compute_utils
from nova.network import neutron
from oslo_utils import uuidutils

from nova_pci_ext.novaobj import port_groups
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import wrapping

#: Placement's request groups and the providers of each.
Providers = Mapping[str, Sequence[str]]


def install() -> None:
    """Wrap Nova's function in this process, once."""
    wrapping.install([(compute_utils,
                       'update_pci_request_with_placement_allocations',
                       _with_ports)])


def _with_ports(original: wrapping.Function) -> wrapping.Function:
    """Wrap the step that writes into requests what Placement chose."""
    def update_pci_request_with_placement_allocations(
            context: object, report_client: object,
            pci_requests: Sequence[protocols.InstancePCIRequest],
            provider_mapping: Providers) -> object:
        return original(context, report_client, pci_requests, {
            **provider_mapping,
            **dict(of_ports(context, pci_requests, provider_mapping))})
    return update_pci_request_with_placement_allocations


def of_ports(context: object,
             requests: Sequence[protocols.InstancePCIRequest],
             providers: Providers) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield ports whose group has an id of its own, with its providers.

    :raises NovaException: where Neutron does not have a port
    :raises NeutronException: where it does not answer; the build ends with
        that, as it would with the next question to Neutron
    """
    ports = [str(request.requester_id)
             for request in port_groups.ports(requests)]
    left = [port for port in ports if port not in providers]
    # Those of flavors have a number, or a name of the operator's.
    if not left or not any(uuidutils.is_uuid_like(group)
                           for group in {*providers}.difference(ports)):
        return
    client = neutron.get_client(context, admin=True)
    for port in left:
        found = client.show_port(port, fields=['resource_request'])['port']
        for group in _groups(found):
            if group['id'] in providers and any(
                    name.startswith(port_groups.BANDWIDTH)
                    for name in group['resources']):
                yield port, providers[group['id']]


def _groups(port: Mapping[str, object]) -> Sequence[Mapping[str, str]]:
    request = port.get('resource_request')
    groups = (request.get('request_groups')
              if isinstance(request, Mapping) else None)
    return groups if isinstance(groups, Sequence) else ()
