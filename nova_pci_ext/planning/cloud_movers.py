# SPDX-License-Identifier: Apache-2.0

"""The servers of a cloud, as its databases have them."""

import contextlib
import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from nova import context as nova_context
from nova import exception
from nova import objects

from nova_pci_ext import exceptions
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
# Nova's API refuses to move servers whose flavor has it.
_ACCELERATORS = 'accel:device_profile'
# What reading a row that is not as Nova writes it ends with, and what comes
# of requests that are not there.
_ODD = (exception.NovaException, exceptions.PciExtError,
        exceptions.ConfigErrors, ValueError, TypeError, KeyError,
        AttributeError)
_PARTS = ('flavor', 'numa_topology', 'pci_requests')
_UNREAD = 'what it asked for cannot be read'
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
        self._movers: dict[str, movers.Mover] = {}

    def fixed(self, server: str) -> str:
        """Return why a server is not moved; see ``Movers``."""
        instance, spec = self._instances.get(server), self._spec(server)
        if instance is None or spec is None:
            return 'Nova has no request of it'
        if instance.vm_state not in _MOVABLE or instance.task_state:
            return 'Nova moves no server in its state'
        if spec.flavor and spec.flavor.extra_specs.get(_ACCELERATORS):
            return 'Nova moves no server with accelerators'
        policy, _, members = self._groups.get(server, _NO_GROUP)
        if policy == 'affinity' and any(
                each in self._instances for each in members
                if each != server):
            return 'its group has to stay on one host'
        if not (instance.pci_requests and instance.pci_requests.requests):
            return _UNREAD
        try:
            self.of(server)
        except exceptions.ServerRequestError:
            # That is of the cloud, and not of this server.
            raise
        except _ODD:
            return _UNREAD
        return ''

    def of(self, server: str) -> movers.Mover:
        """Return a server; see ``Movers``."""
        if server not in self._movers:
            self._movers[server] = self._read(server)
        return self._movers[server]

    def _read(self, server: str) -> movers.Mover:
        instance, spec = self._instances[server], self._spec(server)
        assert spec is not None
        policy, group, _ = self._groups.get(server, _NO_GROUP)
        apart = group if policy == 'anti-affinity' else None
        asked = _asked(spec, instance)
        key = movers.kind(asked, apart and server,
                          self._fleet.cell(instance.host))
        if key not in self._known:
            self._known[key] = movers.Mover(
                name='', kind=key, need=capacity.need(asked), group=apart,
                explainer=self._fleet.explainer(asked),
                only=self._fleet.able(asked, instance.host),
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
            except _ODD:
                self._specs[server] = None
        return self._specs[server]


def _instances(context: Context) -> Iterable[Instance]:
    """Yield the servers of all cells that have a host."""
    for cell in objects.CellMappingList.get_all(context):
        if cell.is_cell0() or cell.disabled:
            continue
        with nova_context.target_cell(context, cell) as targeted:
            try:
                found: Iterable[Instance] = _read(targeted, _PARTS)
            except _ODD:
                # One cannot be read: each by itself, so that others can.
                found = _one_by_one(targeted)
            yield from (each for each in found if each.host)


def _read(context: Context, parts: Sequence[str]) -> list[Instance]:
    return list(objects.InstanceList.get_by_filters(
        context, {'deleted': False}, expected_attrs=list(parts)))


def _one_by_one(context: Context) -> Iterator[Instance]:
    """Yield the servers of a cell that can be read."""
    for each in _read(context, ()):
        with contextlib.suppress(*_ODD):
            yield objects.Instance.get_by_uuid(
                context, each.uuid, expected_attrs=list(_PARTS))


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
