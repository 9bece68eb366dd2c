# SPDX-License-Identifier: Apache-2.0

"""All allocation candidates of a host, decided from one pass over its pools.
"""

import copy
import dataclasses
import functools
import sys
from collections.abc import Iterable
from collections.abc import Sequence

import nova.conf

from nova_pci_ext import novaobj
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.scheduler import counting
from nova_pci_ext.scheduler import host_cache

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)
Candidate = protocols.AllocationCandidate
Published = host_cache.Published


@dataclasses.dataclass(frozen=True, slots=True)
class Unplaced:
    """What a host answers where Placement did not decide.

    :ivar refused: None when the host can serve the requests
    :ivar only_reason: whether the shortage lacks all but that
    """

    refused: Shortage | None
    only_reason: bool


class AskedDevices:
    """The requests of one server, compiled once for all hosts.

    Names are replaced by numbers, so that what a host answered to one server
    holds for the next that asks for the same; ``named`` puts them back.

    :param requests: of the server
    :param cache: what is known of servers that ask the same
    :param only_reason: whether the reason is all that is asked of a refusal
    :ivar server: the requests, read
    """

    def __init__(self, requests: Sequence[protocols.InstancePCIRequest],
                 cache: host_cache.HostCache, *,
                 only_reason: bool = False) -> None:
        self.server = novaobj.ServerRequests(
            requests, qos_interfaces.INTERFACES.of)
        self._found = self.server.alone
        self._numbered = numbered(self._found)
        self._devices = sum(request.count for request in self._found)
        kind = repr((self._numbered, self.server.constraints))
        # The same strings for all hosts: their hashes are computed once.
        self._kind = sys.intern(kind)
        self._placed_kind = sys.intern(f'placed {kind}')
        self._refused_kind = sys.intern(f'refused {kind}')
        known = cache.compiled(self._kind, self._numbered,
                               self.server.constraints)
        self._eligibility = known.eligibility
        self._demands = known.demands
        self._relevant = known.relevant
        self._placed: counting.PlacedRequests | None = None
        self._limit: int = CONF.pci_ext.search_steps
        self._only_reason = only_reason
        # Demands by the places of their providers among the sorted ones.
        self._shapes: dict[tuple[int, ...], tuple[
            list[str], demanded.Demands]] = {}

    def decide(self, host: host_cache.KnownHost, published: Published,
               candidates: list[Candidate],
               ) -> tuple[list[Candidate], Shortage | None]:
        """Decide the candidates of a host.

        :param published: the host's pools
        :returns: the good ones in their order, and if there are none, why
            the first one is refused
        """
        found = self._decide(host, published, candidates)
        if KEPT.report is not None:
            found = KEPT.verified(
                'answer of a host', found, self._decide, _unknown(host),
                published, candidates,
                content=_reason if self._only_reason else None)
        return found

    def _decide(self, host: host_cache.KnownHost, published: Published,
                candidates: list[Candidate],
                ) -> tuple[list[Candidate], Shortage | None]:
        if not candidates:
            return candidates, None
        placed = self._placed
        if (placed is not None
                and placed.is_complete(candidates[0]['mappings'])
                ) or self.server.is_placed(candidates):
            good = self._good(host, published, candidates)
            if good:
                return good, None
            return good, self._refused(host, published,
                                       candidates[0]['mappings'])
        # Without providers all candidates are the same to us.
        answer: Unplaced | None = host.answers.get(self._kind)
        if answer is None or (answer.only_reason and answer.refused
                              and not self._only_reason):
            answer = self._unplaced(host, published)
        return ([], answer.refused) if answer.refused else (candidates, None)

    def _unplaced(self, host: host_cache.KnownHost,
                  published: Published) -> Unplaced:
        """Decide a host where Placement did not, and remember the answer."""
        answer = Unplaced(
            None if self._suffices_new(host, published)
            # The explanation counts the other devices as well.
            else self._why(self._demands, host, published),
            self._only_reason)
        host.remember(self._kind, answer)
        return answer

    def _suffices_new(self, host: host_cache.KnownHost,
                      published: Published) -> bool:
        """Whether a few pools of a host seen for the first time serve all.

        Most hosts that fit have many more devices than one server asks for,
        and what some pools can serve, all can: a few of each kind are tried
        alone.
        """
        if host.pools is not None or host.answers:
            return False
        pools = novaobj.pools_from_objects(
            self._relevant.first(published, self._demands))
        return (sum([pool[3] for pool in pools]) >= self._devices
                and decision.can_serve(self._demands, pools, self._limit))

    def _good(self, host: host_cache.KnownHost, published: Published,
              candidates: list[Candidate]) -> list[Candidate]:
        """Return the good ones of candidates with providers."""
        if self.server.constraints:
            # Which providers make the sets no count of devices tells.
            return [candidate for candidate in candidates
                    if self._fits(host, published, candidate['mappings'])]
        if self._placed is None:
            self._placed = counting.PlacedRequests(
                self.server, self._numbered, self._limit)
        counts = host.answers.get(self._placed_kind)
        if counts is None:
            counts = self._count(self._placed, host, published)
            host.remember(self._placed_kind, counts)
        return self._placed.good(
            counts, candidates,
            functools.partial(self._fits, host, published))

    def _fits(self, host: host_cache.KnownHost, published: Published,
              mappings: counting.Mappings) -> bool:
        """Decide a candidate by a search."""
        return decision.can_serve(
            self._merge(self.ask(mappings)), host.compiled(published),
            self._limit)

    def _count(self, placed: counting.PlacedRequests,
               host: host_cache.KnownHost,
               published: Published) -> counting.Counts:
        """Count what a host has for candidates with providers.

        Of a host seen for the first time, the pools that Placement knows and
        a few of each other kind tell that, if the ports get what they ask.
        """
        if host.pools is None and not host.answers and not placed.asks_pf:
            counts = placed.count(novaobj.pools_from_objects(
                self._relevant.first(published, self._demands,
                                     of_placement=True)))
            if counts.ports_fit:
                return counts
        return placed.count(host.compiled(published))

    def _refused(self, host: host_cache.KnownHost, published: Published,
                 mappings: counting.Mappings) -> Shortage | None:
        """Return why a candidate is refused; of a host, the last is kept."""
        placed = self._placed
        asked = None if placed is None else placed.providers(mappings)
        if asked is None:
            return self._explained(host, published, mappings)
        last = host.answers.get(self._refused_kind)
        if (last is None or last[0] != asked
                or (last[2] and not self._only_reason)):
            last = (asked, self._why(self._at(asked, mappings), host,
                                     published), self._only_reason)
            host.remember(self._refused_kind, last)
        refused: Shortage | None = last[1]
        return refused

    def _explained(self, host: host_cache.KnownHost, published: Published,
                   mappings: counting.Mappings) -> Shortage | None:
        return self._why(self._merge(self.ask(mappings)), host, published)

    def _why(self, asked: demanded.Demands, host: host_cache.KnownHost,
             published: Published) -> Shortage | None:
        """Return why a host is refused, None if it is not."""
        return decision.decide(asked, host.compiled(published), self._limit,
                               only_reason=self._only_reason)

    def _at(self, providers: tuple[str, ...],
            mappings: counting.Mappings) -> demanded.Demands:
        """Return the demands of a candidate with a provider for each device.

        The providers of the next host are others in the same places, mostly:
        what differs is their names.
        """
        names = sorted(set(providers))
        places = {name: place for place, name in enumerate(names)}
        shape = tuple([places[name] for name in providers])
        alike = self._shapes.get(shape)
        if alike is None:
            found = self._merge(self.ask(mappings))
            self._shapes[shape] = names, found
            return found
        return alike[1].elsewhere(dict(zip(alike[0], names, strict=True)))

    def _merge(self, ask: demands.Ask) -> demanded.Demands:
        """Merge requests; what the rules say of them is known to all."""
        return demands.merge([ask], self._eligibility)

    def ask(self, mappings: counting.Mappings) -> demands.Ask:
        """Return the requests with the providers of a candidate."""
        return demands.Ask(
            requests=numbered(self.server.with_candidate(mappings)),
            constraints=self.server.constraints)

    def named(self, shortage: Shortage) -> Shortage:
        """Return a shortage with the names of the requests.

        Servers that the host accepted before have their own names already.
        """
        names = {str(number): request.name
                 for number, request in enumerate(self._found)}
        return dataclasses.replace(
            shortage,
            needs=tuple(dataclasses.replace(
                need, name=names.get(need.name, need.name))
                for need in shortage.needs),
            proofs=tuple(dataclasses.replace(
                proof, requests=tuple((names.get(name, name), count)
                                      for name, count in proof.requests))
                for proof in shortage.proofs))


def _reason(found: tuple[list[Candidate], Shortage | None]) -> object:
    """Return what is told of an answer where the reason is enough.

    What is kept may say more.
    """
    good, refused = found
    return good, None if refused is None else refused.reason


def _unknown(host: host_cache.KnownHost) -> host_cache.KnownHost:
    """Return the same host with nothing known of it, which nobody keeps."""
    found = copy.copy(host)
    found.pools, found.answers = None, {}
    return found


def numbered(requests: Iterable[DeviceRequest]) -> tuple[
        DeviceRequest, ...]:
    """Return requests with their numbers in the place of their names.

    They are equal for servers that ask the same.
    """
    return tuple(
        dataclasses.replace(request, request_id=str(number), name=str(number))
        for number, request in enumerate(requests))
