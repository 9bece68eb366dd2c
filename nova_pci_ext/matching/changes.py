# SPDX-License-Identifier: Apache-2.0

"""What a server would change on a host, computed once for equal hosts.

Most hosts of a cloud are built alike, and most servers of a flavor ask the
same.  Placement gives each host providers of its own, so providers are
numbered within a host before hosts are compared.
"""

import dataclasses
import typing
import weakref
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.matching import card_models
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import flow
from nova_pci_ext.matching import lessons
from nova_pci_ext.matching import rooms
from nova_pci_ext.matching import scarcity
from nova_pci_ext.matching import score
from nova_pci_ext.matching import stocks
from nova_pci_ext.matching import touched
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.recent import Recent
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.verifying import KEPT

Requests = tuple[DeviceRequest, ...]
Constraints = tuple[SetConstraint, ...]
NOTHING: Requests = ()

#: Hosts that are remembered at least, and what servers ask.
LIMIT = 1 << 12
# Measured on hosts that all differ: a stock with its holding, each of its
# pools, and what one server would change.
_STOCK_BYTES = 2_700
_POOL_BYTES = 130
_OUTCOME_BYTES = 1_200


class Holding(typing.NamedTuple):
    """What one host has.

    :ivar pools: as they were read
    :ivar labels: number of each provider
    """

    pools: tuple[Pool, ...]
    labels: Mapping[str, str]
    stock: stocks.Stock


