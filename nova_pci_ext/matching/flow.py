# SPDX-License-Identifier: Apache-2.0

"""Can these devices serve these demands?  Yes, or a set that proves no.

Demands and devices form a transportation problem: a demand takes any device
whose mask has the demand's bit.  Devices of one mask are one number, so the
size of the problem does not grow with the host.
"""

from collections.abc import Mapping
from collections.abc import Sequence

#: Default limit of the steps of one decision.
LIMIT = 100_000


class OutOfSteps(Exception):
    """A search has used up its steps."""


class Steps:
    """Counts the effort of a search; one step looks at one demand and mask.

    A flow with n demands and m masks takes at most ``sum(counts) * n * m``
    steps of augmenting, after ``n * m`` of filling: each augmenting search
    looks at each pair once and moves at least one device.

    :param limit: steps that ``spend`` lets pass
    """

    __slots__ = ('limit', 'taken')

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self.taken = 0

    def spend(self, steps: int) -> None:
        """Count some steps.

        :raises OutOfSteps: if the limit is exceeded
        """
        self.taken += steps
        if self.taken > self.limit:
            raise OutOfSteps


def violator(counts: Sequence[int], supply: Mapping[int, int],
             steps: Steps) -> int:
    """Return demands that together need more than can serve any of them.

    Hall's condition: the demands can be served if and only if no such set
    exists.  An augmenting search that fails has visited one.

    :param counts: devices asked by each demand
    :param supply: number of devices by mask of the demands they can serve
    :returns: the set as a mask, 0 when all demands can be served
    """
    left = dict(sorted(supply.items(), key=_particular))
    given: list[dict[int, int]] = [{} for _ in counts]
    for demand, count in enumerate(counts):
        need = _fill(demand, count, left, given, steps)
        while need:
            moved, visited = _augment(demand, need, left, given, steps)
            if not moved:
                return visited
            need -= moved
    return 0


def _particular(item: tuple[int, int]) -> tuple[int, int]:
    # Devices that few demands can use are given first: less to repair.
    return item[0].bit_count(), item[0]


def _fill(demand: int, need: int, left: dict[int, int],
          given: list[dict[int, int]], steps: Steps) -> int:
    bit = 1 << demand
    for mask, free in left.items():
        steps.taken += 1
        if mask & bit and free:
            moved = free if free < need else need
            left[mask] -= moved
            given[demand][mask] = moved
            need -= moved
            if not need:
                break
    return need


def _augment(demand: int, need: int, left: dict[int, int],
             given: list[dict[int, int]], steps: Steps) -> tuple[int, int]:
    """Make room for a demand along one shortest path.

    :returns: devices moved, and the demands that were visited
    """
    came: dict[int, tuple[int, int]] = {}
    visited = 1 << demand
    queue = [demand]
    for current in queue:
        bit = 1 << current
        for mask, free in left.items():
            steps.taken += 1
            if not mask & bit:
                continue
            if free:
                return _move(current, mask, need, came, left, given), visited
            for other, held in enumerate(given):
                if not visited >> other & 1 and held.get(mask):
                    visited |= 1 << other
                    came[other] = current, mask
                    queue.append(other)
    return 0, visited


def _move(last: int, mask: int, need: int, came: dict[int, tuple[int, int]],
          left: dict[int, int], given: list[dict[int, int]]) -> int:
    """Shift devices along the path that ends at a free mask."""
    path = []
    current = last
    moved = min(need, left[mask])
    while current in came:
        taker, through = came[current]
        path.append((current, taker, through))
        moved = min(moved, given[current][through])
        current = taker
    left[mask] -= moved
    given[last][mask] = given[last].get(mask, 0) + moved
    for giver, taker, through in path:
        given[giver][through] -= moved
        given[taker][through] = given[taker].get(through, 0) + moved
    return moved
