# SPDX-License-Identifier: Apache-2.0

"""What ``NUMATopologyFilter`` said of a host, for the next server alike.

The answer follows from the host's NUMA topology and its pools, which are the
same while their texts are, from its ratios, and from what the server asks.
"""

import sys
import typing
import weakref
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

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
# Kinds of guests that are remembered for a host; the oldest go first.
_MOST = 64
# What is kept of a host beside the text of its topology, about.
_BYTES = 1_000
_ANSWER_BYTES = 80


class Ask(typing.Protocol):
    """Asks Nova's filter about one host."""

    def __call__(self, host_state: protocols.HostState,
                 spec_obj: protocols.RequestSpec, /) -> Answer: ...


class _Image(typing.Protocol):
    """``nova.objects.ImageMeta``."""

    @property
    def properties(self) -> Mapping[str, object]: ...


def filtered(ask: Ask, hosts: Iterable[protocols.HostState],
             spec: protocols.RequestSpec,
             ) -> Iterator[protocols.HostState] | None:
    """Return the hosts that pass; None where nothing is to be kept.

    :param spec: the request of a server
    """
    if (not spec.numa_topology or utils.request_is_rebuild(spec)
            or _asks_for_threads(spec)):
        return None
    try:
        call = _Call(ask, spec, spec.numa_topology)
    except (AttributeError, ValueError):
        # Nova's filter says of each host what it cannot read.
        return None
    return (host for host in hosts if call.passes(host))


def _asks_for_threads(spec: protocols.RequestSpec) -> bool:
    """Whether there is a policy that the topology of a host may not do."""
    image = typing.cast('_Image | None', spec.image)
    return spec.flavor is None or image is None or bool(
        spec.flavor.extra_specs.get('hw:cpu_thread_policy')
        or image.properties.get('hw_cpu_thread_policy'))


class _Call:
    """What one call of the filter shares between hosts."""

    def __init__(self, ask: Ask, spec: protocols.RequestSpec,
                 topology: protocols.InstanceNUMATopology) -> None:
        self._ask = ask
        self._spec = spec
        self._kind = _kind(spec, topology)
        self._limits: dict[tuple[object, object], object] = {}

    def passes(self, state: protocols.HostState) -> Answer:
        """Whether a host passes; its candidates and limits are set."""
        unread = row_objects.row(state.numa_topology)
        published = getattr(state.pci_stats, 'published', None)
        if (unread is None or published is None or not state.uuid
                or not _are_unnamed(state.allocation_candidates)):
            return self._ask(state, self._spec)
        cache = host_cache.WORKER
        pools = cache.host(state, published)
        ratios = state.cpu_allocation_ratio, state.ram_allocation_ratio
        topology = unread[0]
        fits = cache.fits.find(state.uuid)
        if (fits is None or fits.pools() is not pools
                or fits.ratios != ratios or fits.topology != topology):
            fits = host_cache.Fits(topology=topology, ratios=ratios,
                                   pools=weakref.ref(pools), answers={})
            cache.fits.keep(state.uuid, fits,
                            sys.getsizeof(topology) + _BYTES)
        answer = fits.answers.get(self._kind)
        if answer is None:
            answer = self._ask(state, self._spec)
            if answer is not None:
                if len(fits.answers) >= _MOST:
                    fits.answers.pop(next(iter(fits.answers)), None)
                else:
                    cache.fits.grow(state.uuid, fits, _ANSWER_BYTES)
                fits.answers[self._kind] = answer
            return answer
        if KEPT.report is not None:
            return KEPT.verified(
                'the fit of a NUMA topology', answer, self._fresh, state)
        if not answer:
            state.allocation_candidates = []
            return False
        limits = self._limits.get(ratios)
        if limits is None:
            limits = self._limits[ratios] = guest_cells.limits(
                state, self._spec)
        state.limits['numa_topology'] = limits
        return True

    def _fresh(self, state: protocols.HostState) -> bool:
        return bool(self._ask(state, self._spec))


def _are_unnamed(found: Iterable[protocols.AllocationCandidate]) -> bool:
    """Whether there are candidates, and Placement chose no device in any."""
    return bool(found) and all([
        candidate['mappings'].keys() == _UNNAMED for candidate in found])


def _kind(spec: protocols.RequestSpec,
          topology: protocols.InstanceNUMATopology) -> str:
    """Return what is equal for servers that are answered alike."""
    found = spec.pci_requests
    server = novaobj.ServerRequests(found.requests if found else (),
                                    qos_interfaces.INTERFACES.of)
    networks = (spec.network_metadata
                if 'network_metadata' in spec else None)
    return sys.intern('NUMA ' + repr((
        [typing.cast('protocols.VersionedObject', cell).obj_to_primitive()
         for cell in topology.cells],
        (topology.emulator_threads_policy
         if 'emulator_threads_policy' in topology else None),
        networks and networks.obj_to_primitive(),
        candidates.numbered(server.alone), server.constraints)))
