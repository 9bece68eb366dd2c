# SPDX-License-Identifier: Apache-2.0

"""What is left of the bandwidth budgets of PFs.

A compute publishes with each pool what is left of the budget of its PF
(``device_set.BANDWIDTH_LEFT``).  A request takes the Mbit/s that its flavor
asks for (``Want.bandwidth_mbps``) for each of its devices.

Which PF each of these devices comes from is one more choice of the search for
device sets (``set_search``): the unit is the PF, and a PF can be chosen while
it has enough left.  With all of them chosen no budget is overspent, and the
rest is the plain decision, so the search stays exact.  A PF that is given out
whole has its budget to itself, for its VFs are not to be had then.

A device of whose PF no budget is known serves no such request: bandwidth that
nobody has counted cannot be promised.
"""

import functools
import re
import typing
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.model.device_set import BANDWIDTH_LEFT
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Take

#: As it is published: what is left, and the budget.
_FORM = re.compile('([0-9]{1,9})/([0-9]{1,9})')


class Budget(typing.NamedTuple):
    """The bandwidth of one PF, in Mbit/s."""

    left: int
    whole: int

    def __str__(self) -> str:
        """Write it as it is published."""
        return f'{self.left}/{self.whole}'


@functools.lru_cache(maxsize=4096)
def read(text: str) -> Budget | None:
    """Read what is published of a budget; None for any other text."""
    found = _FORM.fullmatch(text)
    return found and Budget(int(found[1]), int(found[2]))


def of_pool(pool: Pool) -> Budget | None:
    """Return the budget of the PF of a pool, None where none is known."""
    if pool.group is not None:
        for key, value in pool.place:
            if key == BANDWIDTH_LEFT:
                return read(value)
    return None


def left(pool: Pool) -> int:
    """Return what is left of the budget of a pool's PF."""
    found = of_pool(pool)
    return found.left if found else 0


def whole(pool: Pool) -> int:
    """Return the budget of a pool's PF, whatever is left of it."""
    found = of_pool(pool)
    return found.whole if found else 0


def left_of(pools: Iterable[Pool]) -> dict[str, int]:
    """Return what each PF with a budget has left.

    Pools of one PF say the same; were it otherwise, the least would count.
    """
    found: dict[str, int] = {}
    for pool in pools:
        budget = of_pool(pool)
        if budget is not None and pool.group is not None:
            found[pool.group] = min(budget.left,
                                    found.get(pool.group, budget.left))
    return found


def taken(takes: Iterable[Take]) -> dict[str | None, int]:
    """Return what an assignment takes of the budget of each PF."""
    found: dict[str | None, int] = {}
    for take in takes:
        if take.bandwidth_mbps:
            group = take.pool.group
            found[group] = (found.get(group, 0)
                            + take.count * take.bandwidth_mbps)
    return found


def less(text: str, mbps: int) -> str:
    """Return what is published of a budget once more of it is taken."""
    found = read(text)
    return text if found is None else str(
        found._replace(left=max(0, found.left - mbps)))


def without(pool: Pool, gone: Mapping[str | None, int]) -> Pool:
    """Return a pool with less left of the budget of its PF.

    :param gone: what ``taken`` returned
    """
    mbps = gone.get(pool.group)
    return pool if not mbps else pool._replace(place=tuple(
        (key, less(value, mbps) if key == BANDWIDTH_LEFT else value)
        for key, value in pool.place))
