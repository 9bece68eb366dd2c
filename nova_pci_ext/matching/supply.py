# SPDX-License-Identifier: Apache-2.0

"""What the pools of a host have for some demands, as a few numbers."""

import typing
from collections.abc import Iterable
from collections.abc import Sequence

from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.pool import Pool


class ContestedGroup(typing.NamedTuple):
    """A group whose PF and whose VFs both serve somebody.

    Only one side can be given out.  Everything else is not a conflict and
    needs no thought.

    :ivar group: address of the PF
    :ivar pf: (mask, number of devices), sorted
    :ivar vfs: (mask, number of devices) of VFs and vDPA devices, sorted
    """

    group: str
    pf: tuple[tuple[int, int], ...]
    vfs: tuple[tuple[int, int], ...]


class Supply(typing.NamedTuple):
    """Devices by the demands they can serve.

    :ivar loose: number of devices by mask
    :ivar contested: sorted by group
    """

    loose: dict[int, int]
    contested: tuple[ContestedGroup, ...] = ()


def count(demands: Demands, pools: Sequence[Pool]) -> Supply:
    """Return ``tally`` of pools of which nothing is taken yet.

    Every pool of every host passes through this loop.
    """
    known, at_provider = demands.known, demands.at_provider
    loose: dict[int, int] = {}
    sides = 0
    for pool in pools:
        mask, side = known.get(id(pool[0])) or demands.know(pool[0])
        if mask and at_provider:
            mask &= demands.anywhere | at_provider.get(pool[2], 0)
        if mask and pool[3]:
            loose[mask] = loose.get(mask, 0) + pool[3]
            sides |= side
    if sides != 3:
        return Supply(loose)
    return tally(pools, pool_masks(demands, pools),
                 [pool.free for pool in pools])


def pool_masks(demands: Demands, pools: Iterable[Pool]) -> list[int]:
    """Return which demands each pool can serve, free devices or not."""
    anywhere, at_provider = demands.anywhere, demands.at_provider
    known, know = demands.known, demands.know
    if not at_provider:
        return [(known.get(id(pool[0])) or know(pool[0]))[0]
                for pool in pools]
    return [mask and mask & (anywhere | at_provider.get(pool[2], 0))
            for pool in pools
            for mask, _ in (known.get(id(pool[0])) or know(pool[0]),)]


def tally(pools: Sequence[Pool], masks: Sequence[int],
          free: Sequence[int]) -> Supply:
    """Count devices by mask, and find the groups that must choose a side.

    :param masks: of each pool
    :param free: devices of each pool that may still be given
    """
    loose: dict[int, int] = {}
    parents: dict[str, list[tuple[int, int]]] = {}
    has_children = False
    for pool, mask, count in zip(pools, masks, free, strict=True):
        if mask and count:
            loose[mask] = loose.get(mask, 0) + count
            dev_type = pool[0].dev_type
            if dev_type is DeviceType.PF:
                if pool.group is not None:
                    parents.setdefault(pool.group, []).append((mask, count))
            elif dev_type in CHILD_TYPES:
                has_children = True
    if not parents or not has_children:
        return Supply(loose)
    return _apart(loose, parents, pools, masks, free)


def _apart(loose: dict[int, int],
           parents: dict[str, list[tuple[int, int]]],
           pools: Sequence[Pool], masks: Sequence[int],
           free: Sequence[int]) -> Supply:
    """Take the groups with two useful sides out of the loose devices."""
    children: dict[str, dict[int, int]] = {}
    for pool, mask, count in zip(pools, masks, free, strict=True):
        group = pool.group
        if (mask and count and group is not None and group in parents
                and pool.kind.dev_type in CHILD_TYPES):
            found = children.setdefault(group, {})
            found[mask] = found.get(mask, 0) + count
    contested = []
    for group, sides in sorted(children.items()):
        contest = ContestedGroup(group, tuple(sorted(parents[group])),
                    tuple(sorted(sides.items())))
        for mask, count in contest.pf + contest.vfs:
            loose[mask] -= count
        contested.append(contest)
    return Supply({mask: count for mask, count in loose.items() if count},
                  tuple(contested))
