# SPDX-License-Identifier: Apache-2.0

"""Servers that could move, and what each needs where it goes."""

import dataclasses
import json
from collections.abc import Hashable
from collections.abc import Sequence
from typing import Protocol

from nova.objects import base

from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import hosts
from nova_pci_ext.novaobj import port_groups
from nova_pci_ext.novaobj.protocols import InstanceNUMATopology
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning import room

# What filters and Placement are asked of a server beside its devices.
_ASKED = ('project_id', 'user_id', 'availability_zone', 'scheduler_hints',
          'image', 'flavor', 'is_bfv', 'numa_topology',
          'request_level_params')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A server group whose members must not share a host.

    :ivar most: members on one host at most
    """

    uuid: str
    most: int = 1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mover:
    """One server.

    :ivar name: for people
    :ivar explainer: asks hosts about it
    :ivar kind: equal for servers of which one can stand for the other
    :ivar need: what it takes beside devices
    :ivar pinned: the host cells that it uses, None without NUMA topology
    :ivar group: whose members must not share a host with it
    :ivar only: hosts that could have it at any time, None for all
    :ivar unknown: what the records do not say of it, or ''
    """

    name: str
    explainer: answers.Explainer
    kind: Hashable
    need: room.Room
    pinned: InstanceNUMATopology | None = None
    group: Group | None = None
    only: frozenset[str] | None = None
    unknown: str = ''


class Movers(Protocol):
    """Where the servers are from."""

    def fixed(self, server: str) -> str:
        """Return why a server is not moved, '' where it could be."""

    def of(self, server: str) -> Mover:
        """Return a server that owns devices and could be moved."""

    def members(self, group: Group, host: str) -> frozenset[str]:
        """Return the servers of a group on a host."""


def without_placement(spec: RequestSpec) -> RequestSpec:
    """Return what a server asks of the devices of any host.

    What Placement chose for it, or would, is for one host at one time.
    """
    asked = spec.obj_clone()
    asked.requested_resources = []
    for request in hosts.requests_of(asked):
        port_groups.forget(request)
        request.spec = [{key: value for key, value in each.items()
                         if key != 'rp_uuids'} for each in request.spec]
    return asked


def kind(spec: RequestSpec, *more: Hashable) -> Hashable:
    """Return what two requests have in common that are equal."""
    asked: Sequence[object] = [
        [each.count, each.spec, each.numa_policy, each.alias_name is None]
        for each in hosts.requests_of(spec)]
    data = base.NovaObject.obj_to_primitive(spec)['nova_object.data']
    return (json.dumps([asked, *map(data.get, _ASKED)], sort_keys=True,
                       default=sorted), *more)
