# SPDX-License-Identifier: Apache-2.0

"""Allocation candidates of a host, made by the engine.

What Placement offers on a host (``offers``) and what the host's compute
published are decided together: the devices of the flavor from providers that
Placement would still give, the devices of ports beside them, on the NUMA
cells that have room for the guest.
"""

import dataclasses
import itertools
import typing
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

import nova.conf

from nova_pci_ext import novaobj
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import offered
from nova_pci_ext.matching import rules
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.provider import Provider
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.scheduler import guest_cells
from nova_pci_ext.scheduler import offers
from nova_pci_ext.scheduler.made_candidates import Candidate
from nova_pci_ext.scheduler.made_candidates import Candidates
from nova_pci_ext.scheduler.offered_requests import Chosen
from nova_pci_ext.scheduler.offered_requests import OfferedRequests
from nova_pci_ext.stats import PciDeviceStats

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)

#: Candidates of a host: the best one, and others for a claim that comes late.
MOST = 3


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Host:
    """One host while its candidates are made.

    :ivar pools: as the compute published them
    :ivar stats: know the earlier servers of the same request
    """

    state: typing.Any
    pools: Sequence[Pool]
    stats: PciDeviceStats


@dataclasses.dataclass(frozen=True, slots=True)
class _Choice:
    """One way to serve the server on a host.

    :ivar order: sorts better ones first
    """

    order: tuple[int, ...]
    offer: offers.Offer
    chosen: Chosen
    cells: typing.Any


