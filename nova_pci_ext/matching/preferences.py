# SPDX-License-Identifier: Apache-2.0

"""Which of the devices that fit is taken first.

Preferences come after feasibility: ``assign`` asks for them only to choose
among ways that serve every request.
"""

import typing
from collections.abc import Callable
from collections.abc import Sequence

from nova_pci_ext.matching import rules
from nova_pci_ext.matching import set_groups
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import Pool

Key = Callable[[int], tuple[object, ...]]

# A device that can do less is taken first.
_CAPABLE = {DeviceType.VF: 0, DeviceType.VDPA: 1, DeviceType.PCI: 2,
            DeviceType.PF: 3, None: 4}


def address_key(group: str | None) -> tuple[int, str]:
    """Order addresses as numbers: long domains are high ones."""
    return (len(group), group) if group else (0, '')


def pool_key(pool: Pool) -> tuple[object, ...]:
    """Order pools by address, whatever order they were published in."""
    kind = pool.kind
    return (address_key(pool.group), kind.dev_type or '', kind.vendor_id,
            kind.product_id,
            -1 if kind.numa_node is None else kind.numa_node, kind.tags,
            pool.provider or '', pool.free, pool.addresses, pool.place)


class Whole(typing.NamedTuple):
    """What a host still has whole.

    :ivar pfs: addresses of the PFs that are free, so that none of their VFs
        is used
    :ivar groups: declared groups all of whose devices are free
    """

    pfs: frozenset[str | None]
    groups: frozenset[set_groups.Group] = frozenset()


def whole(pools: Sequence[Pool]) -> Whole:
    """Return what a host with these pools has whole."""
    return Whole(frozenset(pool.group for pool in pools
                           if pool.free and pool.is_pf),
                 set_groups.whole(pools))


def order(want: rules.Want, count: int, pools: Sequence[Pool],
          whole: Whole) -> Key:
    """Return the sort key for positions in ``pools``.

    1. the alternative that is written first; 2. NUMA distance; 3. the type
    that can do less; 4. VFs of a PF that is broken up already, then of an
    untouched PF that has enough of them, then of any; 5. the device that
    breaks the fewest whole groups, by their members; 6. fewer tags that
    nobody asked for; 7. position, which is the order of addresses.

    :param count: devices that are asked
    :param pools: sorted by ``pool_key``
    :param whole: of the host, as the function of this name says
    """
    asked = {key for alternative in want.alternatives
             for key, _ in alternative.tags}

    def key(position: int) -> tuple[object, ...]:
        pool = pools[position]
        breaks = 0
        if pool.group in whole.pfs and not pool.is_pf:
            breaks = 1 if pool.free >= count else 2
        groups = set_groups.sizes(whole.groups.intersection(
            set_groups.groups_of(pool))) if whole.groups else 0
        unasked = sum(1 for name, value in pool.kind.tags
                      if name not in asked and value != 'false')
        return (rules.rank(want, pool.kind),
                rules.numa_distance(want, pool.kind),
                _CAPABLE[pool.kind.dev_type], breaks, groups, unasked,
                position)

    return key
