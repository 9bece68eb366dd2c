# SPDX-License-Identifier: Apache-2.0

"""The request that Nova would hand to the scheduler for a server now.

For one on a host that is a move, for one on its shelf the way back, and for
one that has failed or is deleted another boot like the first.
"""

import dataclasses
from collections.abc import Mapping

from nova import context as nova_context
from nova import exception
from nova import objects
from nova.pci import request as pci_request
from nova.scheduler import utils
from nova.virt import hardware

from nova_pci_ext import exceptions
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.explaining import hosts
from nova_pci_ext.novaobj.protocols import Context
from nova_pci_ext.novaobj.protocols import Flavor
from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import InstanceGroup
from nova_pci_ext.novaobj.protocols import InstanceNUMATopology
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning import movers
from nova_pci_ext.planning import room
from nova_pci_ext.servers import ports
from nova_pci_ext.servers import stored
from nova_pci_ext.servers.record import Server

# Of no use to a move, and never of a request that is kept.
_GONE_WITH_A_MOVE = ('force_hosts', 'force_nodes')
_FOR_ONE_CALL = ('requested_destination', 'retry', 'ignore_hosts')
# What a request that an early Nova wrote may lack.
_MAYBE = ('availability_zone', 'force_hosts', 'force_nodes', 'image',
          'instance_group', 'limits', 'numa_topology', 'pci_requests',
          'project_id', 'scheduler_hints', 'user_id')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a server asks for.

    :ivar spec: with which hosts and Placement are asked
    :ivar flavor: its name
    :ivar old_flavor: that of before a resize that can be reverted, or ''
    :ivar requests: (words, how many devices) of each request for devices
    :ivar names: the words by the id of the request
    :ivar zone: in which it has to be, or ''
    :ivar hints: of the scheduler
    :ivar forced: host or node that it was told to go to, past all filters
    :ivar group: (policy, name) of its server group, None for none
    :ivar pinned: the host cells that it uses, by host; of hosts where it is,
        or that are kept for it
    :ivar held: vCPUs, memory and disk that it has where it is
    :ivar notes: what is not known, or is not as it was
    """

    spec: RequestSpec
    flavor: str
    old_flavor: str = ''
    requests: tuple[tuple[str, int], ...] = ()
    names: Mapping[str, str] = dataclasses.field(default_factory=dict)
    zone: str = ''
    hints: tuple[tuple[str, str], ...] = ()
    forced: str = ''
    group: tuple[str, str] | None = None
    pinned: Mapping[str, InstanceNUMATopology] = dataclasses.field(
        default_factory=dict)
    held: room.Room | None = None
    notes: tuple[str, ...] = ()


def ask(server: Server, flavor: str | None = None) -> Asked:
    """Return what a server asks for.

    :param flavor: name of a flavor to which it would be resized
    :raises ServerRequestError: where that is not known, or the flavor is not
    :raises DiscoveryError: if the API database does not answer
    """
    kept = stored.read(server)
    notes = list(kept.notes)
    if kept.spec is None:
        spec = stored.made_up(kept)
        notes.append('its own flavor, image and requests are judged; zone, '
                     'hints and a forced host are not known')
    else:
        spec = kept.spec
    instance = kept.instance if server.settled else None
    if server.settled and kept.instance is None:
        notes.append('what it was given later, such as ports, is not known')
    spec = _clean(spec, instance)
    if flavor is not None:
        _resize(spec, flavor)
    asked = (ports.of_unsettled(spec) if instance is None
             else ports.of_settled(spec, instance))
    notes += asked.notes
    _complete(spec, asked)
    if server.settled and server.place.cell_uuid is not None:
        # As Nova does for each move, and for the way back from a shelf.
        spec.requested_destination = objects.Destination(
            cell=nova_book.cell(server.place.cell_uuid))
    return _asked(server, spec, kept.instance, notes)


def _clean(spec: RequestSpec, instance: Instance | None) -> RequestSpec:
    """Return the request of one server that nothing has been chosen for."""
    found = spec.obj_clone()
    for name in _MAYBE:
        if name not in found:
            setattr(found, name, None)
    if instance is not None:
        found.pci_requests = instance.pci_requests
        found.ensure_project_and_user_id(instance)
    for name in (*_FOR_ONE_CALL, *(_GONE_WITH_A_MOVE if instance else ())):
        setattr(found, name, None)
    found.num_instances = 1
    if found.pci_requests is None:
        found.pci_requests = objects.InstancePCIRequests(requests=[])
    return movers.without_placement(found)


def _resize(spec: RequestSpec, name: str) -> None:
    """Ask for another flavor, as Nova's API does: ports stay."""
    try:
        flavor = objects.Flavor.get_by_name(
            nova_context.get_admin_context(), name)
        wanted = pci_request.get_pci_requests_from_flavor(
            flavor, affinity_policy=hardware.get_pci_numa_policy_constraint(
                flavor, spec.image))
        topology = hardware.numa_get_constraints(flavor, spec.image)
    except exception.NovaException as exc:
        raise exceptions.ServerRequestError(exc.format_message()) from exc
    wanted.requests += [each for each in hosts.requests_of(spec)
                        if each.alias_name is None]
    spec.flavor, spec.pci_requests = flavor, wanted
    spec.numa_topology = topology


