# SPDX-License-Identifier: Apache-2.0

"""Servers placed on one host, one after the other, as the scheduler does it.
"""

from collections.abc import Callable
from collections.abc import Sequence

from nova.virt import hardware

from nova_pci_ext.explaining.hosts import Cells
from nova_pci_ext.explaining.hosts import requests_of
from nova_pci_ext.explaining.hosts import State
from nova_pci_ext.explaining.hosts import stats_of
from nova_pci_ext.matching import capacity
from nova_pci_ext.matching import demands
from nova_pci_ext.novaobj.protocols import InstanceNUMATopology
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.scheduler import guest_cells


def place(state: State, spec: RequestSpec, limit: int | None,
          takes_more: Callable[[State], bool]) -> Sequence[demands.Ask]:
    """Place servers on a host that takes at least one.

    :param state: the HostState; used up
    :param limit: how many at most, None for all that fit
    :param takes_more: asks the filters
    :returns: what each of them was given room for
    """
    asked = ask(state, spec, None)
    if spec.numa_topology or spec.requested_resources or asked.constraints:
        return _one_by_one(state, spec, limit, takes_more)
    # Neither nodes nor providers are used up by the servers before, nor do
    # they make sets, so the number can be found without placing each of them.
    most = capacity.capacity((), asked, stats_of(state).compiled())
    return [asked] * (most if limit is None else min(most, limit))


def _one_by_one(state: State, spec: RequestSpec, limit: int | None,
                takes_more: Callable[[State], bool]) -> list[demands.Ask]:
    placed: list[demands.Ask] = []
    while (limit is None or len(placed) < limit) and takes_more(state):
        asked = take(state, spec)
        if asked is None:
            break
        placed.append(asked)
    return placed


def take(state: State, spec: RequestSpec) -> demands.Ask | None:
    """Place one server on a host that takes it.

    :param state: the HostState; has less afterwards
    :returns: what the server was given room for; None where Nova could not
        place it after all
    """
    server = spec.obj_clone()
    mappings = _mappings(state)
    for group in server.requested_resources:
        group.provider_uuids = mappings[group.requester_id]
    # Nova logs what goes wrong here, and leaves the stamp as it was.
    state.updated = None
    asked = ask(state, spec, chosen_cells(state, spec))
    state.consume_from_request(server)
    return None if state.updated is None else asked


def ask(state: State, spec: RequestSpec, cells: Cells) -> demands.Ask:
    """Return what one server asks of a host, with Placement's first choice.

    :param cells: where the guest's cells go, None without NUMA topology
    """
    found: demands.Ask = stats_of(state).ask(
        requests_of(spec), _mappings(state), cells)
    return found


def _mappings(state: State) -> dict[str, list[str]]:
    return state.allocation_candidates[0]['mappings']


def chosen_cells(state: State, spec: RequestSpec) -> Cells:
    """Return where Nova puts the cells of the next guest.

    :param state: a host that takes it
    :returns: InstanceNUMACell objects; None without NUMA topology
    """
    if not spec.numa_topology:
        return None
    fitted: InstanceNUMATopology = hardware.numa_fit_instance_to_host(
        state.numa_topology, spec.numa_topology.obj_clone(),
        _mappings(state), limits=guest_cells.limits(state, spec),
        pci_requests=requests_of(spec), pci_stats=state.pci_stats)
    return fitted.cells


def cell_choices(state: State, spec: RequestSpec) -> list[Cells]:
    """Return the guest's cells on each set of host cells with room for them.

    :returns: None for a guest without NUMA topology, else lists of
        InstanceNUMACell, their ids those of host cells
    """
    if not spec.numa_topology:
        return [None]
    limits = guest_cells.limits(state, spec)
    fitted = (guest_cells.fit(cells, spec.numa_topology, limits)
              for cells in guest_cells.combinations(state.numa_topology,
                                                    spec.numa_topology))
    return [cells for cells in fitted if cells]
