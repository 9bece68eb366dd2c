# SPDX-License-Identifier: Apache-2.0

"""The PF that Placement chose for a port, where Nova does not find it.

Nova looks in Placement's answer for a group with the id of the port, which
Neutron has not made since Xena (``novaobj.port_groups``).  Neutron says the
id of the group with the port, so it is asked for those ports alone.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol

import nova.conf
from neutronclient.common import exceptions as client_errors
from nova.compute import utils as compute_utils
from nova.network import neutron
from oslo_log import log as logging
from oslo_utils import uuidutils

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.model.printable import printable
from nova_pci_ext.novaobj import port_groups
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.novaobj import wrapping

LOG = logging.getLogger(__name__)
#: Placement's request groups and the providers of each.
Providers = Mapping[str, Sequence[str]]


class _ReportClient(Protocol):
    """Nova's client of Placement."""

    def get_resource_provider_name(self, context: object, uuid: str,
                                   ) -> str: ...


def install() -> None:
    """Wrap Nova's function in this process, once."""
    # nova-conductor reads no other option of ours.
    pci_ext.register_opts(nova.conf.CONF)
    wrapping.install([(compute_utils,
                       'update_pci_request_with_placement_allocations',
                       _with_ports)])


def _with_ports(original: wrapping.Function) -> wrapping.Function:
    """Wrap the step that writes into requests what Placement chose."""
    def update_pci_request_with_placement_allocations(
            context: object, report_client: _ReportClient,
            pci_requests: Sequence[protocols.InstancePCIRequest],
            provider_mapping: Providers) -> object:
        for request in port_groups.ports(pci_requests):
            # What Placement chose for an earlier place.
            request.spec = [{
                key: value for key, value in spec.items()
                if key != 'parent_ifname'} for spec in request.spec]
        found = (of_ports(context, pci_requests, provider_mapping)
                 if port_groups.are_followed() else ())
        return original(context, report_client, pci_requests, {
            **provider_mapping,
            **{port: chosen for port, chosen in found
               if len(chosen) == 1 and qos_interfaces.interface_in(
                   report_client.get_resource_provider_name(
                       context, chosen[0]))}})
    return update_pci_request_with_placement_allocations


def of_ports(context: object,
             requests: Sequence[protocols.InstancePCIRequest],
             providers: Providers) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield ports whose group has an id of its own, with its providers.

    A port that Neutron does not have any more has no group.  Where Neutron
    does not answer, a WARNING says that the VF may be of another PF, as with
    Nova alone: an error here would leave Placement's part of an attachment.
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
        try:
            found = client.show_port(port, fields=['resource_request'])['port']
        except client_errors.PortNotFoundClient:
            continue
        except client_errors.NeutronException as error:
            LOG.warning(
                'Neutron did not tell the request groups of port %s: %s. Its '
                'VF may be of another PF than that at which Placement counts '
                'its bandwidth; migrate the server when Neutron answers',
                port, printable(str(error)))
            continue
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