def _complete(spec: RequestSpec, asked: ports.Asked) -> None:
    """Add what Nova adds for each call of the scheduler."""
    spec.requested_resources = list(asked.groups)
    spec.request_level_params = asked.level or objects.RequestLevelParams()
    admin = nova_context.get_admin_context()
    try:
        spec.generate_request_groups_from_pci_requests()
        if spec.instance_group is None:
            spec.instance_group = _group(admin, spec.instance_uuid)
        utils.setup_instance_group(admin, spec)
    except exception.NovaException as exc:
        raise exceptions.ServerRequestError(exc.format_message()) from exc
    except ValueError as exc:
        # Of alternatives, where candidates are Nova's.
        raise exceptions.ServerRequestError(str(exc)) from exc


def _group(admin: Context, uuid: str) -> InstanceGroup | None:
    """Return the server group of a server, whatever its request says."""
    try:
        found: InstanceGroup = objects.InstanceGroup.get_by_instance_uuid(
            admin, uuid)
    except exception.InstanceGroupNotFound:
        return None
    return found


def _asked(server: Server, spec: RequestSpec, instance: Instance | None,
           notes: list[str]) -> Asked:
    names, requests = {}, []
    for each in hosts.requests_of(spec):
        words = each.alias_name or _port_words(each.requester_id, each.spec)
        requests.append((words, each.count))
        if each.request_id:
            names[each.request_id] = words
    old = getattr(instance, 'old_flavor', None) if instance else None
    group = spec.instance_group
    return Asked(
        spec=spec, flavor=_name(spec.flavor), old_flavor=_name(old),
        requests=tuple(requests), names=names,
        zone=spec.availability_zone or '',
        hints=tuple(sorted(
            (key, ','.join(values)) for key, values in (
                spec.scheduler_hints or {}).items())),
        forced=', '.join((*(spec.force_hosts or ()),
                          *(spec.force_nodes or ()))),
        group=(group.policy or '', group.name or group.uuid)
        if group else None,
        pinned=_pinned(server, instance), held=_held(instance),
        notes=tuple(notes))


def _name(flavor: Flavor | None) -> str:
    return flavor.name if flavor else ''


def _port_words(port: str | None, specs: list[dict[str, str | None]]) -> str:
    """Return what a request of a port is called."""
    physnet = specs[0].get('physical_network') if specs else None
    where = f' on {physnet}' if physnet else ''
    return f'port {port or "(not recorded)"}{where}'


def _held(instance: Instance | None) -> room.Room | None:
    if instance is None:
        return None
    flavor = instance.flavor
    return room.Room(vcpus=flavor.vcpus, ram_mb=flavor.memory_mb,
                     disk_gb=flavor.root_gb + flavor.ephemeral_gb)


def _pinned(server: Server, instance: Instance | None,
            ) -> dict[str, InstanceNUMATopology]:
    """Return the host cells that are a server's own."""
    if instance is None or not server.settled:
        return {}
    found = {}
    move = instance.migration_context
    if move is not None:
        for each in server.moves[:1]:
            found[each.source] = move.old_numa_topology
            found[each.target] = move.new_numa_topology
    found[server.host] = instance.numa_topology
    return {host: cells for host, cells in found.items() if host and cells}
