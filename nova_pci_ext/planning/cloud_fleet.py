# SPDX-License-Identifier: Apache-2.0

"""The hosts of a cloud as a fleet, read as the scheduler reads them."""

import collections
import json
from collections.abc import Hashable
from collections.abc import Mapping
from collections.abc import Sequence

from nova import context as nova_context
from nova import objects
from nova.objects import base

from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import live
from nova_pci_ext.explaining import requests
from nova_pci_ext.explaining.hosts import ExplainedHost
from nova_pci_ext.explaining.hosts import State
from nova_pci_ext.explaining.hosts import stats_of
from nova_pci_ext.explaining.server_request import ServerRequest
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning import room
from nova_pci_ext.planning.fleet import FleetHost


class CloudFleet:
    """The cloud that Nova's configuration names."""

    def __init__(self) -> None:
        self._context = nova_context.get_admin_context()
        self._cloud = live.Cloud(self._context)
        self._others = self._cloud.other_filters()
        self._nodes: dict[str, tuple[str | None, str | None]] = {}

    def spec(self, asked: ServerRequest) -> RequestSpec:
        """Return the request of a server; see ``Fleet``."""
        return requests.request_spec(asked, self._context)

    def explainer(self, spec: RequestSpec) -> answers.Explainer:
        """Return what asks the hosts, with the other enabled filters."""
        return answers.Explainer(spec, self._others)

    def hosts(self, spec: RequestSpec) -> Sequence[FleetHost]:
        """Return the hosts, by name."""
        found = sorted((FleetHost(host=each, key=self._key(each, spec))
                        for each in self._cloud.hosts(spec)),
                       key=lambda found: found.name)
        self._nodes.update((each.name, (each.host.state.uuid,
                                        each.host.state.cell_uuid))
                           for each in found)
        return found

    def cell(self, host: str | None) -> str | None:
        """Return the cell of a host; see ``Fleet``."""
        return self._nodes[host][1] if host in self._nodes else None

    def able(self, spec: RequestSpec, host: str | None = None,
             ) -> frozenset[str]:
        """Return the hosts that could have a server; see ``Fleet``.

        Nova moves no server to another cell with ``server migrate``.
        """
        uuids = self._cloud.able(spec)
        cell = self.cell(host)
        return frozenset(name for name, (uuid, each) in self._nodes.items()
                         if uuid in uuids and cell in (None, each))

    def _key(self, host: ExplainedHost, spec: RequestSpec) -> Hashable:
        """Return what decides an answer; the name where that is the host's.

        What Placement offers has ids that no two hosts share.
        """
        state = host.state
        if host.beyond or any(
                candidate['mappings'] or type(candidate) is not dict
                for candidate in state.allocation_candidates):
            return host.name
        others = tuple(bool(list(other.filter_all([state], spec)))
                       for other in self._others)
        pools = stats_of(state).compiled() if state.pci_stats else None
        return (pools, _text(state), room.free(state),
                state.cpu_allocation_ratio, state.ram_allocation_ratio,
                len(state.allocation_candidates), others)

    def flavors(self) -> list[str]:
        """Return the names of all flavors, sorted."""
        return sorted(each.name for each in objects.FlavorList.get_all(
            self._context, filters={'is_public': None}))

    def running(self) -> Mapping[str, int]:
        """Return how many servers of each flavor have a host."""
        found: collections.Counter[str] = collections.Counter()
        for cell in objects.CellMappingList.get_all(self._context):
            if cell.is_cell0() or cell.disabled:
                continue
            with nova_context.target_cell(self._context, cell) as context:
                found.update(
                    each.flavor.name
                    for each in objects.InstanceList.get_by_filters(
                        context, {'deleted': False},
                        expected_attrs=['flavor']) if each.host)
        return found


def _text(state: State) -> str | None:
    """Return the NUMA topology of a host as text."""
    found = state.numa_topology
    return None if found is None else json.dumps(
        base.NovaObject.obj_to_primitive(found), sort_keys=True,
        default=sorted)
