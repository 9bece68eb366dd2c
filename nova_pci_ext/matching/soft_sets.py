# SPDX-License-Identifier: Apache-2.0

"""Sets that nobody asked for, and that are better where they cost nothing.

Ports of one server on one network are safer on PFs of their own, and several
devices of one request work faster in one declared group.  Both give way: to
what was asked, and to whoever comes later and wants a whole PF or group.
"""

from collections.abc import Iterable
from collections.abc import Mapping
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
    free = set_groups.free(pools)
    types = sorted({kind for kind, _ in free})
    found = [each for bit, demand in enumerate(demands) if demand.count > 1
             for each in _sets(bit, demand, types)]
    # Where one of them cannot be, none is preferred: what would choose their
    # values looks at all of them, and at every device.
    if not found or not all(_can_be(each, demands, free) for each in found):
        return None
    # What is taken of budgets is not a preference, and comes last.
    return demands.with_sets([*found, *demands.sets])


def _can_be(wanted: DemandedSet, demands: Demands,
            free: Mapping[set_groups.Group, int]) -> bool:
    """Whether some group has the size that is asked for, and all of it."""
    if wanted.rule is not SetRule.GROUP:
        return True
    count = demands.counts[wanted.mask.bit_length() - 1]
    return any(kind == wanted.attribute and number >= count
               and set_groups.size(name) == count
               for (kind, name), number in free.items())


def _sets(bit: int, demand: Demand,
          types: Iterable[str]) -> list[DemandedSet]:
    if any(rules.is_of_port(asked) for asked in demand.want.alternatives):
        return [DemandedSet(SetRule.DISTINCT, PF, (1 << bit,), 0, '')]
    return [DemandedSet(SetRule.GROUP, kind, (1 << bit,), 0, '')
            for kind in types]


def costs_no_more(demands: Demands, found: Assignment, plain: Assignment,
                  pools: Sequence[Pool]) -> bool:
    """Whether a choice is as good as another one, and leaves as much whole."""
    ours, others = (_left(pools, each) for each in (found, plain))
    far, least = (_far(demands, each) for each in (found, plain))
    return (ours[0] >= others[0] and ours[1] >= others[1]
            and far[0] <= least[0] and far[1] <= least[1])


def _far(demands: Demands, found: Assignment) -> tuple[int, int]:
    """Sum up how late alternatives are written, and how far devices are.

    Both are preferences that somebody wrote down, so they come first.
    """
    wants = {(share.request_id, share.name): demand.want
             for demand in demands for share in demand.shares}
    each = [(wants[take.request_id, take.name], take) for take in found.takes]
    return (sum(take.count * rules.rank(want, take.pool.kind)
                for want, take in each),
            sum(take.count * (rules.numa_distance(want, take.pool.kind) or 0)
                for want, take in each))


def _left(pools: Sequence[Pool], found: Assignment) -> tuple[int, int]:
    """Return the PFs, and the members of groups, that are left whole."""
    left = remaining(pools, found.takes)
    return (sum(pool.free for pool in left if pool.is_pf),
            set_groups.sizes(set_groups.whole(left)))
