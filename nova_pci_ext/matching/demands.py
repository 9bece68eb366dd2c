# SPDX-License-Identifier: Apache-2.0

"""Requests, merged into as few demands as decide the same."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import rules
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import Origin
from nova_pci_ext.model.verdict import Rejection


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one request has in a demand.

    :ivar name: for people
    """

    request_id: str | None
    name: str
    count: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Devices that any requests ask for under one condition.

    A request for which Placement chose several providers is one demand for
    each provider, so "exactly these providers" needs no rule of its own.

    :ivar provider: the devices' provider; None when Placement did not decide
    :ivar shares: sorted by request id and name
    """

    want: rules.Want
    provider: str | None
    count: int
    shares: tuple[Share, ...]


class Demands(Sequence[Demand]):
    """The demands of one decision, with what they accept.

    What a class of device is eligible for is remembered here, so that one
    object, kept for all hosts of a request, runs each rule once a class.

    :param demands: sorted (``merge`` does)
    :ivar counts: devices asked by each
    :ivar anywhere: the demands without a provider, as a mask
    :ivar at_provider: the demands at each provider, as a mask
    :ivar known: what ``know`` found, by identity of the class
    """

    __slots__ = ('_kinds', '_rejections', 'anywhere', 'at_provider',
                 'counts', 'demands', 'invalid', 'known')

    def __init__(self, demands: Sequence[Demand],
                 invalid: str | None = None) -> None:
        self.demands = tuple(demands)
        self.invalid = invalid
        self.counts = tuple(demand.count for demand in self.demands)
        self.anywhere = 0
        self.at_provider: dict[str | None, int] = {}
        for bit, demand in enumerate(self.demands):
            if demand.provider is None:
                self.anywhere |= 1 << bit
            else:
                self.at_provider[demand.provider] = (
                    self.at_provider.get(demand.provider, 0) | 1 << bit)
        self._kinds: list[PoolClass] = []
        self.known: dict[int, tuple[int, int]] = {}
        self._rejections: dict[tuple[rules.Want, PoolClass],
                               Rejection | None] = {}

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.demands[index]

    def __len__(self) -> int:
        return len(self.demands)

    def rejection(self, want: rules.Want,
                  kind: PoolClass) -> Rejection | None:
        """Return ``rules.rejection``, remembered."""
        key = want, kind
        try:
            return self._rejections[key]
        except KeyError:
            return self._rejections.setdefault(
                key, rules.rejection(want, kind))

    def mask(self, kind: PoolClass) -> int:
        """Return which demands a class is eligible for, bit n for demand n.

        Providers are not looked at.
        """
        return self.know(kind)[0]

    def know(self, kind: PoolClass) -> tuple[int, int]:
        """Return the mask of a class, and its side: PF 1, child 2, else 0."""
        try:
            return self.known[id(kind)]
        except KeyError:
            # What ``rejection`` remembers is for explanations only.
            mask = sum(1 << bit for bit, demand in enumerate(self.demands)
                       if rules.rejection(demand.want, kind) is None)
            # Identity is the fastest key; it is unique while it is held.
            self._kinds.append(kind)
            return self.known.setdefault(
                id(kind), (mask, _SIDES.get(kind.dev_type, 0)))


_SIDES: dict[DeviceType | None, int] = {
    DeviceType.PF: 1, DeviceType.VF: 2, DeviceType.VDPA: 2}


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


_Shares = dict[tuple[rules.Want, str | None], list[Share]]
#: In the place of the ports of instances that were accepted: each has a name
#: of its own.
EARLIER_PORTS = 'earlier ports'


def merge(asks: Iterable[Ask]) -> Demands:
    """Merge what instances ask into demands, sorted.

    The result does not depend on the order of instances or requests.  The
    order of alternatives is a preference, as they are written.
    """
    shares: _Shares = {}
    invalid = None
    for ask in asks:
        invalid = invalid or _why_invalid(ask)
        _add(shares, ask, 1)
    return _demands(shares, invalid)


class Accepted:
    """What instances have that are not in the pools yet, summed up.

    To add one, or to ask about one more, costs what that one asks for,
    however many there are.
    """

    def __init__(self, asks: Iterable[Ask] = ()) -> None:
        self._counts: dict[tuple[rules.Want, str | None],
                           dict[str, int]] = {}
        self._invalid: str | None = None
        for ask in asks:
            self.add(ask)

    def add(self, ask: Ask) -> None:
        """Add an instance."""
        self._invalid = self._invalid or _why_invalid(ask)
        for request in ask.requests:
            name = (request.name if request.origin is Origin.FLAVOR
                    else EARLIER_PORTS)
            want = _want(request, ask.cells)
            for provider, count in _by_provider(request).items():
                names = self._counts.setdefault((want, provider), {})
                names[name] = names.get(name, 0) + count

    def all(self) -> Demands:
        """Return what all of them have."""
        return _demands(self._shares(), self._invalid)

    def together(self, ask: Ask, times: int = 1) -> Demands:
        """Return what all of them have and what some more would.

        :param ask: of each of those
        """
        shares = self._shares()
        _add(shares, ask, times)
        return _demands(shares, self._invalid or _why_invalid(ask))

    def units(self) -> dict[str, int]:
        """Return the devices of each provider that they have."""
        found: dict[str, int] = {}
        for (_, provider), names in self._counts.items():
            if provider is not None:
                found[provider] = found.get(provider, 0) + sum(
                    names.values())
        return found

    def _shares(self) -> _Shares:
        return {key: [Share(request_id=None, name=name, count=count)
                      for name, count in names.items()]
                for key, names in self._counts.items()}


def _add(shares: _Shares, ask: Ask, times: int) -> None:
    for request in ask.requests:
        want = _want(request, ask.cells)
        for provider, count in _by_provider(request).items():
            shares.setdefault((want, provider), []).append(Share(
                request_id=request.request_id, name=request.name,
                count=count * times))


def _want(request: DeviceRequest, cells: GuestCells | None) -> rules.Want:
    return rules.Want(
        alternatives=tuple(dict.fromkeys(request.alternatives)),
        numa_policy=request.numa_policy, cells=cells)


def _why_invalid(ask: Ask) -> str | None:
    for constraint in ask.constraints:
        # Serving the rest would give out devices that break it.
        return (f'devices of {constraint.rule} {constraint.attribute} are '
                f'asked for, which is not supported')
    return next((fault for request in ask.requests
                 if (fault := _fault(request)) is not None), None)


def _demands(shares: _Shares, invalid: str | None) -> Demands:
    demands = [
        Demand(want=want, provider=provider,
               count=sum(share.count for share in found),
               shares=tuple(sorted(found, key=_share_key)))
        for (want, provider), found in shares.items()]
    return Demands(sorted(demands, key=_demand_key), invalid)


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


def _demand_key(demand: Demand) -> tuple[object, ...]:
    cells = demand.want.cells
    return (tuple(map(alternative_key, demand.want.alternatives)),
            demand.want.numa_policy,
            () if cells is None else tuple(sorted(cells.nodes)),
            () if cells is None else tuple(sorted(cells.socket_nodes)),
            demand.provider or '')
