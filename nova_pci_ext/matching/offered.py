# SPDX-License-Identifier: Apache-2.0

"""Devices that Placement would give: the decision over its providers.

What Placement decides by (resource class, traits, units left of a provider)
becomes tags and counts of pools, so that the one decision of this package
chooses the providers as well.  The units that a pool has beyond what
Placement would give stay, without the tags: a port takes no unit of
Placement, and may have one.
"""

import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.matching import assigning
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import flow
from nova_pci_ext.matching import set_values
from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.provider import Provider
from nova_pci_ext.model.provider import Term
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.verdict import Assignment

_CLASS = 'placement:class'
_TRAIT = 'placement:trait:'
# Ways to share out the units of providers that several pools have, where
# Placement has fewer units than the pools; the first ones are tried.
MAX_SHARES = 256


def with_term(asked: Alternative, term: Term) -> Alternative:
    """Return an alternative that only an offered device can serve."""
    tags = dict(asked.tags)
    tags[_CLASS] = term.resource_class.lower()
    tags.update((_TRAIT + trait.lower(), 'true') for trait in term.traits)
    return dataclasses.replace(asked, tags=tuple(sorted(
        tags.items(), key=lambda item: item[0])))


class OfferedPools:
    """Makes offered pools of pools, for all hosts of a request.

    :param terms: all that is asked of Placement
    """

    def __init__(self, terms: Iterable[Term]) -> None:
        terms = list(terms)
        self._classes = sorted({term.resource_class for term in terms})
        self._traits = sorted({trait for term in terms
                               for trait in term.traits})
        # One class for one kind of device on all hosts: what a decision
        # knows of a class it knows by identity.
        self._kinds: dict[tuple[PoolClass, str, frozenset[str]],
                          PoolClass] = {}

    def ways(self, demands: Demands, pools: Sequence[Pool],
             providers: Mapping[str, Provider]) -> Iterator[list[Pool]]:
        """Yield pools with the units that Placement would give.

        More than one way only where pools that serve other demands share a
        provider with fewer units than they have.
        """
        kinds: dict[int, PoolClass] = {}
        of_provider: dict[str, list[int]] = {}
        for number, pool in enumerate(pools):
            found = providers.get(pool.provider or '')
            kind = self._offered_kind(pool.kind, found) if found else None
            if kind and found and pool.free:
                kinds[number] = kind
                of_provider.setdefault(found.uuid, []).append(number)
        choices = [list(_shares(
            [(number, _served(demands, pools[number], kinds[number]),
              pools[number].free) for number in numbers],
            self._units(providers[uuid])))
            for uuid, numbers in of_provider.items()]
        for shares in itertools.islice(
                itertools.product(*choices), MAX_SHARES):
            yield _offer(pools, kinds, {
                number: count for share in shares
                for number, count in share.items()})

    def _units(self, provider: Provider) -> int:
        return max(provider.free.get(name, 0) for name in self._classes)

    def _offered_kind(self, kind: PoolClass,
                      provider: Provider) -> PoolClass | None:
        """Return a class with the tags, None where nothing is offered."""
        name = next((name for name in self._classes
                     if provider.free.get(name, 0) > 0), None)
        if name is None:
            return None
        key = kind, name, provider.traits
        found = self._kinds.get(key)
        if found is None:
            tags = dict(kind.tags)
            tags[_CLASS] = name.lower()
            tags.update((_TRAIT + trait.lower(), 'true')
                        for trait in self._traits
                        if trait in provider.traits)
            found = self._kinds[key] = dataclasses.replace(
                kind, tags=tuple(sorted(tags.items())))
        return found


def assign(demands: Demands, ways: Iterable[Sequence[Pool]],
           limit: int = flow.LIMIT) -> Assignment | None:
    """Return the assignment of the first way that has one.

    :param limit: steps of a decision
    """
    for pools in ways:
        if decision.can_serve(demands, pools, limit):
            found = assigning.assign(demands, pools, limit)
            if isinstance(found, Assignment):
                return found
    return None


def providers_of(found: Assignment) -> dict[str | None, tuple[str, ...]]:
    """Return the provider of each device that Placement gives, by request."""
    chosen: dict[str | None, list[str]] = {}
    for take in found.takes:
        if take.pool.provider and take.pool.kind.tag(_CLASS) is not None:
            chosen.setdefault(take.request_id, []).extend(
                [take.pool.provider] * take.count)
    return {request_id: tuple(sorted(uuids))
            for request_id, uuids in chosen.items()}


def _offer(pools: Sequence[Pool], kinds: Mapping[int, PoolClass],
           counts: Mapping[int, int]) -> list[Pool]:
    """Divide each pool into what is offered of it, and the rest."""
    found = []
    for number, pool in enumerate(pools):
        count = counts.get(number, 0)
        if count:
            found.append(pool._replace(
                kind=kinds[number], free=count,
                addresses=pool.addresses[:count]))
        if count < pool.free:
            found.append(pool._replace(
                free=pool.free - count, addresses=pool.addresses[count:])
                if count else pool)
    return found


#: The demands that a pool serves, as a mask, and what it has for each set.
_Served = tuple[int, tuple[tuple[str, ...], ...]]


def _served(demands: Demands, pool: Pool, kind: PoolClass) -> _Served:
    """Return what tells a pool from others of its provider.

    :param kind: of the pool, as it is offered
    """
    return demands.mask(kind), tuple(
        set_values.values(wanted.rule, wanted.attribute, pool)
        for wanted in demands.sets)


def _shares(pools: Sequence[tuple[int, _Served, int]], units: int,
            ) -> Iterator[dict[int, int]]:
    """Share out the units of one provider among its pools.

    Pools that serve the same need no choice between them.

    :param pools: (number, what it serves, free devices) of each
    """
    if sum(free for _, _, free in pools) <= units:
        yield {number: free for number, _, free in pools}
        return
    alike: dict[_Served, list[tuple[int, int]]] = {}
    for number, served, free in pools:
        if served[0]:
            alike.setdefault(served, []).append((number, free))
    groups = list(alike.values())
    for amounts in _amounts([sum(free for _, free in group)
                             for group in groups], units):
        share = {}
        for group, amount in zip(groups, amounts, strict=True):
            for number, free in group:
                share[number] = min(free, amount)
                amount -= share[number]
        yield share


def _amounts(sizes: Sequence[int], units: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to divide units into parts of at most these sizes.

    All units are given where the sizes allow it.
    """
    if not sizes:
        yield ()
        return
    least = max(0, min(sizes[0], units - sum(sizes[1:])))
    for amount in range(min(sizes[0], units), least - 1, -1):
        for others in _amounts(sizes[1:], units - amount):
            yield amount, *others
