# SPDX-License-Identifier: Apache-2.0

"""How many servers a fleet still takes in the proportion of what runs.

Servers are placed one after the other, the flavor that is furthest behind its
share next, each on the first host by name that takes it.  A host that has
refused a flavor once never takes it later, so each host is asked once more
than it takes servers.
"""

import collections
import dataclasses
from collections.abc import Hashable
from collections.abc import Mapping

from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import hosts
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.planning import capacity
from nova_pci_ext.planning import room
from nova_pci_ext.planning.fleet import Fleet
from nova_pci_ext.planning.fleet import FleetHost
from nova_pci_ext.planning.fleet import fresh


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Mixture:
    """What was placed, by flavor, and the flavor that found no host."""

    servers: Mapping[str, int]
    ended_by: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Flavor:
    """What is asked of the hosts."""

    explainer: answers.Explainer
    need: room.Room
    hosts: Mapping[str, FleetHost]


def place(fleet: Fleet, specs: Mapping[str, RequestSpec],
          running: Mapping[str, int]) -> Mixture | None:
    """Place servers until the next one finds no host.

    :param specs: the request of each flavor
    :param running: how many run; flavors without are not placed
    :returns: None where none of the flavors runs
    """
    flavors = {name: _Flavor(explainer=fleet.explainer(spec),
                             need=capacity.need(spec),
                             hosts={each.name: each
                                    for each in fleet.hosts(spec)})
               for name, spec in specs.items() if running.get(name)}
    if not flavors:
        return None
    filler = _Filler(flavors)
    placed: collections.Counter[str] = collections.Counter()
    while True:
        name = min(flavors, key=lambda each: (
            (placed[each] + 1) / running[each], each))
        if not filler.takes(name):
            return Mixture(servers=dict(placed), ended_by=name)
        placed[name] += 1


class _Filler:
    """Hosts that are filled with servers of several flavors."""

    def __init__(self, flavors: Mapping[str, _Flavor]) -> None:
        self._flavors = flavors
        # A host can come or go while flavor after flavor is asked about.
        self._names = sorted(set.intersection(
            *(set(each.hosts) for each in flavors.values())))
        self._filled: dict[str, hosts.ExplainedHost] = {}
        self._first = dict.fromkeys(flavors, 0)
        self._refusals: set[tuple[str, Hashable]] = set()

    def takes(self, flavor: str) -> bool:
        """Place a server on the first host that takes it."""
        while self._first[flavor] < len(self._names):
            if self._takes(flavor, self._names[self._first[flavor]]):
                return True
            self._first[flavor] += 1
        return False

    def _takes(self, flavor: str, name: str) -> bool:
        asked = self._flavors[flavor].hosts[name]
        # A host that nothing was placed on answers as its equals did.
        refusal = flavor, asked.key
        filled = self._filled.get(name)
        if filled is None and refusal in self._refusals:
            return False
        host = filled or fresh(asked.host)
        host.state.allocation_candidates = list(
            asked.host.state.allocation_candidates)
        if self._place(self._flavors[flavor], host):
            self._filled[name] = host
            return True
        if filled is None:
            self._refusals.add(refusal)
        return False

    def _place(self, flavor: _Flavor, host: hosts.ExplainedHost) -> bool:
        left = room.free(host.state)
        if left is not None and left.short_of(flavor.need):
            return False
        if not flavor.explainer.take(host):
            return False
        room.placed(host.state, flavor.need)
        return True
