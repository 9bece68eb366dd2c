# SPDX-License-Identifier: Apache-2.0

"""Published pools that cannot be read.

The rows come from other services, of any age.  A pool that cannot be read is
not a pool, whoever looks at it: filter, statistics and weigher leave out the
same ones.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from nova_pci_ext.novaobj import protocols

#: Keys of a pool that Nova keeps beside its tags: a tag of this name would
#: replace the field in Nova's dict of the pool.
FIELDS = frozenset({'count', 'devices', 'numa_node', 'product_id',
                    'vendor_id'})
_NEEDED = ('vendor_id', 'product_id', 'count', 'tags')


def readable(pools: Sequence[protocols.PciDevicePool],
             ) -> list[protocols.PciDevicePool]:
    """Return the pools that can be read, in their order.

    Old computes publish no NUMA node; theirs is unknown, and is set here.
    """
    found = []
    for pool in pools:
        if fault(pool) is None:
            if 'numa_node' not in pool:
                pool._obj_numa_node = None
            found.append(pool)
    return found


def readable_dicts(pools: Iterable[Mapping[str, Any]],
                   ) -> list[Mapping[str, Any]]:
    """Return the readable ones of the pools of Nova's own statistics."""
    return [pool for pool in pools
            if isinstance(pool.get('count'), int) and pool['count'] >= 0]


def fault(pool: protocols.PciDevicePool) -> str | None:
    """Say why a pool cannot be read, None if it can."""
    if not any(name in pool for name in _NEEDED):
        return 'Nova cannot read it'
    for name in _NEEDED:
        if name not in pool:
            return f'it has no {name}'
    if pool._obj_count < 0:
        return f'its count is {pool._obj_count}'
    for name in pool._obj_tags:
        if name in FIELDS:
            return f'it has a tag named {name}'
    return None
