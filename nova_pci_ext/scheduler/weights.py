# SPDX-License-Identifier: Apache-2.0

"""The scheduler's weigher."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

import nova.conf
from nova.scheduler import utils
from nova.scheduler import weights

from nova_pci_ext import novaobj
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.matching import changes
from nova_pci_ext.matching import score
from nova_pci_ext.matching.cards import CARD
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

    The weight is ``matching.score``: with d free or partly free cards on a
    host, a whole number from -391 d to 391 d millions, 0 for a host without
    devices.  Nova stretches the weights of all hosts to the range from 0 to 1
    and multiplies them with ``[filter_scheduler] pci_weight_multiplier``, or
    with the ``pci_weight_multiplier`` of an aggregate of the host.

    A host that cannot serve the PCI requests, or that cannot be weighed,
    weighs one card less than the worst that can.

    It needs no filter of ours: pools that the filter did not read yet are
    read here, from Nova's statistics too.
    """

    def __init__(self) -> None:
        kept_checks.switch()
        self._changes = changes.Changes(
            search_steps=CONF.pci_ext.search_steps)
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
        """Return the weight of each host, in the order of the list."""
        return self.weigh_hosts([weighed.obj for weighed in weighed_obj_list],
                                weight_properties)

    def scarcity(self, host_states: Iterable[protocols.HostState],
                 ) -> dict[PoolClass, int]:
        """Return ``score.scarcity`` of some hosts."""
        return self._scarcity(self._hold_all(host_states))

    def weigh_hosts(self, host_states: Sequence[protocols.HostState],
                    request_spec: protocols.RequestSpec,
                    shifts: Mapping[PoolClass, int] | None = None,
                    ) -> list[int]:
        """Return the weight of each host, in the given order.

        :param shifts: ``scarcity`` of more hosts than these
        """
        asked = read_request(request_spec)
        holdings = self._hold_all(host_states)
        if shifts is None:
            shifts = self._scarcity(holdings)
        rooms = _Rooms(asked.vcpus, asked.memory_mb)
        found = [self._weigh(host_state, holding, asked, rooms, shifts)
                 for host_state, holding in zip(host_states, holdings,
                                                strict=True)]
        worst = min((weight for weight in found if weight is not None),
                    default=0) - CARD
        return [worst if weight is None else weight for weight in found]

    def _weigh(self, host_state: protocols.HostState,
               holding: changes.Holding | None, asked: WeighedServer,
               rooms: '_Rooms',
               shifts: Mapping[PoolClass, int]) -> int | None:
        if holding is None:
            return None
        try:
            change = self._changes.change(
                holding, _with_candidate(host_state, asked),
                asked.server.constraints)
        except Exception as error:
            host_notices.WORKER.failed(host_state.host, 'Weighing', error)
            return None
        if change is None:
            return None
        return score.score(change, rooms.of(host_state), shifts)

    def _hold_all(self, host_states: Iterable[protocols.HostState],
                  ) -> list[changes.Holding | None]:
        return list(map(self._hold, host_states))

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
        if stats.published is None:
            return stats.remaining()
        return self._hosts.host(host_state, stats.published).compiled(
            stats.published)

    def _scarcity(self, holdings: Iterable[changes.Holding | None],
                  ) -> dict[PoolClass, int]:
        hosts: dict[changes.Stock, tuple[changes.Holding, int]] = {}
        for holding in holdings:
            if holding is None:
                continue
            _, number = hosts.get(holding.stock, (holding, 0))
            hosts[holding.stock] = holding, number + 1
        found = ((self._changes.change(holding), number)
                 for holding, number in hosts.values())
        return score.scarcity((change, number) for change, number in found
                              if change is not None)


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


def _with_candidate(host_state: protocols.HostState,
                    asked: WeighedServer) -> changes.Requests:
    """Return the requests as they will be claimed on a host.

    Nova claims the first allocation candidate that the filters left.
    """
    if not asked.requests:
        return asked.requests
    candidates = host_state.allocation_candidates[:1]
    if not asked.server.is_placed(candidates):
        return asked.requests
    return _nameless(asked.server.with_candidate(candidates[0]['mappings']))


class _Rooms:
    """Computes for how many cards hosts have vCPUs and memory."""

    def __init__(self, vcpus: int, memory_mb: int) -> None:
        self._vcpus = vcpus
        self._memory_mb = memory_mb
        self._vcpus_per_card = CONF.pci_ext.weigher_vcpus_per_device
        self._memory_per_card = CONF.pci_ext.weigher_memory_mb_per_device

    def of(self, host_state: protocols.HostState) -> score.Room | None:
        """Return the room on a host, None with both options 0."""
        before, after = [], []
        if self._vcpus_per_card:
            free = free_vcpus(host_state)
            before.append(free / self._vcpus_per_card)
            after.append((free - self._vcpus) / self._vcpus_per_card)
        if self._memory_per_card:
            free = free_memory_mb(host_state)
            before.append(free / self._memory_per_card)
            after.append((free - self._memory_mb) / self._memory_per_card)
        if not before:
            return None
        return score.Room(max(0, int(min(before) * CARD)),
                          max(0, int(min(after) * CARD)))


def free_vcpus(host_state: protocols.HostState) -> float:
    """Return the vCPUs that Placement would still give out."""
    ratio: float = host_state.cpu_allocation_ratio or 1.0
    return float(host_state.vcpus_total * ratio - host_state.vcpus_used)


def free_memory_mb(host_state: protocols.HostState) -> float:
    """Return the memory that Placement would still give out, in MiB."""
    ratio: float = host_state.ram_allocation_ratio or 1.0
    return float(host_state.free_ram_mb
                 + host_state.total_usable_ram_mb * (ratio - 1))
