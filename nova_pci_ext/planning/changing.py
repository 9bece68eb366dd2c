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
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import BANDWIDTH_LEFT

PoolDict = Mapping[str, object]
# How many there are, and what is left of the budget of their PF.
_NO_KEY = ('count', BANDWIDTH_LEFT)


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
              if there[_key(pool)] < before[_key(pool)]}
    found = {_key(pool): dict(pool) for pool in came}
    for pool in gone:
        key = _key(pool)
        more = _count(pool) - before[key]
        if more <= 0 or (pool['dev_type'] == DeviceType.PF
                         and pool.get('address') in broken):
            continue
        known = found.setdefault(key, {**pool, 'count': 0})
        known['count'] = _count(known) + more
    left = _budgets(was, came, gone)
    for each in found.values():
        if each.get('address') in left:
            each[BANDWIDTH_LEFT] = str(left[each['address']])
    return list(found.values())


def _key(pool: PoolDict) -> Hashable:
    return frozenset((name, str(value)) for name, value in pool.items()
                     if name not in _NO_KEY)


def _count(pool: PoolDict) -> int:
    return cast(int, pool['count'])


def _counts(pools: Iterable[PoolDict]) -> collections.Counter[Hashable]:
    found: collections.Counter[Hashable] = collections.Counter()
    for pool in pools:
        found[_key(pool)] += _count(pool)
    return found


def _budgets(was: Iterable[PoolDict], came: Iterable[PoolDict],
             gone: Iterable[PoolDict]) -> dict[object, bandwidth.Budget]:
    """Return what is left of the budget of each PF that has one.

    Of a PF of which nothing was left free, who came may have the whole rest.
    """
    before, there, after = (
        {pool.get('address'): budget for pool in pools
         if (budget := bandwidth.read(str(pool.get(BANDWIDTH_LEFT))))}
        for pools in (was, came, gone))
    return {group: budget._replace(left=max(0, budget.left - (
        before[group].left - (there[group].left if group in there else 0)
        if group in before else 0)))
        for group, budget in after.items()}