class Changes:
    """Remembers what hosts have, and what servers would change of it.

    Of hosts, as many as are asked about are kept, those of the last two calls
    at least; a stock is kept while a host has it, with its changes.  Threads
    may share one: at worst something is computed twice.

    :param limit: of hosts and of what servers ask, where fewer are asked
        about
    :param search_steps: bound on the search for one change
    :param guard: lets one thread at a time learn, also within itself
    :ivar asked: how often somebody asked for a change
    :ivar misses: how often it was not kept
    """

    def __init__(self, limit: int = LIMIT,
                 search_steps: int = flow.LIMIT,
                 guard: card_models.Guard = card_models.ALONE) -> None:
        self._search_steps = search_steps
        self._guard = guard
        self._models = card_models.CardModels(guard)
        self._holdings: Recent[int, Holding] = Recent(
            limit, 'pools of a host', _holding_content)
        self._stocks: weakref.WeakValueDictionary[
            tuple[Pool, ...], stocks.Stock] = weakref.WeakValueDictionary()
        self._demands: Recent[
            tuple[Requests, Constraints], demanded.Demands] = Recent(
                limit, 'demands of a server', demanded.content)
        self._touched: Recent[
            tuple[demanded.Demands, tuple[Pool, ...]],
            touched.Touched | None] = Recent(limit, 'touched cards')
        self._asked: Recent[demanded.Demands, lessons.Taken] = Recent(
            limit, 'what a server takes', lambda _: None)
        self._lessons = lessons.Lessons()
        self._scarcity = scarcity.Scarcity()
        self._calls = 0
        self.asked = self.misses = 0

    def expect(self, hosts: int) -> None:
        """Make room for the hosts of a call, and for as many that changed."""
        self._calls += 1
        self._holdings.grow(2 * hosts)
        # Ports with a bandwidth have providers of their own on each host.
        self._demands.grow(2 * hosts)
        self._touched.grow(2 * hosts)
        self._asked.grow(2 * hosts)

    def hold(self, pools: tuple[Pool, ...]) -> Holding:
        """Return what a host with these pools has.

        The same tuple is not read twice.  Read all hosts before asking for a
        change: what cards are like is learned here.
        """
        # A tuple that is remembered lives on, so its number is its own.
        return self._holdings.find(id(pools), self._read, pools)

    def _read(self, pools: tuple[Pool, ...]) -> Holding:
        labels, numbered = _number_providers(pools)
        stock = self._stocks.get(numbered)
        if stock is None:
            stock = self._stocks.setdefault(
                numbered, stocks.Stock(numbered, self._models))
        return Holding(pools, labels, stock)

    def want(self, requests: Requests, labels: Mapping[str, str],
             constraints: Constraints = ()) -> demanded.Demands:
        """Return what is asked of hosts, the same object for equal requests.

        :param requests: with a host's own providers
        :param labels: of that host
        :param constraints: on these requests
        """
        requests = _renumber(requests, labels)
        return self._demands.find((requests, constraints), _merge,
                                  requests, constraints)

    def shifts(self, holdings: Iterable[Holding],
               ) -> Mapping[PoolClass, int]:
        """Return ``score.scarcity`` of hosts."""
        models = self._models
        return self._scarcity.of([holding.stock.value(models)
                                  for holding in holdings])

    def weigh(self, holding: Holding, wanted: demanded.Demands,
              room: rooms.Room | None,
              shifts: Mapping[PoolClass, int]) -> int | None:
        """Return the score of a host; None if it cannot serve.

        :param shifts: ``scarcity``; told from others by identity
        """
        stock, models = holding.stock, self._models
        outcome = stock.outcomes.get(wanted) or self._search(stock, wanted)
        outcome.used = self._calls
        self.asked += 1
        found = None if outcome.touched is None else outcome.weigh(
            stock.value(models), models, room, shifts)
        if KEPT.report is not None:
            found = KEPT.verified('score of a host', found, self._fresh,
                                  stock, wanted, room, shifts)
        return found

    def _fresh(self, stock: stocks.Stock, wanted: demanded.Demands,
               room: rooms.Room | None,
               shifts: Mapping[PoolClass, int]) -> int | None:
        """Compute a score of pools, with nothing that is kept of them."""
        found = touched.touch(wanted, stock.pools, self._search_steps)
        return None if found is None else stocks.Outcome(found).weigh(
            stock.fresh_value(self._models),
            self._models, room, shifts)

    def change(self, holding: Holding, requests: Requests = NOTHING,
               constraints: Constraints = ()) -> score.ShelfChange | None:
        """Return what the requests would change; None if they do not fit.

        :param requests: with the host's own providers
        :param constraints: on these requests
        """
        wanted = self.want(requests, holding.labels, constraints)
        stock, models = holding.stock, self._models
        outcome = stock.outcomes.get(wanted) or self._search(stock, wanted)
        outcome.used = self._calls
        self.asked += 1
        return (None if outcome.touched is None
                else outcome.change(stock.value(models), models))

    @property
    def needs(self) -> Mapping[PoolClass, tuple[rooms.Need, ...]]:
        """What a card needs, by family; the same until more is known."""
        return self._lessons.needs

    def learn(self, wanted: Iterable[demanded.Demands], best: Holding,
              vcpus: int, memory_mb: int) -> None:
        """Learn from a server that was weighed.

        :param wanted: what it asks of the hosts
        :param best: what the best of them has
        """
        wanted = list(wanted)
        taken = lessons.together([
            self._asked.find(each, lessons.Taken).of for each in wanted])
        models = self._models
        # What servers with shared cards need is counted of those cards.
        beside = not any(wanted) and any(
            models.of[shelf.family].whole
            for shelf in best.stock.value(models).shelves)
        with self._guard:
            if self._lessons.see(taken, vcpus, memory_mb,
                                 beside_cards=beside):
                models.teach(self._lessons.draw)

    @property
    def hits(self) -> int:
        """How often a change was kept that somebody asked for."""
        return self.asked - self.misses

    @property
    def size(self) -> int:
        """Bytes of what is kept, about."""
        return sum(_STOCK_BYTES + _POOL_BYTES * len(stock.pools)
                   + _OUTCOME_BYTES * len(stock)
                   for stock in self._all_stocks())

    def _all_stocks(self) -> list[stocks.Stock]:
        return [stock for found in self._stocks.valuerefs()
                for stock in (found(),) if stock is not None]

    def entries(self) -> dict[str, int]:
        """Return how many entries of each kind are remembered."""
        return {'holdings': len(self._holdings), 'stocks': len(self._stocks),
                'demands': len(self._demands),
                'searches': len(self._touched),
                'changes': sum(map(len, self._all_stocks()))}

    def _search(self, stock: stocks.Stock,
                wanted: demanded.Demands) -> stocks.Outcome:
        # Hosts that differ elsewhere are alike in what matters.
        part = touched.part(wanted, stock.pools)
        found = stocks.Outcome(self._touched.find(
            (wanted, part), touched.touch, wanted, part, self._search_steps))
        stock.keep(wanted, found)
        if found.touched:
            self._asked.find(wanted, lessons.Taken).add(
                lessons.asked(found.touched, self._models.of))
        self.misses += 1
        return found


def _holding_content(holding: Holding) -> object:
    return holding.pools, holding.labels, holding.stock.pools


def _merge(requests: Requests,
           constraints: Constraints) -> demanded.Demands:
    return demands.merge([demands.Ask(requests=requests,
                                      constraints=constraints)])


def _number_providers(pools: tuple[Pool, ...],
                      ) -> tuple[dict[str, str], tuple[Pool, ...]]:
    labels: dict[str, str] = {}
    for pool in pools:
        if pool.provider is not None:
            labels.setdefault(pool.provider, str(len(labels)))
    if not labels:
        return labels, pools
    return labels, tuple(
        Pool(kind, group, provider and labels[provider], free, addresses,
             place)
        for kind, group, provider, free, addresses, place in pools)


def _renumber(requests: Requests, labels: Mapping[str, str]) -> Requests:
    """Replace the providers of requests by their numbers.

    A provider that the host does not have keeps its name, and fits nothing.
    """
    if not any(request.providers for request in requests):
        return requests
    return tuple(
        dataclasses.replace(request, providers=tuple(sorted(
            labels.get(provider, provider)
            for provider in request.providers)))
        for request in requests)