class Maker:
    """Makes the candidates of hosts for one server.

    :param spec: the RequestSpec
    :param server: its requests
    """

    def __init__(self, spec: typing.Any,
                 server: novaobj.ServerRequests) -> None:
        self._spec = spec
        self._limit: int = CONF.pci_ext.search_steps
        self._requests = OfferedRequests(
            list(spec.pci_requests.requests), server)
        self._demands: dict[int, demanded.Demands] = {}
        self._pools: dict[frozenset[typing.Any], offered.OfferedPools] = {}

    def make(self, state: typing.Any, pools: Sequence[Pool],
             stats: PciDeviceStats,
             offered_on_host: Sequence[offers.Offer],
             ) -> tuple[Candidates, Shortage | None]:
        """Make the candidates of a host.

        :param pools: as published
        :param stats: of the host, with what was accepted since
        :returns: the best ones, and if there are none, why
        """
        host = _Host(state=state, pools=pools, stats=stats)

        def again() -> Sequence[Candidate]:
            fresh = offered_on_host[0].ask_again()
            return self.make(state, pools, stats, fresh)[
                0] if fresh else []

        found = Candidates(
            Candidate(self._requests.complete(choice.offer, choice.chosen),
                      offered_on_host, again,
                      lambda: state.allocation_candidates)
            for choice in itertools.islice(
                self._choices(host, offered_on_host), MOST))
        return found, (None if found
                       else self._refusal(host, offered_on_host))

    # Choosing

    def _choices(self, host: _Host,
                 offered_on_host: Sequence[offers.Offer],
                 ) -> Iterator[_Choice]:
        """Yield ways to serve the server, better ones first."""
        found = sorted(
            (choice for offer in offered_on_host
             for cells in self._cell_sets(host)
             for choice in self._best(host, offer, cells)),
            key=lambda choice: choice.order)
        found = [choice for choice in found if self._has_room(host, choice)]
        if not found and self._spec.numa_topology and not self._room(host):
            # Room for the guest is not a question of ours.
            found = [choice for offer in offered_on_host
                     for choice in self._best(host, offer, None)]
        seen = []
        for choice in itertools.chain(found, self._others(host, found)):
            key = choice.offer, choice.chosen
            if key not in seen:
                seen.append(key)
                yield choice

    def _cell_sets(self, host: _Host) -> list[typing.Any]:
        """Return the sets of host cells that the guest may be on."""
        if not self._spec.numa_topology:
            return [None]
        return list(guest_cells.combinations(
            host.state.numa_topology, self._spec.numa_topology))

    def _room(self, host: _Host) -> bool:
        """Whether any cells of the host have room for the guest."""
        return any(self._fits(host, cells)
                   for cells in self._cell_sets(host))

    def _has_room(self, host: _Host, choice: _Choice) -> bool:
        return choice.cells is None or self._fits(host, choice.cells)

    def _fits(self, host: _Host, cells: typing.Any) -> bool:
        return guest_cells.fit(
            cells, self._spec.numa_topology,
            guest_cells.limits(host.state, self._spec)) is not None

    def _best(self, host: _Host, offer: offers.Offer, cells: typing.Any,
              without: Mapping[str, int] | None = None) -> list[_Choice]:
        """Return the best way on some cells, nothing if there is none.

        :param without: units that are not to be taken, by provider
        """
        nodes = self._nodes(host, cells)
        ask = self._requests.ask(offer, nodes)
        merged = self._merge(host, offer, ask)
        ways = self._offered(offer.wanted).ways(
            merged, host.pools, _providers(host, offer, without or {}))
        found = offered.assign(merged, ways, self._limit)
        if found is None:
            return []
        ask_ids = {request.request_id for request in ask.requests}
        return [_Choice(_order(found, ask, nodes), offer, {
            request_id: uuids for request_id, uuids
            in offered.providers_of(found).items()
            if request_id in ask_ids}, cells)]

    def _others(self, host: _Host,
                found: Sequence[_Choice]) -> Iterator[_Choice]:
        """Yield choices that differ from the best one.

        First one that shares no provider with it, then those that do
        without a unit of one of its providers.
        """
        if not found:
            return
        best = found[0]
        taken: dict[str, int] = {}
        for uuids in best.chosen.values():
            for uuid in uuids:
                taken[uuid] = taken.get(uuid, 0) + 1
        everything = {uuid: provider.free for uuid, provider
                      in best.offer.tree.providers.items()}
        blocked = [{uuid: sum(everything[uuid].values()) for uuid in taken}]
        blocked += [
            {uuid: sum(everything[uuid].values()) - count + 1}
            for uuid, count in sorted(taken.items())]
        for without in blocked:
            yield from self._best(host, best.offer, best.cells, without)

    def _nodes(self, host: _Host, cells: typing.Any) -> GuestCells | None:
        if cells is None:
            return None
        nodes = frozenset(cell.id for cell in cells)
        return GuestCells(nodes=nodes, socket_nodes=novaobj.socket_nodes(
            nodes, host.state.numa_topology))

    def _offered(self, wanted: offers.Wanted) -> offered.OfferedPools:
        key = frozenset(wanted.all_terms)
        if key not in self._pools:
            self._pools[key] = offered.OfferedPools(key)
        return self._pools[key]

    def _merge(self, host: _Host, offer: offers.Offer,
               ask: demands.Ask) -> demanded.Demands:
        """Merge the request with those accepted; once for all new hosts."""
        if host.stats.has_accepted:
            return host.stats.together(ask)
        # The requests keep what they return, and return the same again.
        if id(ask) not in self._demands:
            self._demands[id(ask)] = demands.merge([ask])
        return self._demands[id(ask)]

    # Refusing

    def _refusal(self, host: _Host,
                 offered_on_host: Sequence[offers.Offer]) -> Shortage:
        """Say what is short: devices, Placement's units, or nodes."""
        offer = offered_on_host[0]
        plain = self._requests.ask(offer, None, with_terms=False)
        short = decision.decide(host.stats.together(plain), host.pools,
                                self._limit)
        if short is not None:
            return short
        merged = host.stats.together(self._requests.ask(offer, None))
        pools = next(self._offered(offer.wanted).ways(
            merged, host.pools, _providers(host, offer, {})))
        short = decision.decide(merged, pools, self._limit)
        if short is not None:
            return short if short.reason is Reason.SEARCH_LIMIT else (
                dataclasses.replace(short, reason=Reason.PLACEMENT))
        for cells in self._cell_sets(host):
            if cells is not None and self._fits(host, cells):
                short = decision.decide(host.stats.together(
                    dataclasses.replace(
                        plain, cells=self._nodes(host, cells))), host.pools,
                    self._limit)
                if short is not None:
                    return short
        return Shortage(reason=Reason.PLACEMENT)


def _providers(host: _Host, offer: offers.Offer,
               without: Mapping[str, int]) -> dict[str, Provider]:
    """Return what Placement would give to this server.

    :param without: units not to be taken, by provider
    """
    taken = dict(without)
    for uuid, count in host.stats.accepted_units().items():
        taken[uuid] = taken.get(uuid, 0) + count
    return offers.left(offer, taken)


def _order(found: Assignment, ask: demands.Ask,
           cells: GuestCells | None) -> tuple[int, ...]:
    """Return what makes a choice worse: later alternatives, then distance."""
    wants = {request.request_id: rules.Want(
        alternatives=request.alternatives, numa_policy=request.numa_policy,
        cells=cells) for request in ask.requests}
    mine = [(take, wants[take.request_id]) for take in found.takes
            if take.request_id in wants]
    return (sum(take.count * rules.rank(want, take.pool.kind)
                for take, want in mine),
            sum(take.count * (rules.numa_distance(want, take.pool.kind) or 0)
                for take, want in mine))
