# SPDX-License-Identifier: Apache-2.0

"""What the ports of a server ask beside devices: bandwidth, and the NUMA node
of their network.  Nova does not keep that, and asks Neutron for each boot and
each move; so does this.
"""

import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence

from keystoneauth1 import exceptions as ks_exc
from neutronclient.common import exceptions as client_errors
from nova import context as nova_context
from nova import exception
from nova import objects
from nova.network import neutron

from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import RequestGroup
from nova_pci_ext.novaobj.protocols import RequestSpec

_SILENT = (ks_exc.ClientException, client_errors.NeutronException)
UNKNOWN = ('whether its ports need bandwidth is not known, nor to which NUMA '
           'node a network belongs')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What Placement is asked for ports.

    :ivar level: what holds for all of the request, None for nothing
    :ivar notes: what is not known
    """

    groups: Sequence[RequestGroup] = ()
    level: object = None
    notes: tuple[str, ...] = ()


def of_settled(spec: RequestSpec, instance: Instance) -> Asked:
    """Ask for the ports of a server that is on a host, as Nova does.

    :param spec: gets the networks
    """
    if not (instance.info_cache and instance.info_cache.network_info):
        return Asked()
    spec.ensure_network_information(instance)
    try:
        groups, level = neutron.API().get_requested_resource_for_instance(
            nova_context.get_admin_context(), instance.uuid)
    except (*_SILENT, exception.NovaException) as exc:
        return Asked(notes=(_silent(exc),))
    gone = tuple(_gone(spec))
    return Asked(groups=groups, level=level, notes=gone)


def of_unsettled(spec: RequestSpec) -> Asked:
    """Ask for the ports of a server that has no host.

    Only ports that ask for a device can be found: those are in its requests.

    :param spec: gets the networks
    """
    groups: list[RequestGroup] = []
    notes = []
    level = objects.RequestLevelParams()
    physnets, tunneled = set(), False
    for port in ids(spec):
        try:
            networks, more, more_level = (
                neutron.API().create_resource_requests(
                    nova_context.get_admin_context(),
                    objects.NetworkRequestList(objects=[
                        objects.NetworkRequest(port_id=port)]),
                    objects.InstancePCIRequests(requests=[])))
        except exception.PortNotFound:
            notes.append(_is_gone(port))
            continue
        except (*_SILENT, exception.NovaException) as exc:
            notes.append(_silent(exc))
            break
        groups += more
        level.extend_with(more_level)
        physnets |= networks.physnets
        tunneled = tunneled or networks.tunneled
    if physnets or tunneled:
        spec.network_metadata = objects.NetworkMetadata(
            physnets=physnets, tunneled=tunneled)
    return Asked(groups=groups, level=level, notes=tuple(notes))


def ids(spec: RequestSpec) -> list[str]:
    """Return the ports that a request has devices for, in its order."""
    asked = spec.pci_requests.requests if spec.pci_requests else ()
    return list(dict.fromkeys(
        each.requester_id for each in asked
        if each.alias_name is None and each.requester_id))


def _gone(spec: RequestSpec) -> Iterator[str]:
    """Yield a note for each port that Neutron does not have any more."""
    client = neutron.get_client(nova_context.get_admin_context(), admin=True)
    for port in ids(spec):
        try:
            client.show_port(port, fields=['id'])
        except (client_errors.PortNotFoundClient, exception.PortNotFound):
            yield _is_gone(port)
        except _SILENT as exc:
            yield _silent(exc)
            return


def _is_gone(port: str) -> str:
    return (f'port {port} is not in Neutron any more: its device is asked for '
            'as it was')


def _silent(error: Exception) -> str:
    return f'Neutron does not answer ({type(error).__name__}): {UNKNOWN}'
