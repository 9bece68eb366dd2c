# SPDX-License-Identifier: Apache-2.0

"""What an assignment leaves free."""

from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching import bandwidth
from nova_pci_ext.model import device
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Take


def excludes(one: Pool, other: Pool) -> bool:
    """Whether a PF and a child of it, or the other way round."""
    return device.excludes(one.kind.dev_type, other.kind.dev_type)


def remaining(pools: Sequence[Pool],
              takes: Iterable[Take]) -> tuple[Pool, ...]:
    """Return what an assignment leaves free, in the order of the pools.

    :param pools: the sequence that was searched; not changed
    """
    takes = list(takes)
    gone = bandwidth.taken(takes)
    if gone:
        pools = [bandwidth.without(pool, gone) for pool in pools]
    free = [pool.free for pool in pools]
    sources: dict[str, list[Pool]] = {}
    for take in takes:
        free[take.position] -= take.count
        if take.pool.group is not None:
            sources.setdefault(take.pool.group, []).append(take.pool)
    return tuple(
        pool if count == pool.free else pool._replace(free=count)
        for pool, count in zip(pools, free, strict=True)
        if count and not any(
            excludes(source, pool)
            for source in sources.get(pool.group or '', ())))
