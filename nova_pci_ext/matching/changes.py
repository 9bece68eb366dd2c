# SPDX-License-Identifier: Apache-2.0

"""What a server would change on a host, computed once for equal hosts.

Most hosts of a cloud are built alike, and most servers of a flavor ask the
same.  Placement gives each host providers of its own, so providers are
numbered within a host before hosts are compared.
"""

import dataclasses
import typing
from collections.abc import Mapping

from nova_pci_ext.matching import cards
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import flow
from nova_pci_ext.matching import leftover
from nova_pci_ext.matching import score
from nova_pci_ext.matching import set_groups
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.recent import Recent
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.verdict import Shortage

Requests = tuple[DeviceRequest, ...]
Constraints = tuple[SetConstraint, ...]
NOTHING: Requests = ()

# Hosts that are remembered, and what servers ask.
LIMIT = 1 << 15
# Changes for each of the hosts; two hundred bytes each, so up to 50 MB.
KINDS = 8


class Stock:
    """The pools of all hosts that have the same ones; compared by identity.

    :ivar pools: with numbered providers
    """

    __slots__ = ('cards', 'pools')

    def __init__(self, pools: tuple[Pool, ...]) -> None:
        self.pools = pools
        self.cards = cards.group_cards(pools)


class Holding(typing.NamedTuple):
    """What one host has.

    :ivar pools: as they were read
    :ivar labels: number of each provider
    """

    pools: tuple[Pool, ...]
    labels: Mapping[str, str]
    stock: Stock


class Changes:
    """Remembers stocks, demands and changes, a limited number of each.

    Threads may share one: at worst something is computed twice.

    :param limit: of hosts, and of what servers ask; of changes
        there may be ``KINDS`` times as many
    :param search_steps: bound on the search for one change
    """

    def __init__(self, limit: int = LIMIT,
                 search_steps: int = flow.LIMIT) -> None:
        self._search_steps = search_steps
        self._models: Mapping[PoolClass, cards.CardModel] = {}
        self._holdings: Recent[int, Holding] = Recent(
            limit, 'pools of a host', _holding_content)
        self._stocks: Recent[tuple[Pool, ...], Stock] = Recent(
            limit, 'cards of a host', _stock_content)
        self._demands: Recent[
            tuple[Requests, Constraints], demanded.Demands] = Recent(
                limit, 'demands of a server', demanded.content)
        self._changes: Recent[
            tuple[Stock, demanded.Demands], score.ShelfChange | None] = (
                Recent(limit * KINDS, 'change of a host'))

    def hold(self, pools: tuple[Pool, ...]) -> Holding:
        """Return what a host with these pools has.

        The same tuple is not read twice.  Read all hosts before asking for a
        change: what cards are like is learned here.
        """
        # A tuple that is remembered lives on, so its number is its own.
        return self._holdings.find(id(pools), self._read, pools)

    def _read(self, pools: tuple[Pool, ...]) -> Holding:
        labels, numbered = _number_providers(pools)
        return Holding(pools, labels, self._stocks.find(
            numbered, self._learn, numbered))

    def _learn(self, numbered: tuple[Pool, ...]) -> Stock:
        stock = Stock(numbered)
        models = cards.learn_models(self._models, stock.cards)
        if models is not self._models:
            # Every part of a card is worth something else now.
            self._models = models
            self._changes.forget()
        return stock

    def change(self, holding: Holding, requests: Requests = NOTHING,
               constraints: Constraints = ()) -> score.ShelfChange | None:
        """Return what the requests would change; None if they do not fit.

        :param requests: with the host's own providers
        :param constraints: on these requests
        """
        stock = holding.stock
        requests = _renumber(requests, holding.labels)
        wanted = self._demands.find((requests, constraints), _merge,
                                    requests, constraints)
        return self._changes.find((stock, wanted), self._compute, stock,
                                  wanted)

    def entries(self) -> dict[str, int]:
        """Return how many entries of each kind are remembered."""
        return {'holdings': len(self._holdings), 'stocks': len(self._stocks),
                'demands': len(self._demands), 'changes': len(self._changes)}

    def _compute(self, stock: Stock,
                 wanted: demanded.Demands) -> score.ShelfChange | None:
        before = cards.fill_shelves(stock.cards, self._models)
        if not wanted:
            return score.compare(before, before)
        found = decision.search_demands(wanted, stock.pools,
                                        self._search_steps)
        if isinstance(found, Shortage):
            return None
        left = leftover.remaining(stock.pools, found.takes)
        return score.compare(before, cards.fill_shelves(
            cards.group_cards(left), self._models),
            int(set_groups.broken(stock.pools, left) * cards.CARD))


def _stock_content(stock: Stock) -> object:
    return stock.pools, stock.cards


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
