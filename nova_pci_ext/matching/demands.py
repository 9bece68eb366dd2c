# SPDX-License-Identifier: Apache-2.0

"""Requests, merged into as few demands as decide the same."""

import dataclasses
import itertools
import operator
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.matching import rules
from nova_pci_ext.matching import set_binding
from nova_pci_ext.matching.demanded import Demand
from nova_pci_ext.matching.demanded import DemandedSet
from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.matching.demanded import Share
from nova_pci_ext.matching.eligibility import Eligibility
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import Origin


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Requests of one instance.

    :ivar cells: the host nodes the instance would use, None without a NUMA
        topology
    :ivar constraints: conditions on several requests together
    """

    requests: tuple[DeviceRequest, ...]
    cells: GuestCells | None = None
    constraints: tuple[SetConstraint, ...] = ()


#: In the place of the ports of instances that were accepted: each has a name
#: of its own.
EARLIER_PORTS = 'earlier ports'


def merge(asks: Iterable[Ask],
          eligibility: Eligibility | None = None) -> Demands:
    """Merge what instances ask into demands, sorted.

    The result does not depend on the order of instances or requests.  The
    order of alternatives is a preference, as they are written.

    :param eligibility: to share with other demands
    """
    merging = _Merging()
    for ask in asks:
        merging.add(ask)
    return merging.demands(eligibility)


class Accepted:
    """What instances have that are not in the pools yet, summed up.

    To add one, or to ask about one more, costs what that one asks for,
    however many there are; instances with device sets are kept one by one,
    as each has a choice of its own.  What they take of the budgets of PFs is
    a part of what they want, and is summed up like counts.
    """

    def __init__(self, asks: Iterable[Ask] = ()) -> None:
        self._counts: dict[tuple[rules.Want, str | None],
                           dict[str, int]] = {}
        self._with_sets: list[Ask] = []
        self._invalid: str | None = None
        for ask in asks:
            self.add(ask)

    def add(self, ask: Ask) -> None:
        """Add an instance."""
        if set_binding.sets(ask.constraints):
            self._with_sets.append(ask)
            return
        bandwidths = set_binding.bandwidths(ask.constraints, ask.requests)
        self._invalid = self._invalid or _why_invalid(ask)
        for position, request in enumerate(ask.requests):
            name = (request.name if request.origin is Origin.FLAVOR
                    else EARLIER_PORTS)
            want = _want(request, ask.cells, bandwidths.get(position, 0))
            for provider, count in _by_provider(request).items():
                names = self._counts.setdefault((want, provider), {})
                names[name] = names.get(name, 0) + count

    @property
    def has_sets(self) -> bool:
        """Whether any of them asks for device sets, or for bandwidth."""
        return bool(self._with_sets) or any(
            want.bandwidth_mbps for want, _ in self._counts)

    def all(self) -> Demands:
        """Return what all of them have."""
        return self._merging().demands()

    def together(self, ask: Ask, times: int = 1) -> Demands:
        """Return what all of them have and what some more would.

        :param ask: of each of those
        """
        merging = self._merging()
        merging.add(ask, times)
        return merging.demands()

    def units(self) -> dict[str, int]:
        """Return the devices of each provider that they have."""
        found: dict[str, int] = {}
        for (_, provider), names in self._counts.items():
            if provider is not None:
                found[provider] = found.get(provider, 0) + sum(
                    names.values())
        for ask in self._with_sets:
            for request in ask.requests:
                for provider in request.providers:
                    found[provider] = found.get(provider, 0) + 1
        return found

    def _merging(self) -> '_Merging':
        merging = _Merging()
        merging.invalid = self._invalid
        merging.asks = len(self._counts)
        for (want, provider), names in self._counts.items():
            merging.shares[want, provider, None] = [
                Share(request_id=None, name=name, count=count)
                for name, count in names.items()]
        for ask in self._with_sets:
            merging.add(ask)
        return merging


#: Number of a server, and the position of a request in what it asks.
_Scope = tuple[int, int]


class _Merging:
    """Demands while instances are added.

    :ivar shares: by what they accept; requests that a set is about have a
        demand of their own, for they cannot change devices with others
    :ivar asks: 1 where one instance was added
    """

    def __init__(self) -> None:
        self.shares: dict[tuple[rules.Want, str | None, _Scope | None],
                          list[Share]] = {}
        self.invalid: str | None = None
        self._servers = 0
        self.asks = 0
        self._sets: list[tuple[int, SetConstraint]] = []

    def add(self, ask: Ask, times: int = 1) -> None:
        """Add some instances that ask the same."""
        self.asks += times
        self.invalid = self.invalid or _why_invalid(ask)
        sets = set_binding.sets(ask.constraints)
        if not sets:
            self._add(ask, times, frozenset())
            return
        bound = frozenset(position for constraint in sets
                          for member in constraint.members
                          for position in member)
        for _ in range(times):
            self._sets += [(self._servers, constraint)
                           for constraint in sets]
            self._add(ask, 1, bound)
            self._servers += 1

    def _add(self, ask: Ask, times: int, bound: frozenset[int]) -> None:
        bandwidths = set_binding.bandwidths(ask.constraints, ask.requests)
        for position, request in enumerate(ask.requests):
            want = _want(request, ask.cells, bandwidths.get(position, 0))
            scope = (self._servers, position) if position in bound else None
            for provider, count in _by_provider(request).items():
                self.shares.setdefault((want, provider, scope), []).append(
                    Share(request_id=request.request_id, name=request.name,
                          count=count * times))

    def demands(self, eligibility: Eligibility | None = None) -> Demands:
        """Return the demands, sorted, with the sets."""
        found = sorted(
            ((_demand_key(demand), scope or (-1, -1), demand)
             for demand, scope in self._merged()),
            key=operator.itemgetter(0, 1))
        masks: dict[_Scope, int] = {}
        for bit, (_, scope, _) in enumerate(found):
            masks[scope] = masks.get(scope, 0) | 1 << bit
        return Demands([demand for *_, demand in found], self.invalid,
                       [*sorted(self._demanded(masks), key=_set_key),
                        *self._shared([demand for *_, demand in found])],
                       is_one_server=self.asks == 1,
                       eligibility=eligibility)

    def _merged(self) -> Iterator[tuple[Demand, _Scope | None]]:
        for (want, provider, scope), found in self.shares.items():
            yield Demand(want=want, provider=provider,
                         count=sum(share.count for share in found),
                         shares=tuple(sorted(found, key=_share_key))), scope

    def _demanded(self, masks: Mapping[_Scope, int],
                  ) -> Iterator[DemandedSet]:
        for server, constraint in self._sets:
            yield DemandedSet(
                constraint.rule, constraint.attribute,
                tuple(sum(masks.get((server, position), 0)
                          for position in member)
                      for member in constraint.members), server,
                constraint.text)


    def _shared(self, found: Iterable[Demand]) -> Iterator[DemandedSet]:
        """Yield a choice of PFs for each demand that takes of budgets.

        They come last, and are of no server: servers share the budgets.
        """
        for bit, demand in enumerate(found):
            mbps = demand.want.bandwidth_mbps
            if mbps:
                yield DemandedSet(
                    SetRule.BANDWIDTH, str(mbps), (1 << bit,),
                    self._servers, f'{SetRule.BANDWIDTH}={mbps}')


def _want(request: DeviceRequest, cells: GuestCells | None,
          bandwidth_mbps: int) -> rules.Want:
    return rules.Want(
        alternatives=tuple(dict.fromkeys(request.alternatives)),
        numa_policy=request.numa_policy, cells=cells,
        bandwidth_mbps=bandwidth_mbps)


def _why_invalid(ask: Ask) -> str | None:
    """Say what makes an instance impossible to serve anywhere."""
    faults = itertools.chain(
        map(_fault, ask.requests),
        (set_binding.fault(constraint, ask.requests)
         for constraint in ask.constraints))
    return next((fault for fault in faults if fault is not None), None)


def _fault(request: DeviceRequest) -> str | None:
    """Say what makes a request impossible to serve anywhere."""
    if request.count < 1:
        return f'{request.name} asks for {request.count} devices'
    if request.providers and len(request.providers) != request.count:
        return (f'{request.name} asks for {request.count} devices, and '
                f'Placement allocated {len(request.providers)}')
    if not request.alternatives:
        return f'{request.name} names no kind of device'
    return None


def _by_provider(request: DeviceRequest) -> dict[str | None, int]:
    if not request.providers:
        return {None: request.count}
    counts: dict[str | None, int] = {}
    for provider in request.providers:
        counts[provider] = counts.get(provider, 0) + 1
    return counts


def alternative_key(asked: Alternative) -> tuple[object, ...]:
    return (asked.vendor_id or '', asked.product_id or '',
            asked.dev_type or '',
            tuple((key, value or '') for key, value in asked.tags))


def _share_key(share: Share) -> tuple[str, str, int]:
    return share.request_id or '', share.name, share.count


def _set_key(found: DemandedSet) -> tuple[object, ...]:
    # What divides no demand comes first: it leaves the least to choose.
    return (found.server, _RULES.index(found.rule), found.attribute,
            found.members)


_RULES = (SetRule.GROUP, SetRule.SAME, SetRule.PAIR, SetRule.DISTINCT)


def _demand_key(demand: Demand) -> tuple[object, ...]:
    cells = demand.want.cells
    return (tuple(map(alternative_key, demand.want.alternatives)),
            demand.want.numa_policy,
            () if cells is None else tuple(sorted(cells.nodes)),
            () if cells is None else tuple(sorted(cells.socket_nodes)),
            demand.provider or '', demand.want.bandwidth_mbps,
            _share_key(demand.shares[0]))
