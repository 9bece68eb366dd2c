# SPDX-License-Identifier: Apache-2.0

"""The smallest changes that would let a host serve requests.

The space of changes is that of ``model.change``.  It is searched in order of
size, so what is found first is smallest.

Only policies and counts are tried: if requests fit once some of them ask for
v devices fewer, they also fit unchanged once v devices of their kind more are
free, for those can be given to them.  And if they fit with v devices more,
they fit without them and those who got them asking for v fewer.  So devices
more and devices fewer are needed in the same numbers, and no mixture of the
two is smaller than either.
"""

import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import supply
from nova_pci_ext.model.change import Change
from nova_pci_ext.model.change import Changes
from nova_pci_ext.model.change import FewerDevices
from nova_pci_ext.model.change import LooserPolicy
from nova_pci_ext.model.change import MoreDevices
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy

# Requests that no decision can tell apart, as numbers of them.
_Group = list[int]


def smallest_changes(requests: Sequence[DeviceRequest],
                     pools: Sequence[Pool],
                     cells: Sequence[GuestCells | None] = (None,),
                     accepted: Iterable[demands.Ask] = (),
                     ) -> tuple[Changes, ...]:
    """Return the smallest changes with which the host passes.

    Providers that Placement chose are not looked at: with other devices free
    it would choose others.

    :param requests: of one instance
    :param cells: host nodes that the instance could use; one choice of them
        has to work
    :param accepted: what instances that are not in the pools yet have
    :returns: each way of the smallest size, policies first, fewer devices
        last; one empty way where nothing has to change; no way for requests
        that no host can serve
    """
    asked = [dataclasses.replace(request, providers=())
             for request in requests]
    if demands.merge([demands.Ask(requests=tuple(asked))]).invalid:
        return ()
    scenes = [_Scene(asked, pools, choice, tuple(accepted))
              for choice in cells]
    total = sum(request.count for request in asked)
    for size in range(min(scene.least for scene in scenes), total + 1):
        found = {changes: None for scene in scenes
                 for changes in scene.changes(size)}
        if found:
            return tuple(sorted(found, key=_order))
    return ()


class _Scene:
    """One choice of host nodes, and what to ask there.

    :ivar least: no fewer changes can do
    """

    def __init__(self, asked: list[DeviceRequest], pools: Sequence[Pool],
                 cells: GuestCells | None,
                 accepted: tuple[demands.Ask, ...]) -> None:
        self._asked = asked
        self._pools = pools
        self._cells = cells
        self._accepted = demands.Accepted(accepted)
        self.least = self._bound()

    def _bound(self) -> int:
        """Count what is asked beyond all devices that serve anybody.

        A looser policy is one change and makes any number of devices
        eligible, so the policies are as loose as they get.
        """
        loose = [_loosened(request) for request in self._asked]
        merged = self._merged(loose)
        masks = supply.pool_masks(merged, self._pools)
        free = sum(pool.free for pool, mask in zip(
            self._pools, masks, strict=True) if mask)
        return max(0, sum(merged.counts) - free)

    def changes(self, size: int) -> Iterator[Changes]:
        """Yield the ways of one size that work."""
        for loosened in self._loosenings(size):
            changed = [_loosened(request) if number in loosened else request
                       for number, request in enumerate(self._asked)]
            policies: list[Change] = [
                LooserPolicy(name=self._asked[number].name,
                             policy=self._asked[number].numa_policy)
                for number in sorted(loosened)]
            for fewer in _fewer(changed, size - len(loosened)):
                if self._fits(changed, fewer):
                    yield from self._named(policies, changed, fewer)

    def _loosenings(self, most: int) -> Iterator[frozenset[int]]:
        """Yield sets of requests whose policy can be loosened.

        Of requests that are equal, the first ones.
        """
        tight = [] if self._cells is None else [
            group for group in _groups(self._asked)
            if self._asked[group[0]].numa_policy is not NumaPolicy.PREFERRED]
        for numbers in itertools.product(
                *(range(len(_by_count(self._asked, group)) + 1)
                  for group in tight)):
            if sum(numbers) <= most:
                yield frozenset(
                    number for group, taken in zip(tight, numbers,
                                                   strict=True)
                    for number in _by_count(self._asked, group)[:taken])

    def _fits(self, requests: list[DeviceRequest],
              fewer: tuple[int, ...]) -> bool:
        left = [dataclasses.replace(request, count=request.count - less)
                for request, less in zip(requests, fewer, strict=True)
                if request.count > less]
        return decision.can_serve(self._merged(left), self._pools)

    def _merged(self, requests: Iterable[DeviceRequest]) -> demanded.Demands:
        return self._accepted.together(demands.Ask(
            requests=tuple(requests), cells=self._cells))

    def _named(self, policies: list[Change], requests: list[DeviceRequest],
               fewer: tuple[int, ...]) -> Iterator[Changes]:
        """Yield the ways to make up for devices that are not there."""
        short = [(request, less) for request, less in zip(
            requests, fewer, strict=True) if less]
        yield (*policies, *(self._more(request, less)
                            for request, less in short))
        # To ask for nothing helps everywhere, and nobody.
        if 0 < sum(fewer) < sum(request.count for request in requests):
            yield (*policies, *(
                FewerDevices(name=request.name, count=less,
                             left=request.count - less)
                for request, less in short))

    def _more(self, request: DeviceRequest, count: int) -> MoreDevices:
        near = (self._cells is not None
                and request.numa_policy is not NumaPolicy.PREFERRED)
        return MoreDevices(
            name=request.name, count=count, origin=request.origin,
            alternative=min(request.alternatives,
                            key=demands.alternative_key),
            numa_node=min(self._cells.nodes)
            if near and self._cells is not None else None)


def _loosened(request: DeviceRequest) -> DeviceRequest:
    return dataclasses.replace(request, numa_policy=NumaPolicy.PREFERRED)


def _groups(requests: Sequence[DeviceRequest]) -> list[_Group]:
    """Put requests together that differ in name and count only."""
    found: dict[object, _Group] = {}
    for number, request in enumerate(requests):
        key = frozenset(request.alternatives), request.numa_policy
        found.setdefault(key, []).append(number)
    return list(found.values())


def _by_count(requests: Sequence[DeviceRequest], group: _Group) -> _Group:
    """Return a group, the requests for many devices first."""
    return sorted(group, key=lambda number: -requests[number].count)


def _fewer(requests: Sequence[DeviceRequest],
           number: int) -> Iterator[tuple[int, ...]]:
    """Yield the ways to ask for a number of devices less.

    Only how many fewer each group asks for decides; its last requests give
    way first.

    :returns: how many fewer each request asks for
    """
    groups = _groups(requests)
    sums = [sum(requests[each].count for each in group) for group in groups]
    for shares in _compositions(number, sums):
        fewer = [0] * len(requests)
        for group, share in zip(groups, shares, strict=True):
            for each in reversed(group):
                fewer[each] = min(share, requests[each].count)
                share -= fewer[each]
        yield tuple(fewer)


def _compositions(number: int,
                  limits: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write a number as a sum, term n up to limit n."""
    if not limits:
        if not number:
            yield ()
        return
    for first in range(min(number, limits[0]) + 1):
        for rest in _compositions(number - first, limits[1:]):
            yield first, *rest


_KINDS = {LooserPolicy: 0, MoreDevices: 1, FewerDevices: 2}


def _order(changes: Changes) -> tuple[object, ...]:
    return ([_KINDS[type(change)] for change in changes],
            [change.name for change in changes], repr(changes))
