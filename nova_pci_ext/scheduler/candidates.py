# SPDX-License-Identifier: Apache-2.0

"""All allocation candidates of a host, decided from one pass over its pools.
"""

import dataclasses
import sys
from collections.abc import Iterable
from collections.abc import Sequence

import nova.conf

from nova_pci_ext import novaobj
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.scheduler import counting
from nova_pci_ext.scheduler import host_cache

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)
Candidate = protocols.AllocationCandidate
Published = host_cache.Published
# Pools of a new host that are tried before the others are read: enough for a
# request of a few devices, and little beside a host that has many.
_FIRST = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Unplaced:
    """What a host answers where Placement did not decide.

    :ivar refused: None when the host can serve the requests
    """

    refused: Shortage | None


class AskedDevices:
    """The requests of one server, compiled once for all hosts.

    Names are replaced by numbers, so that what a host answered to one server
    holds for the next that asks for the same; ``named`` puts them back.

    :param requests: of the server
    :ivar server: the requests, read
    """

    def __init__(self, requests: Sequence[protocols.InstancePCIRequest],
                 ) -> None:
        self.server = novaobj.ServerRequests(
            requests, qos_interfaces.INTERFACES.of)
        self._found = self.server.alone
        self._numbered = _numbered(self._found)
        self._demands = demands.merge([demands.Ask(
            requests=self._numbered, constraints=self.server.constraints)])
        self._relevant = novaobj.Relevant(self._found)
        self._kind = sys.intern(repr(
            (self._numbered, self.server.constraints)))
        self._placed: counting.PlacedRequests | None = None
        self._limit: int = CONF.pci_ext.search_steps

    def decide(self, host: host_cache.KnownHost, published: Published,
               candidates: list[Candidate],
               ) -> tuple[list[Candidate], Shortage | None]:
        """Decide the candidates of a host.

        :param published: the host's pools
        :returns: the good ones in their order, and if there are none, why
            the first one is refused
        """
        if self.server.is_placed(candidates):
            good = self._good(host, published, candidates)
            if good:
                return good, None
            return good, self.refusal(host.compiled(published),
                                      candidates[0]['mappings'])
        if not candidates:
            return candidates, None
        # Without providers all candidates are the same to us.
        answer: Unplaced = (host.answers.get(self._kind)
                            or self._unplaced(host, published))
        return ([], answer.refused) if answer.refused else (candidates, None)

    def _unplaced(self, host: host_cache.KnownHost,
                  published: Published) -> Unplaced:
        """Decide a host where Placement did not, and remember the answer."""
        answer = Unplaced(
            None if self._suffices_new(host, published)
            # The explanation counts the other devices as well.
            else decision.decide(self._demands, host.compiled(published),
                                  self._limit))
        host.remember(self._kind, answer)
        return answer

    def _suffices_new(self, host: host_cache.KnownHost,
                      published: Published) -> bool:
        """Whether a host seen for the first time has enough for all.

        Most hosts that fit have many more devices than one server asks for,
        and what some pools can serve, all can: the first few are tried alone.
        """
        if host.pools is not None or host.answers:
            return False
        parts = ([published[:_FIRST], published]
                 if len(published) > _FIRST else [published])
        return any(decision.can_serve(self._demands,
                                      novaobj.pools_from_objects(
                                          self._relevant.pick(part)),
                                      self._limit)
                   for part in parts)

    def _good(self, host: host_cache.KnownHost, published: Published,
              candidates: list[Candidate]) -> list[Candidate]:
        """Return the good ones of candidates with providers."""
        def exact(mappings: counting.Mappings) -> bool:
            return self.refusal(host.compiled(published), mappings) is None

        if self.server.constraints:
            # Which providers make the sets no count of devices tells.
            return [candidate for candidate in candidates
                    if exact(candidate['mappings'])]
        if self._placed is None:
            self._placed = counting.PlacedRequests(
                self.server, self._numbered, self._limit)
        kind = f'placed {self._kind}'
        counts = host.answers.get(kind)
        if counts is None:
            counts = self._placed.count(self._some_pools(host, published))
            host.remember(kind, counts)
        return self._placed.good(counts, candidates, exact)

    def _some_pools(self, host: host_cache.KnownHost,
                    published: Published) -> tuple[Pool, ...]:
        """Return the pools that matter to these requests at least.

        All pools are compiled when a second kind of request comes along.
        """
        if host.pools is None and not host.answers:
            return novaobj.pools_from_objects(
                self._relevant.pick(published))
        return host.compiled(published)

    def refusal(self, pools: Sequence[Pool],
                mappings: counting.Mappings) -> Shortage | None:
        """Decide one candidate exactly."""
        return decision.decide(demands.merge([self.ask(mappings)]), pools,
                               self._limit)

    def ask(self, mappings: counting.Mappings) -> demands.Ask:
        """Return the requests with the providers of a candidate."""
        return demands.Ask(
            requests=_numbered(self.server.with_candidate(mappings)),
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


def _numbered(requests: Iterable[DeviceRequest]) -> tuple[
        DeviceRequest, ...]:
    return tuple(
        dataclasses.replace(request, request_id=str(number), name=str(number))
        for number, request in enumerate(requests))
