# SPDX-License-Identifier: Apache-2.0

"""Demands: what one decision is about."""

import copy
import dataclasses
import functools
import operator
import typing
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.matching import rules
from nova_pci_ext.matching.eligibility import Eligibility
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.pool import PoolClass
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
    :ivar shares: sorted by request id and name; one in a demand that a set is
        about
    """

    want: rules.Want
    provider: str | None
    count: int
    shares: tuple[Share, ...]


class DemandedSet(typing.NamedTuple):
    """A condition on the devices of some demands of one server.

    :ivar members: the demands of each member, as masks
    :ivar server: number of the server; servers that ask the same follow one
        another
    :ivar text: for people
    """

    rule: SetRule
    attribute: str
    members: tuple[int, ...]
    server: int
    text: str

    @property
    def mask(self) -> int:
        """The demands of all members."""
        return functools.reduce(operator.or_, self.members, 0)


class Demands(Sequence[Demand]):
    """The demands of one decision, with what they accept.

    What a class of device is eligible for is remembered here, so that one
    object, kept for all hosts of a request, runs each rule once a class.

    :param demands: sorted (``demands.merge`` does)
    :param sets: conditions on them
    :param is_one_server: whether one server asks for all of them
    :param eligibility: to share with other demands
    :ivar counts: devices asked by each
    :ivar anywhere: the demands without a provider, as a mask
    :ivar at_provider: the demands at each provider, as a mask
    :ivar known: what ``know`` found, by identity of the class
    """

    __slots__ = ('_eligibility', '_rejections', 'anywhere', 'at_provider',
                 'counts', 'demands', 'invalid', 'is_one_server', 'known',
                 'sets')

    def __init__(self, demands: Sequence[Demand],
                 invalid: str | None = None,
                 sets: Iterable[DemandedSet] = (), *,
                 is_one_server: bool = False,
                 eligibility: Eligibility | None = None) -> None:
        self.demands = tuple(demands)
        self.invalid = invalid
        self.sets = tuple(sets)
        self.is_one_server = is_one_server
        self.counts = tuple(demand.count for demand in self.demands)
        self.anywhere = 0
        self.at_provider: dict[str | None, int] = {}
        for bit, demand in enumerate(self.demands):
            if demand.provider is None:
                self.anywhere |= 1 << bit
            else:
                self.at_provider[demand.provider] = (
                    self.at_provider.get(demand.provider, 0) | 1 << bit)
        self._eligibility = eligibility or Eligibility()
        self._rejections = [self._eligibility.of(demand.want)
                            for demand in self.demands]
        self.known = self._eligibility.masks(self._rejections)

    def with_sets(self, sets: Iterable[DemandedSet]) -> 'Demands':
        """Return the same demands with sets, and what is known of pools.

        :param sets: in the place of those that there are
        """
        return Demands(self.demands, sets=sets,
                       eligibility=self._eligibility)

    def elsewhere(self, providers: Mapping[str, str]) -> 'Demands':
        """Return the same demands at other providers.

        :param providers: the other one of each; they sort alike, so that the
            demands stay sorted
        """
        found = copy.copy(self)
        found.demands = tuple([
            demand if demand.provider is None else Demand(
                want=demand.want, provider=providers[demand.provider],
                count=demand.count, shares=demand.shares)
            for demand in self.demands])
        found.at_provider = {
            providers[before]: mask
            for before, mask in self.at_provider.items()
            if before is not None}
        return found

    @property
    def asked_sets(self) -> tuple[DemandedSet, ...]:
        """The sets without those that are about budgets of PFs."""
        return tuple(each for each in self.sets
                     if each.rule is not SetRule.BANDWIDTH)

    @property
    def takes_bandwidth(self) -> bool:
        """Whether any set is about budgets of PFs."""
        return any(each.rule is SetRule.BANDWIDTH for each in self.sets)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        return self.demands[index]

    def __len__(self) -> int:
        return len(self.demands)

    def rejection(self, bit: int, kind: PoolClass) -> Rejection | None:
        """Return ``rules.rejection`` of one demand, remembered."""
        found = self._rejections[bit]
        try:
            return found[id(kind)]
        except KeyError:
            return self._eligibility.add(self.demands[bit].want, kind, found)

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
            mask = sum(1 << bit for bit in range(len(self.demands))
                       if self.rejection(bit, kind) is None)
            self._eligibility.hold(kind)
            return self.known.setdefault(
                id(kind), (mask, _SIDES.get(kind.dev_type, 0)))


_SIDES: dict[DeviceType | None, int] = {
    DeviceType.PF: 1, DeviceType.VF: 2, DeviceType.VDPA: 2}


def content(demands: Demands) -> object:
    """Return what of demands does not grow while they are used."""
    return (demands.demands, demands.invalid, demands.sets,
            demands.is_one_server)
