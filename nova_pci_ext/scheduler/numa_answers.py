# SPDX-License-Identifier: Apache-2.0

"""What ``NUMATopologyFilter`` said of a host, for the next server alike.

The answer follows from the host's NUMA topology and its pools, which are the
same while their texts are, from its ratios, and from what the server asks.
It is kept with what is known of the pools, one for each kind of guest.
"""

import sys
import typing
from collections.abc import Iterable
from collections.abc import Iterator

from nova.scheduler import utils

from nova_pci_ext import novaobj
from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.novaobj import row_objects
from nova_pci_ext.scheduler import candidates
from nova_pci_ext.scheduler import guest_cells
from nova_pci_ext.scheduler import host_cache

#: Whether a host passes; None where that could not be decided.
Answer = bool | None
# The group of what no request of the server names: vCPUs, memory.
_UNNAMED = frozenset(('',))


class Ask(typing.Protocol):
    """Asks Nova's filter about one host."""

    def __call__(self, host_state: protocols.HostState,
                 spec_obj: typing.Any, /) -> Answer: ...


def filtered(ask: Ask, hosts: Iterable[protocols.HostState],
             spec: typing.Any) -> Iterator[protocols.HostState] | None:
    """Return the hosts that pass; None where nothing is to be kept.

    :param spec: the request of a server
    """
    # A policy for threads is about the topology of each host by itself.
    if (not spec.numa_topology or utils.request_is_rebuild(spec)
            or spec.flavor.extra_specs.get('hw:cpu_thread_policy')
            or spec.image.properties.get('hw_cpu_thread_policy')):
        return None
    call = _Call(ask, spec)
    return (host for host in hosts if call.passes(host))


class _Call:
    """What one call of the filter shares between hosts."""

    def __init__(self, ask: Ask, spec: typing.Any) -> None:
        self._ask = ask
        self._spec = spec
        self._kind = _kind(spec)
        self._limits: dict[tuple[object, object], typing.Any] = {}

    def passes(self, state: protocols.HostState) -> Answer:
        """Whether a host passes; its candidates and limits are set."""
        unread = row_objects.row(state.numa_topology)
        published = getattr(state.pci_stats, 'published', None)
        if (unread is None or published is None
                or not _are_unnamed(state.allocation_candidates)):
            return self._ask(state, self._spec)
        known = host_cache.WORKER.host(state, published)
        ratios = state.cpu_allocation_ratio, state.ram_allocation_ratio
        kept = known.answers.get(self._kind)
        if kept is None or kept[1] != ratios or kept[0] != unread[0]:
            answer = self._ask(state, self._spec)
            if answer is not None:
                known.remember(self._kind, (unread[0], ratios, answer))
            return answer
        answer = typing.cast(bool, kept[2])
        if KEPT.report is not None:
            return KEPT.verified('the fit of a NUMA topology', answer,
                                 self._ask, state, self._spec)
        if not answer:
            state.allocation_candidates = []
            return False
        limits = self._limits.get(ratios)
        if limits is None:
            limits = self._limits[ratios] = guest_cells.limits(
                state, self._spec)
        state.limits['numa_topology'] = limits
        return True


def _are_unnamed(found: Iterable[protocols.AllocationCandidate]) -> bool:
    """Whether there are candidates, and Placement chose no device in any."""
    return bool(found) and all([
        candidate['mappings'].keys() == _UNNAMED for candidate in found])


def _kind(spec: typing.Any) -> str:
    """Return what is equal for servers that are answered alike."""
    topology = spec.numa_topology
    found = spec.pci_requests
    server = novaobj.ServerRequests(found.requests if found else (),
                                    qos_interfaces.INTERFACES.of)
    networks = (spec.network_metadata
                if 'network_metadata' in spec else None)
    return sys.intern('NUMA ' + repr((
        [cell.obj_to_primitive() for cell in topology.cells],
        (topology.emulator_threads_policy
         if 'emulator_threads_policy' in topology else None),
        networks and networks.obj_to_primitive(),
        candidates.numbered(server.alone), server.constraints)))
