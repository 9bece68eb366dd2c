# SPDX-License-Identifier: Apache-2.0

"""Requests, merged into as few demands as decide the same."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import rules
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.request import Alternative
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import SetConstraint
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


def merge(asks: Iterable[Ask]) -> Demands:
    """Merge what instances ask into demands, sorted.

    The result does not depend on the order of instances, requests or
    alternatives.
    """
    shares: dict[tuple[rules.Want, str | None], list[Share]] = {}
    invalid = None
    for ask in asks:
        for constraint in ask.constraints:
            # Serving the rest would give out devices that break it.
            invalid = invalid or (
                f'devices of {constraint.rule} {constraint.attribute} are '
                f'asked for, which is not supported')
        for request in ask.requests:
            invalid = invalid or _fault(request)
            want = rules.Want(
                alternatives=tuple(sorted(set(request.alternatives),
                                          key=alternative_key)),
                numa_policy=request.numa_policy, cells=ask.cells)
            for provider, count in _by_provider(request).items():
                shares.setdefault((want, provider), []).append(Share(
                    request_id=request.request_id, name=request.name,
                    count=count))
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
