# SPDX-License-Identifier: Apache-2.0

"""The free devices of a host that one server came to before another left.

When two servers change places, the one that comes gets devices while the
other one still has its own.  The pools say how many devices are free, and not
which, so what comes back is added to what is left::

    free with the new one, and what is free without the old one and was not

A PF that comes back stays away where the one that came has devices of it.
"""

import collections
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Mapping
from typing import cast

from nova_pci_ext.matching import bandwidth
from nova_pci_ext.matching.pool_keys import pool_key
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import BANDWIDTH_LEFT

PoolDict = Mapping[str, object]


def free_after(was: Iterable[PoolDict], came: Iterable[PoolDict],
               gone: Iterable[PoolDict]) -> list[dict[str, object]]:
    """Return the pools once somebody has come and then others left.

    :param was: pools before, with a ``count`` above 0 each
    :param came: the same host with the server that came
    :param gone: the same without those that leave, had nobody come
    :returns: new dicts, of the same keys
    """
    was, came, gone = (list(each) for each in (was, came, gone))
    before, there = _counts(was), _counts(came)
    broken = {pool.get('address') for pool in was
              if there[pool_key(pool)] < before[pool_key(pool)]}
    more = [(pool, _count(pool)) for pool in came]
    more += [(pool, _count(pool) - before[pool_key(pool)]) for pool in gone
             if not (pool['dev_type'] == DeviceType.PF
                     and pool.get('address') in broken)]
    found: dict[Hashable, dict[str, object]] = {}
    for pool, count in more:
        if count > 0:
            known = found.setdefault(pool_key(pool), {**pool, 'count': 0})
            known['count'] = _count(known) + count
    left = _budgets(was, came, gone)
    for each in found.values():
        if each.get('address') in left:
            each[BANDWIDTH_LEFT] = str(left[each['address']])
    return list(found.values())


def _count(pool: PoolDict) -> int:
    return cast(int, pool['count'])


def _counts(pools: Iterable[PoolDict]) -> collections.Counter[Hashable]:
    found: collections.Counter[Hashable] = collections.Counter()
    for pool in pools:
        found[pool_key(pool)] += _count(pool)
    return found


def _budgets(was: Iterable[PoolDict], came: Iterable[PoolDict],
             gone: Iterable[PoolDict]) -> dict[object, bandwidth.Budget]:
    """Return what is left of the budget of each PF that has one.

    Where no pool of a PF is left, whoever came may have the whole rest.
    """
    before, there, after = (
        {pool.get('address'): budget for pool in pools
         if (budget := bandwidth.read(str(pool.get(BANDWIDTH_LEFT))))}
        for pools in (was, came, gone))
    return {group: budget._replace(left=max(0, budget.left - (
        before[group].left - (there[group].left if group in there else 0)
        if group in before else 0)))
        for group, budget in after.items()}
