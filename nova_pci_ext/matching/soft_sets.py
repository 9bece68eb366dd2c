# SPDX-License-Identifier: Apache-2.0

"""Sets that nobody asked for, and that are better where they cost nothing.

Ports of one server on one network are safer on PFs of their own, and several
devices of one request work faster in one declared group.  Both give way: to
what was asked, and to whoever comes later and wants a whole PF or group.
"""

from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import rules
from nova_pci_ext.matching import set_groups
from nova_pci_ext.matching.demanded import Demand
from nova_pci_ext.matching.demanded import DemandedSet
from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.matching.leftover import remaining
from nova_pci_ext.model.device_set import PF
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Assignment


def preferred(demands: Demands, pools: Iterable[Pool]) -> Demands | None:
    """Return the demands of one server with the sets that are better.

    :returns: None where there is nothing to prefer, or where the demands are
        those of several servers
    """
    if not demands.is_one_server or max(demands.counts, default=0) < 2:
        return None
    types = sorted({kind for pool in pools
                    for kind, _ in set_groups.groups_of(pool)})
    found = [each for bit, demand in enumerate(demands) if demand.count > 1
             for each in _sets(bit, demand, types)]
    return Demands(demands.demands, sets=found) if found else None


def _sets(bit: int, demand: Demand,
          types: Iterable[str]) -> list[DemandedSet]:
    if any(rules.is_of_port(asked) for asked in demand.want.alternatives):
        return [DemandedSet(SetRule.DISTINCT, PF, (1 << bit,), 0, '')]
    return [DemandedSet(SetRule.GROUP, kind, (1 << bit,), 0, '')
            for kind in types]


def costs_no_more(found: Assignment, plain: Assignment,
                  pools: Sequence[Pool]) -> bool:
    """Whether a choice leaves as much whole as another one does."""
    ours, others = (_left(pools, each) for each in (found, plain))
    return ours[0] >= others[0] and ours[1] >= others[1]


def _left(pools: Sequence[Pool], found: Assignment) -> tuple[int, int]:
    """Return the PFs, and the members of groups, that are left whole."""
    left = remaining(pools, found.takes)
    return (sum(pool.free for pool in left if pool.is_pf),
            set_groups.sizes(set_groups.whole(left)))
