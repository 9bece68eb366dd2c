# SPDX-License-Identifier: Apache-2.0

"""Requests whose providers Placement decided, by counting.

Placement offers up to thousands of candidates for one host, which differ only
in the providers that devices come from.  Where no pool can serve two requests
of a server, a candidate is good if each provider has enough free devices: a
few look-ups.  Everywhere else the exact decision is taken.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import KeysView
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

Mappings = dict[str, list[str]]
Exact = Callable[[Mappings], bool]


@dataclasses.dataclass(frozen=True, slots=True)
class Counts:
    """What one host has for one kind of request.

    :ivar ports_fit: whether it can serve the requests without providers;
        nobody can where a request is none, such as one for no device
    :ivar have: for each flavor request the free eligible devices by
        provider, none of them 0; None where requests compete, so that
        counting is not enough
    :ivar some: for each flavor request the providers that have a device
    :ivar ample: the same of those that have as many as the request takes
    """

    ports_fit: bool
    have: tuple[dict[str, int], ...] | None
    some: tuple[frozenset[str], ...] = ()
    ample: tuple[frozenset[str], ...] = ()


class PlacedRequests:
    """The requests of one server, compiled once for all hosts.

    :param server: with Nova's request ids
    :param numbered: its requests in their order, with numbers for names
    :param limit: steps of a decision
    :ivar asks_pf: whether any of them may take a PF, so that what serves one
        request may be lost by another
    """

    def __init__(self, server: novaobj.ServerRequests,
                 numbered: Sequence[DeviceRequest], limit: int) -> None:
        self._limit = limit
        flavors = [dataclasses.replace(request, providers=())
                   for request in numbered
                   if request.origin is Origin.FLAVOR]
        ports = [request for request in numbered
                 if request.origin is Origin.PORT]
        self.asks_pf = any(asked.dev_type is DeviceType.PF
                           for request in numbered
                           for asked in request.alternatives)
        self._flavors = [_merge([request]) for request in flavors]
        self._ports = _merge(ports)
        self._all = _merge(flavors + ports)
        self._groups = [request.groups for request in server.alone
                        if request.origin is Origin.FLAVOR]
        self._expected = frozenset(
            group for groups in self._groups for group in groups)
        self._named = len(server.prefixes) == len(flavors)
        self._prefixes = server.prefixes
        self._port_groups = server.ports
        self._complete: KeysView[str] | None = None

    def count(self, pools: Sequence[Pool]) -> Counts:
        """Count what a host has; pools that serve nobody may be missing."""
        ports_fit = self._all.invalid is None and (
            not self._ports or decision.can_serve(
                self._ports, pools, self._limit))
        have = self._have(pools)
        if have is None:
            return Counts(ports_fit, have)
        return Counts(
            ports_fit, have, tuple(map(frozenset, have)),
            tuple(frozenset(provider for provider, free in mine.items()
                            if free >= len(groups))
                  for mine, groups in zip(have, self._groups, strict=True)))

    def _have(self, pools: Sequence[Pool]) -> tuple[
            dict[str, int], ...] | None:
        """Count eligible devices by provider, None if requests compete."""
        if self.asks_pf and supply.count(self._all, pools).contested:
            return None
        have: tuple[dict[str, int], ...] = tuple({} for _ in self._flavors)
        each = list(zip(have, self._flavors, strict=True))
        for kind, _, provider, free, _, _ in pools:
            # Most pools of a host are VFs, which Placement does not know.
            if provider is None or not free:
                continue
            taker = None
            for mine, found in each:
                if (found.known.get(id(kind)) or found.know(kind))[0]:
                    if taker is not None:
                        return None
                    taker = mine
            if taker is not None:
                if self._ports.mask(kind):
                    return None
                taker[provider] = taker.get(provider, 0) + free
        return have

    def good(self, counts: Counts,
             candidates: list[protocols.AllocationCandidate],
             exact: Exact) -> list[protocols.AllocationCandidate]:
        """Return the good candidates, the same list where all are.

        :param counts: of the host
        :param exact: decides a candidate that counting cannot tell
        """
        if len(candidates) == 1:
            return candidates if self._fits(
                counts, candidates[0]['mappings'], exact) else []
        have = counts.have
        complete = self.is_complete
        if have is None or not all([complete(candidate['mappings'])
                                    for candidate in candidates]):
            return [candidate for candidate in candidates
                    if self._fits(counts, candidate['mappings'], exact)]
        if not counts.ports_fit:
            return []
        if self._all_good(counts, [candidate['mappings']
                                   for candidate in candidates]):
            return candidates
        return [candidate for candidate in candidates
                if self._enough(have, candidate['mappings'])]

    def _fits(self, counts: Counts, mappings: Mappings,
              exact: Exact) -> bool:
        if counts.have is None or not self.is_complete(mappings):
            return exact(mappings)
        return counts.ports_fit and self._enough(counts.have, mappings)

    def _all_good(self, counts: Counts,
                  mappings: Sequence[Mappings]) -> bool:
        """Whether counting tells of all candidates together that they fit.

        Placement offers hundreds for one host, and most hosts have plenty:
        this reads them group by group, without a loop in Python.  Providers
        have enough devices where they have as many as a request takes, or
        where each is asked for one.
        """
        for groups, some, ample in zip(self._groups, counts.some,
                                       counts.ample, strict=True):
            columns = [[found[group][0] for found in mappings]
                       for group in groups]
            if all(map(ample.issuperset, columns)):
                continue
            if not all(map(some.issuperset, columns)) or any(
                    len(set(row)) < len(groups)
                    for row in zip(*columns, strict=True)):
                return False
        return True

    def _enough(self, have: Sequence[dict[str, int]],
                mappings: Mappings) -> bool:
        """Whether each provider has what all groups take from it."""
        for mine, groups in zip(have, self._groups, strict=True):
            providers = [mappings[group][0] for group in groups]
            for provider in providers:
                if mine.get(provider, 0) < providers.count(provider):
                    return False
        return True

    def providers(self, mappings: Mappings) -> tuple[str, ...] | None:
        """Return the provider of each device, None where there is more."""
        if not self.is_complete(mappings):
            return None
        return tuple([mappings[group][0] for groups in self._groups
                      for group in groups])

    def is_complete(self, mappings: Mappings) -> bool:
        """Whether each device has a group, and no other group is ours.

        A port with a minimum bandwidth has a group as well, which says on
        which PF it has to be; counting knows no PFs.  A request without an id
        has no groups.
        """
        keys = mappings.keys()
        if keys == self._complete:
            return True
        if (self._named and self._port_groups.isdisjoint(keys)
                and self._expected.issubset(keys)
                and sum(group.startswith(self._prefixes)
                        for group in keys) == len(self._expected)):
            # The candidates of all hosts have the same groups.
            self._complete = keys
            return True
        return False


def _merge(requests: Sequence[DeviceRequest]) -> demanded.Demands:
    return demands.merge([demands.Ask(requests=tuple(requests))])
