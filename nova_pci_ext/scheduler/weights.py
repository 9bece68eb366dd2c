# SPDX-License-Identifier: Apache-2.0

"""The scheduler's weigher, and the list of weighers that it belongs to."""

import dataclasses
import threading
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

import nova.conf
from nova.scheduler import utils
from nova.scheduler import weights
from nova.scheduler.weights import pci

from nova_pci_ext import novaobj
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.matching import changes
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.places import places
from nova_pci_ext.metrics import kept
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import damaged_pools
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import host_notices
from nova_pci_ext.scheduler import kept_checks
from nova_pci_ext.scheduler import rooms
from nova_pci_ext.stats import PciDeviceStats

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class WeighedServer:
    """What one server asks, read once for all hosts.

    :ivar server: its PCI requests
    :ivar requests: the same without what Placement decided
    :ivar vcpus: 0 where the request does not say
    :ivar memory_mb: 0 where the request does not say
    """

    server: novaobj.ServerRequests
    requests: changes.Requests
    vcpus: int
    memory_mb: int


class PciFitWeigher(weights.BaseHostWeigher):
    """Prefer the host that a server spoils least for those that come later.

    Hosts are ordered by ``matching.score``: with d free or partly free cards
    on a host, a whole number within ``score.WORST`` times d, 0 for a host
    without devices.  A host that cannot serve the PCI requests, or that
    cannot be weighed, has one card less than the worst that can.

    The weight is the place of the host in that order, from the last one,
    times ``[filter_scheduler] pci_weight_multiplier``, or the
    ``pci_weight_multiplier`` of an aggregate of the host.  Nova brings the
    weights of a weigher to the range from ``minval`` to ``maxval`` and so to
    that from 0 to 1.  Of scores that would leave nearly nothing of most
    differences, and other weighers, with their ranges of 1, would decide.
    With these two, one place stays one place.

    It needs no filter of ours: pools that the filter did not read yet are
    read here, from Nova's statistics too.
    """

    minval = 0
    maxval = 1

    def __init__(self) -> None:
        kept_checks.switch()
        self._changes = changes.Changes(
            search_steps=CONF.pci_ext.search_steps, guard=threading.RLock())
        kept.watch('weigher', self._changes)
        self._hosts = host_cache.WORKER

    def weight_multiplier(self, host_state: protocols.HostState) -> float:
        """Return the multiplier of the host's aggregates, or the option."""
        found: float = utils.get_weight_multiplier(
            host_state, 'pci_weight_multiplier',
            CONF.filter_scheduler.pci_weight_multiplier)
        return found

    def _weigh_object(self, host_state: protocols.HostState,
                      request_spec: protocols.RequestSpec) -> int:
        return self.weigh_hosts([host_state], request_spec)[0]

    def weigh_objects(self, weighed_obj_list: Iterable[protocols.WeighedHost],
                      weight_properties: protocols.RequestSpec) -> list[int]:
        """Return the place of each host, in the order of the list.

        What the server asks is learned, for those that come after it.
        """
        hosts = [weighed.obj for weighed in weighed_obj_list]
        found = self._weigh_all(hosts, weight_properties)
        known = [(weight, -at) for at, weight in enumerate(found)
                 if weight is not None]
        if known:
            self.learn(hosts[-max(known)[1]], weight_properties)
        return places(_with_worst(found))

    def learn(self, best: protocols.HostState,
              request_spec: protocols.RequestSpec) -> None:
        """Learn from a server that was weighed for hosts.

        :param best: the host with the highest score, which it has room on
        """
        holding = self._hold(best)
        if holding is None or not CONF.pci_ext.weigher_learns:
            return
        asked = read_request(request_spec)
        wants = _Wants(asked, self._changes)
        self._changes.learn([wants.of(best, holding)], holding, asked.vcpus,
                            asked.memory_mb)

    @property
    def lessons(self) -> object:
        """What scores depend on beside hosts and server, by identity."""
        return self._changes.needs

    def scarcity(self, host_states: Iterable[protocols.HostState],
                 ) -> Mapping[PoolClass, int]:
        """Return ``score.scarcity`` of some hosts."""
        return self._changes.shifts(
            holding for holding in map(self._hold, host_states)
            if holding is not None)

    def weigh_hosts(self, host_states: Sequence[protocols.HostState],
                    request_spec: protocols.RequestSpec,
                    shifts: Mapping[PoolClass, int] | None = None,
                    ) -> list[int]:
        """Return the score of each host, in the given order.

        :param shifts: ``scarcity`` of more hosts than these
        """
        return _with_worst(self._weigh_all(host_states, request_spec, shifts))

    def _weigh_all(self, host_states: Sequence[protocols.HostState],
                   request_spec: protocols.RequestSpec,
                   shifts: Mapping[PoolClass, int] | None = None,
                   ) -> list[int | None]:
        """Return the scores, None of hosts that cannot be weighed."""
        asked = read_request(request_spec)
        self._changes.expect(len(host_states))
        holdings = list(map(self._hold, host_states))
        if shifts is None:
            shifts = self._changes.shifts(
                holding for holding in holdings if holding is not None)
        wants = _Wants(asked, self._changes)
        room_on = rooms.Rooms(asked.vcpus, asked.memory_mb,
                              self._changes.needs)
        return [self._weigh(host_state, holding, wants, room_on, shifts)
                for host_state, holding in zip(host_states, holdings,
                                               strict=True)]

    def _weigh(self, host_state: protocols.HostState,
               holding: changes.Holding | None, wants: '_Wants',
               room_on: rooms.Rooms,
               shifts: Mapping[PoolClass, int]) -> int | None:
        if holding is None:
            return None
        try:
            return self._changes.weigh(
                holding, wants.of(host_state, holding),
                room_on.of(host_state), shifts)
        except Exception as error:
            host_notices.WORKER.failed(host_state.host, 'Weighing', error)
            return None

    def _hold(self, host_state: protocols.HostState,
              ) -> changes.Holding | None:
        """Return what a host has; None if that cannot be told."""
        try:
            return self._changes.hold(self._pools(host_state))
        except Exception as error:
            host_notices.WORKER.failed(host_state.host, 'Weighing', error)
            return None

    def _pools(self, host_state: protocols.HostState) -> tuple[Pool, ...]:
        """Return what is free on a host, less what was accepted already.

        :returns: the same tuple while the row of the compute node is the same
        """
        stats = host_state.pci_stats
        if stats is None:
            return ()
        if not isinstance(stats, PciDeviceStats):
            return novaobj.pools_from_dicts(
                damaged_pools.readable_dicts(stats.pools))
        published = stats.published
        if published is None:
            return stats.remaining()
        return self._hosts.host(host_state, published).compiled(published)


