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
from typing import TypedDict

import nova.conf
from keystoneauth1 import exceptions as ksa_errors
from neutronclient.common import exceptions as client_errors
from nova import exception
from nova import objects
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

#: What Nova's client of Neutron raises where it has no answer: its library
#: does not translate the errors of the session below it.
_SILENT = (client_errors.NeutronException, ksa_errors.ClientException,
           exception.NovaException)


class _Group(TypedDict):
    """A request group of a port."""

    id: str
    resources: Mapping[str, int]


class _Request(TypedDict, total=False):
    """What a port asks of Placement."""

    request_groups: Sequence[_Group]


class _Port(TypedDict, total=False):
    """A port, as far as it is asked for."""

    resource_request: _Request | None


class _NeutronClient(Protocol):
    """Nova's client of Neutron."""

    def show_port(self, port: str, *, fields: Sequence[str],
                  ) -> Mapping[str, _Port]: ...


class _ReportClient(Protocol):
    """Nova's client of Placement."""

    def get_resource_provider_name(self, context: object, uuid: str,
                                   ) -> str: ...


class _Names:
    """Nova's client of Placement, which is asked for each name once."""

    def __init__(self, client: _ReportClient) -> None:
        self._client = client
        self._known: dict[str, str] = {}

    def get_resource_provider_name(self, context: object, uuid: str) -> str:
        """Return the name of a provider."""
        if uuid not in self._known:
            self._known[uuid] = self._client.get_resource_provider_name(
                context, uuid)
        return self._known[uuid]


def install() -> None:
    """Wrap what computes and conductors have of Nova, once in a process."""
    # nova-conductor reads no other option of ours.
    pci_ext.register_opts(nova.conf.CONF)
    wrapping.install([
        (compute_utils, 'update_pci_request_with_placement_allocations',
         _with_ports),
        (objects.Instance, 'save', _without_names)])


def install_on_compute() -> None:
    """Wrap that, and what computes alone have, once in a process."""
    # It reads options as it loads, and a conductor has no use for it.
    from nova.compute import manager
    install()
    wrapping.install([
        (manager.ComputeManager, '_live_migration_claim', _with_names)])


def _with_ports(original: wrapping.Function) -> wrapping.Function:
    """Wrap the step that writes into requests what Placement chose."""
    def update_pci_request_with_placement_allocations(
            context: object, report_client: _ReportClient,
            pci_requests: Sequence[protocols.InstancePCIRequest],
            provider_mapping: Providers) -> object:
        if not port_groups.are_followed():
            return original(context, report_client, pci_requests,
                            provider_mapping)
        for request in port_groups.ports(pci_requests):
            # What Placement chose for an earlier place.
            port_groups.forget(request)
        names = _Names(report_client)
        found = of_ports(context, pci_requests, provider_mapping)
        return original(context, names, pci_requests, {
            **provider_mapping,
            **{port: chosen for port, chosen in found
               if _is_pf(context, names, chosen)}})
    return update_pci_request_with_placement_allocations


def _without_names(original: wrapping.Function) -> wrapping.Function:
    """Wrap what writes an instance into the database.

    What Placement chose is for one claim.  Nova writes the requests with
    every save of an instance, and writes them anew only where a move has a
    group: a name that was kept would be asked for by later moves.
    """
    def save(self: objects.Instance, *args: object,
             **kwargs: object) -> object:
        kept = list(_requests_of(self)) if port_groups.are_followed() else ()
        with port_groups.unnamed(kept):
            return original(self, *args, **kwargs)
    return save


def _with_names(original: wrapping.Function) -> wrapping.Function:
    """Wrap the claim of NUMA cells for a live migration.

    It saves the instance before the devices are claimed, and what the
    conductor answers to a save takes the place of the requests.
    """
    def _live_migration_claim(self: object, ctxt: object,
                              instance: objects.Instance, *args: object,
                              **kwargs: object) -> object:
        kept = {request.request_id: request.spec
                for request in _ports_of(instance)
                if port_groups.is_named(request)}
        try:
            return original(self, ctxt, instance, *args, **kwargs)
        finally:
            for request in _ports_of(instance) if kept else ():
                request.spec = kept.get(request.request_id, request.spec)
    return _live_migration_claim


def _ports_of(instance: objects.Instance,
              ) -> list[protocols.InstancePCIRequest]:
    """Return the requests of an instance's ports, where they are followed."""
    asked = instance.pci_requests if port_groups.are_followed() else None
    return port_groups.ports(asked.requests) if asked else []


def _requests_of(instance: objects.Instance,
                 ) -> Iterator[protocols.InstancePCIRequest]:
    """Yield the requests that are written with an instance."""
    holders = [(instance, 'pci_requests')]
    if 'migration_context' in instance and instance.migration_context:
        holders += [(instance.migration_context, 'old_pci_requests'),
                    (instance.migration_context, 'new_pci_requests')]
    for holder, name in holders:
        # Reading what is not set would load it.
        found = getattr(holder, name) if name in holder else None
        yield from found.requests if found else ()


def of_ports(context: object,
             requests: Sequence[protocols.InstancePCIRequest],
             providers: Providers) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield ports whose group has an id of its own, with its providers.

    A port that Neutron does not have any more has no group.  Where Neutron
    does not answer, a WARNING says that VFs may be of another PF, as with
    Nova alone: an error here would leave Placement's part of an attachment.
    """
    ports = [str(request.requester_id)
             for request in port_groups.ports(requests)]
    left = [port for port in ports if port not in providers]
    # Those of flavors have a number, or a name of the operator's.
    if not left or not any(uuidutils.is_uuid_like(group)
                           for group in {*providers}.difference(ports)):
        return
    try:
        client = neutron.get_client(context, admin=True)
        for port in left:
            for group in _groups(client, port):
                if group['id'] in providers and any(
                        name.startswith(port_groups.BANDWIDTH)
                        for name in group['resources']):
                    yield port, providers[group['id']]
    except _SILENT as error:
        # The others would wait as long.
        LOG.warning(
            'Neutron did not tell the request groups of the ports %s: %s. '
            'Their VFs may be of other PFs than those at which Placement '
            'counts their bandwidth; migrate the server when Neutron answers',
            ', '.join(left), printable(str(error)))


def _groups(client: _NeutronClient, port: str) -> Iterator[_Group]:
    """Yield what a port asks of Placement, nothing where it is gone.

    :raises NeutronException: where that cannot be read
    """
    try:
        found = client.show_port(port, fields=['resource_request'])
    except client_errors.PortNotFoundClient:
        return
    try:
        request = found['port'].get('resource_request')
        # Before Xena there are no groups.
        groups = request.get('request_groups') if request else None
        for group in groups or ():
            yield {'id': str(group['id']),
                   'resources': dict(group['resources'])}
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise client_errors.NeutronException(
            message=f'its answer is odd: {found}') from error


def _is_pf(context: object, report_client: _ReportClient,
           chosen: Sequence[str]) -> bool:
    """Whether a group is from the bandwidth of one PF."""
    if len(chosen) != 1:
        return False
    try:
        name = report_client.get_resource_provider_name(context, chosen[0])
    except (ksa_errors.ClientException, exception.NovaException) as error:
        LOG.warning(
            'Placement did not tell which PF resource provider %s is: %s. A '
            'VF may be of another one; migrate the server when Placement '
            'answers', chosen[0], printable(str(error)))
        return False
    return qos_interfaces.interface_in(name) is not None
