# SPDX-License-Identifier: Apache-2.0

"""The servers of a cloud, as its databases have them."""

import dataclasses
from collections.abc import Iterable

from nova import context as nova_context
from nova import exception
from nova import objects

from nova_pci_ext.novaobj.protocols import Context
from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning import capacity
from nova_pci_ext.planning import movers
from nova_pci_ext.planning.fleet import Fleet

# Policy, what keeps servers apart, and members.
_NO_GROUP: tuple[str, movers.Group | None, list[str]] = ('', None, [])
# States in which Nova's API moves a server.
_MOVABLE = ('active', 'stopped')
UNKNOWN = ('Nova does not record whether its ports need bandwidth: Placement '
           'may refuse the move')


class CloudMovers:
    """All servers that have a host.

    :param context: of an administrator
    """

    def __init__(self, fleet: Fleet, context: Context) -> None:
        self._fleet = fleet
        self._context = context
        self._instances = {each.uuid: each for each in _instances(context)}
        self._groups: dict[
            str, tuple[str, movers.Group | None, list[str]]] = {}
        for group in objects.InstanceGroupList.get_all(context):
            found = group.policy or '', movers.Group(
                uuid=group.uuid, most=int(
                    group.rules.get('max_server_per_host', 1))), group.members
            self._groups.update(dict.fromkeys(group.members, found))
        self._specs: dict[str, RequestSpec | None] = {}
        self._known: dict[object, movers.Mover] = {}

    def fixed(self, server: str) -> str:
        """Return why a server is not moved; see ``Movers``."""
        instance = self._instances.get(server)
        if instance is None or self._spec(server) is None:
            return 'Nova has no request of it'
        if instance.vm_state not in _MOVABLE or instance.task_state:
            return 'Nova moves no server in its state'
        policy, _, members = self._groups.get(server, _NO_GROUP)
        if policy == 'affinity' and any(
                each in self._instances for each in members
                if each != server):
            return 'its group has to stay on one host'
        return ''

    def of(self, server: str) -> movers.Mover:
        """Return a server; see ``Movers``."""
        instance, spec = self._instances[server], self._spec(server)
        assert spec is not None
        policy, group, _ = self._groups.get(server, _NO_GROUP)
        apart = group if policy == 'anti-affinity' else None
        asked = _asked(spec, instance)
        key = movers.kind(asked, apart and server)
        if key not in self._known:
            self._known[key] = movers.Mover(
                name='', kind=key, need=capacity.need(asked), group=apart,
                explainer=self._fleet.explainer(asked),
                unknown=UNKNOWN if any(
                    request.alias_name is None
                    for request in instance.pci_requests.requests) else '')
        return dataclasses.replace(
            self._known[key], name=instance.display_name or server,
            pinned=instance.numa_topology)

    def members(self, group: movers.Group, host: str) -> frozenset[str]:
        """Return the servers of a group on a host."""
        found = next((members for _, each, members in self._groups.values()
                      if each == group), [])
        return frozenset(uuid for uuid in found
                         if self._is_at(uuid, host))

    def _is_at(self, server: str, host: str) -> bool:
        found = self._instances.get(server)
        return found is not None and found.host == host

    def _spec(self, server: str) -> RequestSpec | None:
        if server not in self._specs:
            try:
                self._specs[server] = objects.RequestSpec.get_by_instance_uuid(
                    self._context, server)
            except exception.RequestSpecNotFound:
                self._specs[server] = None
        return self._specs[server]


def _instances(context: Context) -> Iterable[Instance]:
    """Yield the servers of all cells that have a host."""
    for cell in objects.CellMappingList.get_all(context):
        if cell.is_cell0() or cell.disabled:
            continue
        with nova_context.target_cell(context, cell) as targeted:
            for each in objects.InstanceList.get_by_filters(
                    targeted, {'deleted': False}, expected_attrs=[
                        'flavor', 'numa_topology', 'pci_requests']):
                if each.host:
                    yield each


def _asked(spec: RequestSpec, instance: Instance) -> RequestSpec:
    """Return the request with which the scheduler would move a server.

    Where it was once told to go, or not to, was for its last move.
    """
    asked = spec.obj_clone()
    asked.pci_requests = instance.pci_requests
    for name in ('requested_destination', 'force_hosts', 'force_nodes',
                 'retry', 'ignore_hosts', 'instance_group'):
        setattr(asked, name, None)
    return movers.without_placement(asked)