def _with_worst(found: Sequence[int | None]) -> list[int]:
    """Put what is worse than any other score in the place of none."""
    worst = min((weight for weight in found if weight is not None),
                default=0) - CARD
    return [worst if weight is None else weight for weight in found]


def all_weighers() -> list[type]:
    """Return Nova's weighers, with ours in the place of ``PCIWeigher``.

    For ``[filter_scheduler] weight_classes``.
    """
    return [PciFitWeigher if found is pci.PCIWeigher else found
            for found in weights.all_weighers()]


def read_request(spec: protocols.RequestSpec) -> WeighedServer:
    """Read what the weigher needs of a ``RequestSpec``."""
    found = spec.pci_requests if 'pci_requests' in spec else None
    with asked_sets.asked_by(spec):
        server = novaobj.ServerRequests(found.requests if found else (),
                                        qos_interfaces.INTERFACES.of)
    has_flavor = 'flavor' in spec and spec.flavor is not None
    return WeighedServer(
        server=server, requests=_nameless(server.alone),
        vcpus=spec.vcpus if has_flavor else 0,
        memory_mb=spec.memory_mb if has_flavor else 0)


def _nameless(requests: Iterable[DeviceRequest]) -> changes.Requests:
    """Leave out what differs between servers that ask the same."""
    return tuple(dataclasses.replace(request, request_id=None, name='')
                 for request in requests)


class _Wants:
    """Says what a server asks of each host.

    Nova claims the first allocation candidate that the filters left.
    """

    def __init__(self, asked: WeighedServer,
                 kept: changes.Changes) -> None:
        self._asked = asked
        self._server = asked.server
        self._kept = kept
        self._alone = None if asked.server.carries_providers else (
            self._want(asked.requests, {}))
        self._placed: dict[object, demanded.Demands] = {}

    def of(self, host_state: protocols.HostState,
           holding: changes.Holding) -> demanded.Demands:
        """Return the requests as they will be claimed on a host."""
        candidates = host_state.allocation_candidates
        labels = holding.labels
        if self._alone is None:
            return self._with(candidates[:1], labels)
        if not candidates:
            return self._alone
        mappings = candidates[0]['mappings']
        groups = self._server.chosen(mappings)
        if not groups:
            return self._alone
        key = tuple([(group, *[labels.get(provider, provider)
                               for provider in mappings[group]])
                     for group in groups])
        found = self._placed.get(key)
        if found is None:
            found = self._placed[key] = self._with(candidates[:1], labels)
        return found

    def _with(self, candidates: Sequence[protocols.AllocationCandidate],
              labels: Mapping[str, str]) -> demanded.Demands:
        server = self._server
        if not server.is_placed(candidates):
            return self._want(self._asked.requests, labels)
        return self._want(_nameless(server.with_candidate(
            candidates[0]['mappings'])), labels)

    def _want(self, requests: changes.Requests,
              labels: Mapping[str, str]) -> demanded.Demands:
        return self._kept.want(requests, labels, self._server.constraints)
