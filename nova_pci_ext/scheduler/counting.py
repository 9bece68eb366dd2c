# SPDX-License-Identifier: Apache-2.0

"""Requests whose providers Placement decided, by counting.

Placement offers up to thousands of candidates for one host, which differ only
in the providers that devices come from.  Where no pool can serve two requests
of a server, a candidate is good if each provider has enough free devices: a
few look-ups.  Everywhere else the exact decision is taken.
"""

import dataclasses
import itertools
import operator
from collections.abc import Callable
from collections.abc import Sequence

from nova_pci_ext import novaobj
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import supply
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import Origin
from nova_pci_ext.novaobj import protocols

# Pools that are tried before all are: enough for the ports of most servers.
_FIRST = 8

Mappings = dict[str, list[str]]
Exact = Callable[[Mappings], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """What one host has for one kind of request.

    :ivar ports_fit: whether it can serve the requests without providers
    :ivar have: for each flavor request the free eligible devices by
        provider; None where requests compete, so that counting is not enough
    :ivar ample: providers that have as many as all requests take, of
        whatever provider; empty with several flavor requests
    """

    ports_fit: bool
    have: tuple[dict[str, int], ...] | None
    ample: frozenset[str] = frozenset()


class PlacedRequests:
    """The requests of one server, compiled once for all hosts.

    :param server: with Nova's request ids
    :param numbered: its requests in their order, with numbers for names
    :param limit: steps of a decision
    """

    def __init__(self, server: novaobj.ServerRequests,
                 numbered: Sequence[DeviceRequest], limit: int) -> None:
        self._limit = limit
        flavors = [dataclasses.replace(request, providers=())
                   for request in numbered
                   if request.origin is Origin.FLAVOR]
        ports = [request for request in numbered
                 if request.origin is Origin.PORT]
        self._flavors = [_merge([request]) for request in flavors]
        self._ports = _merge(ports)
        self._all = _merge(flavors + ports)
        self._groups, self._owners = _groups(server.alone)
        self._named = len(server.prefixes) == len(flavors)
        self._prefixes = server.prefixes
        self._port_groups = server.ports

    def count(self, pools: Sequence[Pool]) -> Counts:
        """Count what a host has; pools that serve nobody may be missing."""
        # What some pools can serve, all can.
        ports_fit = any(decision.can_serve(self._ports, part, self._limit)
                        for part in (pools[:_FIRST], pools))
        have = self._have(pools)
        if have is None or len(have) != 1:
            return Counts(ports_fit, have)
        return Counts(ports_fit, have, frozenset(
            provider for provider, free in have[0].items()
            if free >= len(self._groups)))

    def _have(self, pools: Sequence[Pool]) -> tuple[
            dict[str, int], ...] | None:
        """Count eligible devices by provider, None if requests compete."""
        pf = DeviceType.PF
        if any([pool[0].dev_type is pf for pool in pools]) and (
                supply.count(self._all, pools).contested):
            return None
        have: tuple[dict[str, int], ...] = tuple({} for _ in self._flavors)
        each = list(zip(have, self._flavors, strict=True))
        for kind, _, provider, free, _, _ in pools:
            # Most pools of a host are VFs, which Placement does not know.
            if provider is None or not free:
                continue
            takers = [mine for mine, found in each if found.mask(kind)]
            if len(takers) + bool(self._ports.mask(kind)) > 1:
                return None
            for mine in takers:
                mine[provider] = mine.get(provider, 0) + free
        return have

    def good(self, counts: Counts,
             candidates: Sequence[protocols.AllocationCandidate],
             exact: Exact) -> list[protocols.AllocationCandidate]:
        """Return the good candidates.

        :param counts: of the host
        :param exact: decides a candidate that counting cannot tell
        """
        if counts.ports_fit and self._all_ample(counts.ample, candidates):
            return list(candidates)
        have = counts.have
        good = []
        # The candidates of a host have the same groups.
        expected: object = None
        for candidate in candidates:
            mappings = candidate['mappings']
            if mappings.keys() != expected:
                expected = mappings.keys() if self._complete(
                    mappings) else None
            if have is None or expected is None:
                fits = exact(mappings)
            else:
                fits = counts.ports_fit and _enough(
                    have, self._owners,
                    [mappings[group][0] for group in self._groups])
            if fits:
                good.append(candidate)
        return good

    def _all_ample(self, ample: frozenset[str],
                   candidates: Sequence[protocols.AllocationCandidate],
                   ) -> bool:
        """Whether all candidates come from providers that have plenty.

        Placement offers hundreds for one host, and most hosts have plenty:
        this reads them group by group, without a loop in Python.
        """
        mappings = [candidate['mappings'] for candidate in candidates]
        if not ample or not mappings or not self._complete(mappings[0]):
            return False
        same = all(map(mappings[0].keys().__eq__, map(dict.keys, mappings)))
        return same and all(
            ample.issuperset(itertools.chain.from_iterable(
                map(operator.itemgetter(group), mappings)))
            for group in self._groups)

    def _complete(self, mappings: Mappings) -> bool:
        """Whether each device has a group, and no other group is ours.

        A port with a minimum bandwidth has a group as well, which says on
        which PF it has to be; counting knows no PFs.  A request without an id
        has no groups.
        """
        return (self._named
                and all(group in mappings for group in self._groups)
                and self._port_groups.isdisjoint(mappings)
                and sum(group.startswith(self._prefixes)
                        for group in mappings) == len(self._groups))


def _merge(requests: Sequence[DeviceRequest]) -> demanded.Demands:
    return demands.merge([demands.Ask(requests=tuple(requests))])


def _groups(requests: Sequence[DeviceRequest]) -> tuple[
        tuple[str, ...], tuple[int, ...]]:
    """Name the request groups of all flavor requests.

    :returns: the groups, and for each the number of its flavor request
    """
    groups: list[str] = []
    owners: list[int] = []
    flavors = [request for request in requests
               if request.origin is Origin.FLAVOR]
    for number, request in enumerate(flavors):
        groups += request.groups
        owners += [number] * len(request.groups)
    return tuple(groups), tuple(owners)


def _enough(have: Sequence[dict[str, int]], owners: Sequence[int],
            providers: Sequence[str]) -> bool:
    """Whether each provider has what all groups take from it."""
    need: dict[tuple[int, str], int] = {}
    for pair in zip(owners, providers, strict=True):
        need[pair] = need.get(pair, 0) + 1
    return all(have[owner].get(provider, 0) >= count
               for (owner, provider), count in need.items())
