# SPDX-License-Identifier: Apache-2.0

"""Which devices each request gets, where ``decision`` says that all can.

The choice does not depend on the order of requests or pools.  Demand after
demand takes from its preferred pools what the others can spare, which is
decided again: at most ``log2(d) + 1`` times, with d devices asked, for each
pool that a demand can use, and not at all where no two demands share a pool.
"""

from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.matching import branches
from nova_pci_ext.matching import flow
from nova_pci_ext.matching import leftover
from nova_pci_ext.matching import preferences
from nova_pci_ext.matching import refusal
from nova_pci_ext.matching import set_search
from nova_pci_ext.matching import set_table
from nova_pci_ext.matching import soft_sets
from nova_pci_ext.matching import supply
from nova_pci_ext.matching.demanded import Demand
from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Take
from nova_pci_ext.model.verdict import Verdict


def assign(demands: Demands, pools: Sequence[Pool],
           limit: int = flow.LIMIT) -> Verdict:
    """Choose devices by preference; ``decide`` said that there are some.

    The sets choose their values first, the preferred ones that serve all.
    Then demand after demand takes from its preferred pool as many devices as
    leave the rest of the problem solvable.  The rest stays solvable with
    fewer devices taken, so the number is found by halving.

    :param limit: steps of each of these decisions
    :returns: a shortage where one of them is given up
    """
    try:
        if demands.sets:
            found = _assign_sets(demands, pools, limit)
            assert found is not None
            if demands.asked_sets:
                return found
            plain = found
        else:
            plain = _assignment(demands, pools,
                                supply.pool_masks(demands, pools), limit)
    except flow.OutOfSteps:
        return refusal.given_up(demands, limit)
    preferred = soft_sets.preferred(demands, pools)
    return plain if preferred is None else (
        _better(preferred, plain, pools, limit) or plain)


def _assign_sets(demands: Demands, pools: Sequence[Pool],
                 limit: int) -> Assignment | None:
    """Choose devices that make the sets, None if there are none."""
    search = set_search.SetSearch(set_table.SetTable(demands, pools),
                                  flow.Steps(limit))
    found = search.run()
    return None if found is None else _assignment(
        set_search.demanded(search.table, found), pools,
        set_search.pool_masks(search, found, len(pools)), limit)


def _better(preferred: Demands, plain: Assignment, pools: Sequence[Pool],
            limit: int) -> Assignment | None:
    """Choose devices that make preferred sets, None if that costs more."""
    try:
        found = _assign_sets(preferred, pools, limit)
    except flow.OutOfSteps:
        return None
    return found if found is not None and soft_sets.costs_no_more(
        preferred, found, plain, pools) else None


def _assignment(demands: Sequence[Demand], pools: Sequence[Pool],
                masks: Sequence[int], limit: int) -> Assignment:
    """Hand out devices, demand after demand.

    :param masks: which demands each pool can serve
    """
    useful = sorted((number for number, mask in enumerate(masks) if mask),
                    key=lambda number: preferences.pool_key(pools[number]))
    table = _Table([demand.count for demand in demands],
                   [pools[number] for number in useful],
                   [masks[number] for number in useful], limit)
    whole = preferences.whole(pools)
    takes: list[Take] = []
    for bit, demand in enumerate(demands):
        given: list[tuple[int, int]] = []
        key = preferences.order(demand.want, demand.count, table.pools,
                                whole)
        # The pools cannot run out before the demand is served.
        positions = iter(sorted(table.eligible(bit), key=key))
        while not table.served(bit):
            position = next(positions)
            taken = table.take(bit, position)
            if taken:
                given.append((useful[position], taken))
        takes += _share_out(demand, given, pools)
    takes.sort(key=lambda take: (take.request_id or '', take.name))
    return Assignment(takes=tuple(takes), steps=table.steps)


class _Table:
    """What is left of demands and pools while devices are taken."""

    def __init__(self, counts: list[int], pools: list[Pool],
                 masks: list[int], limit: int) -> None:
        self.pools = pools
        self.steps = 0
        self._limit = limit
        self._need = counts
        self._masks = masks
        self._free = [pool.free for pool in pools]
        self._groups: dict[str, list[int]] = {}
        for position, pool in enumerate(pools):
            if pool.group is not None:
                self._groups.setdefault(pool.group, []).append(position)
        found = supply.tally(pools, self._masks, self._free)
        # No two demands compete: whatever one takes harms no other.
        self._apart = not found.contested and not any(
            mask & (mask - 1) for mask in found.loose)

    def eligible(self, bit: int) -> list[int]:
        """Return the positions of the pools that can serve a demand."""
        return [position for position, mask in enumerate(self._masks)
                if mask >> bit & 1]

    def served(self, bit: int) -> bool:
        """Whether a demand has all its devices."""
        return not self._need[bit]

    def take(self, bit: int, position: int) -> int:
        """Take as many devices as the others can spare; return how many."""
        most = min(self._need[bit], self._free[position])
        least = 0
        if not most or self._apart or self._solvable(bit, position, most):
            least = most
        else:
            while most - least > 1:
                middle = (least + most) // 2
                if self._solvable(bit, position, middle):
                    least = middle
                else:
                    most = middle
        if least:
            self._need[bit] -= least
            self._take_out(self._free, position, least)
        return least

    def _solvable(self, bit: int, position: int, taken: int) -> bool:
        need = list(self._need)
        need[bit] -= taken
        free = list(self._free)
        self._take_out(free, position, taken)
        steps = flow.Steps(self._limit)
        refused = branches.refusals(
            need, supply.tally(self.pools, self._masks, free), steps)
        self.steps += steps.taken
        return not refused

    def _take_out(self, free: list[int], position: int, taken: int) -> None:
        """Take devices from one pool, and all that they exclude."""
        free[position] -= taken
        source = self.pools[position]
        if source.group is not None:
            for number in self._groups[source.group]:
                if leftover.excludes(source, self.pools[number]):
                    free[number] = 0


def _share_out(demand: Demand, given: list[tuple[int, int]],
               pools: Sequence[Pool]) -> Iterator[Take]:
    """Hand the devices of a demand to its requests, in order of their ids.

    :param given: (position of a pool, devices taken from it)
    """
    left = list(given)
    for share in demand.shares:
        need = share.count
        while need:
            number, free = left[0]
            count = min(need, free)
            yield Take(request_id=share.request_id, name=share.name,
                       pool=pools[number], count=count, position=number,
                       bandwidth_mbps=demand.want.bandwidth_mbps)
            need -= count
            left[0] = number, free - count
            if free == count:
                del left[0]
