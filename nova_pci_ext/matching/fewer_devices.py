# SPDX-License-Identifier: Apache-2.0

"""The ways to ask for fewer devices, and how many are missing at least.

Requests that no decision can tell apart are one group, so that only how many
fewer each group asks for is tried.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.request import DeviceRequest

#: Demands of which every set is looked at, before anything is decided.
_FEW = 6

Constraints = tuple[SetConstraint, ...]
#: Requests that no decision can tell apart, as numbers of them.
Group = list[int]


def groups(requests: Sequence[DeviceRequest],
           constraints: Constraints) -> list[Group]:
    """Put requests together that differ in name and count only.

    Those that the same sets are about, in the same place.
    """
    found: dict[object, Group] = {}
    for number, request in enumerate(requests):
        places = tuple(number in member for each in constraints
                       for member in each.members)
        key = frozenset(request.alternatives), request.numa_policy, places
        found.setdefault(key, []).append(number)
    return list(found.values())


def by_count(requests: Sequence[DeviceRequest], group: Group) -> Group:
    """Return a group, the requests for many devices first."""
    return sorted(group, key=lambda number: -requests[number].count)


def ways(requests: Sequence[DeviceRequest], number: int,
         constraints: Constraints, least: Sequence[int],
         ) -> Iterator[tuple[int, ...]]:
    """Yield the ways to ask for a number of devices less.

    Only how many fewer each group asks for decides; its last requests give
    way first.

    :param least: of each group, how many fewer it has to ask for at least
    :returns: how many fewer each request asks for
    """
    grouped = groups(requests, constraints)
    sums = [sum(requests[each].count for each in group) for group in grouped]
    for shares in _compositions(number, least, sums):
        fewer = [0] * len(requests)
        for group, share in zip(grouped, shares, strict=True):
            for each in reversed(group):
                fewer[each] = min(share, requests[each].count)
                share -= fewer[each]
        yield tuple(fewer)


def _compositions(number: int, least: Sequence[int], most: Sequence[int],
                  ) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write a number as a sum, each term within limits."""
    if not sum(least) <= number <= sum(most):
        return
    if not most:
        yield ()
        return
    for first in range(least[0], min(number, most[0]) + 1):
        for rest in _compositions(number - first, least[1:], most[1:]):
            yield first, *rest


def missing(counts: Sequence[int], free: Mapping[int, int]) -> int:
    """Return how many devices some demands lack together, at least.

    Of any set of demands, what it asks beyond the devices that serve any of
    it.  Of many demands only all of them and each alone are looked at.

    :param free: devices by the demands that they serve
    """
    every = (1 << len(counts)) - 1
    sets = (range(1, every + 1) if len(counts) <= _FEW
            else [every, *(1 << bit for bit in range(len(counts)))])
    return max(_asked_of(counts, chosen) - sum(
        number for mask, number in free.items() if mask & chosen)
        for chosen in (0, *sets))


def _asked_of(counts: Sequence[int], chosen: int) -> int:
    return sum(count for bit, count in enumerate(counts) if chosen >> bit & 1)
