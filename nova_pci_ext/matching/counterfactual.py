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

That is so only for requests that no device set is about: a device more may be
where it helps no set.  So of the others fewer are asked for, or a set is left
out.

How many devices are missing in all is known beforehand
(``fewer_devices.missing``), which is where the search begins.  But n devices
are fewer of k requests in about n to the power of k ways, so the decisions are
counted, and beyond a limit the answer is that at least so many changes are
needed.
"""

import contextlib
import dataclasses
import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import fewer_devices
from nova_pci_ext.matching import supply
from nova_pci_ext.matching.fewer_devices import Constraints
from nova_pci_ext.model.change import AtLeast
from nova_pci_ext.model.change import Change
from nova_pci_ext.model.change import Changes
from nova_pci_ext.model.change import FewerDevices
from nova_pci_ext.model.change import LooserPolicy
from nova_pci_ext.model.change import MoreDevices
from nova_pci_ext.model.change import WithoutSet
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy

#: Decisions for one host; each takes some hundred microseconds.
LIMIT = 1000


def smallest_changes(requests: Sequence[DeviceRequest],
                     pools: Sequence[Pool],
                     cells: Sequence[GuestCells | None] = (None,),
                     accepted: Iterable[demands.Ask] = (),
                     constraints: Sequence[SetConstraint] = (),
                     limit: int = LIMIT) -> tuple[Changes, ...]:
    """Return the smallest changes with which the host passes.

    Providers that Placement chose are not looked at: with other devices free
    it would choose others.

    :param requests: of one instance
    :param cells: host nodes that the instance could use; one choice of them
        has to work
    :param accepted: what instances that are not in the pools yet have
    :param constraints: on the requests
    :param limit: decisions, beside those that no change is needed
    :returns: each way of the smallest size, policies first, fewer devices
        last; one empty way where nothing has to change; no way for requests
        that no host can serve.  With the limit reached, those that were found
        by then, or one way of one ``AtLeast``
    """
    asked = [dataclasses.replace(request, providers=())
             for request in requests]
    if demands.merge([demands.Ask(
            requests=tuple(asked), constraints=tuple(constraints))]).invalid:
        return ()
    left = _Decisions(limit)
    scenes = [_Scene(asked, pools, choice, tuple(accepted), left_out, kept)
              for choice in cells
              for left_out, kept in _selections(constraints)]
    total = len(constraints) + sum(request.count for request in asked)
    for size in range(min(scene.least for scene in scenes), total + 1):
        found: dict[Changes, None] = {}
        with contextlib.suppress(_TooMany):
            for scene in scenes:
                for changes in scene.changes(size, left):
                    found[changes] = None
        if found:
            return tuple(sorted(found, key=_order))
        if left.are_spent:
            return ((AtLeast(count=size),),)
    return ()


class _TooMany(Exception):
    """No decision is left."""


class _Decisions:
    """Counts what is decided, other than whether nothing has to change."""

    def __init__(self, limit: int) -> None:
        self._left = limit
        self.are_spent = False

    def spend(self, size: int) -> None:
        """Count one decision.

        :raises _TooMany: if there is none left
        """
        if not size:
            return
        if not self._left:
            self.are_spent = True
            raise _TooMany
        self._left -= 1


class _Scene:
    """One choice of host nodes and of device sets, and what to ask there.

    :ivar least: no fewer changes can do
    """

    def __init__(self, asked: list[DeviceRequest], pools: Sequence[Pool],
                 cells: GuestCells | None, accepted: tuple[demands.Ask, ...],
                 left_out: Constraints, kept: Constraints) -> None:
        self._asked = asked
        self._pools = pools
        self._cells = cells
        self._accepted = demands.Accepted(accepted)
        self._left_out: list[Change] = [
            WithoutSet(name=each.text) for each in left_out]
        self._kept = kept
        self._known: dict[frozenset[int], tuple[int, list[int]]] = {}
        # A looser policy is one change and makes any number of devices
        # eligible, so the policies are as loose as they get.
        self.least = len(left_out) + self._missing(
            self._merged([_loosened(request) for request in self._asked]))

    def _missing(self, merged: demanded.Demands) -> int:
        """Count what is asked beyond all devices that serve anybody."""
        masks = supply.pool_masks(merged, self._pools)
        free: dict[int, int] = {}
        for pool, mask in zip(self._pools, masks, strict=True):
            if mask:
                free[mask] = free.get(mask, 0) + pool.free
        return fewer_devices.missing(merged.counts, free)

    def _bounds(self, loosened: frozenset[int],
                changed: Sequence[DeviceRequest]) -> tuple[int, list[int]]:
        """Return how many devices requests lack, and each group of them.

        :param loosened: the requests whose policy is changed
        :param changed: all requests, with that
        """
        if loosened not in self._known:
            groups = [[changed[each] for each in group]
                      for group in fewer_devices.groups(changed, self._kept)]
            self._known[loosened] = self._missing(self._merged(changed)), [
                self._missing(demands.merge([demands.Ask(
                    requests=tuple(group), cells=self._cells)]))
                for group in groups]
        return self._known[loosened]

    def changes(self, size: int, left: _Decisions) -> Iterator[Changes]:
        """Yield the ways of one size that work.

        :raises _TooMany: if no decision is left
        """
        whole = size
        size -= len(self._left_out)
        for loosened in self._loosenings(size):
            changed = [_loosened(request) if number in loosened else request
                       for number, request in enumerate(self._asked)]
            policies: list[Change] = [
                LooserPolicy(name=self._asked[number].name,
                             policy=self._asked[number].numa_policy)
                for number in sorted(loosened)]
            missing, of_groups = self._bounds(loosened, changed)
            if missing > size - len(loosened):
                continue
            for fewer in fewer_devices.ways(
                    changed, size - len(loosened), self._kept, of_groups):
                left.spend(whole)
                if self._fits(changed, fewer):
                    yield from self._named([*policies, *self._left_out],
                                           changed, fewer)

    def _loosenings(self, most: int) -> Iterator[frozenset[int]]:
        """Yield sets of requests whose policy can be loosened.

        Of requests that are equal, the first ones.
        """
        tight = [] if self._cells is None else [
            group for group in fewer_devices.groups(self._asked, self._kept)
            if self._asked[group[0]].numa_policy is not NumaPolicy.PREFERRED]
        for numbers in itertools.product(
                *(range(len(group) + 1) for group in tight)):
            if sum(numbers) <= most:
                yield frozenset(
                    number for group, taken in zip(tight, numbers,
                                                   strict=True)
                    for number in fewer_devices.by_count(
                        self._asked, group)[:taken])

    def _fits(self, requests: list[DeviceRequest],
              fewer: tuple[int, ...]) -> bool:
        left = [dataclasses.replace(request, count=request.count - less)
                for request, less in zip(requests, fewer, strict=True)]
        return decision.can_serve(self._merged(left), self._pools)

    def _merged(self, requests: Sequence[DeviceRequest]) -> demanded.Demands:
        """Merge the requests for any device at all."""
        asking = [position for position, request in enumerate(requests)
                  if request.count]
        return self._accepted.together(demands.Ask(
            requests=tuple(requests[position] for position in asking),
            constraints=tuple(_among(each, asking) for each in self._kept),
            cells=self._cells))

    def _named(self, policies: list[Change], requests: list[DeviceRequest],
               fewer: tuple[int, ...]) -> Iterator[Changes]:
        """Yield the ways to make up for devices that are not there."""
        short = [(request, less) for request, less in zip(
            requests, fewer, strict=True) if less]
        if not any(less and _is_about(self._kept, position)
                   for position, less in enumerate(fewer)):
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


def _selections(constraints: Sequence[SetConstraint],
                ) -> Iterator[tuple[Constraints, Constraints]]:
    """Yield the ways to leave sets out: (left out, kept)."""
    for taken in itertools.product((False, True), repeat=len(constraints)):
        yield (tuple(itertools.compress(constraints, taken)),
               tuple(each for each, gone in zip(constraints, taken,
                                                strict=True) if not gone))


def _is_about(constraints: Constraints, position: int) -> bool:
    return any(position in member for each in constraints
               for member in each.members)


def _among(constraint: SetConstraint,
           asking: Sequence[int]) -> SetConstraint:
    """Return a set on what is left of its requests."""
    return dataclasses.replace(constraint, members=tuple(
        tuple(asking.index(position) for position in member
              if position in asking) for member in constraint.members))


_KINDS: dict[type, int] = {
    LooserPolicy: 0, WithoutSet: 1, MoreDevices: 2, FewerDevices: 3}


def _order(changes: Changes) -> tuple[object, ...]:
    return ([_KINDS[type(change)] for change in changes],
            [change.name for change in changes], repr(changes))
