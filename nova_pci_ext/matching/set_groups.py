# SPDX-License-Identifier: Apache-2.0

"""Groups of devices that a host declares, and what of them is whole.

Groups overlap: a pair is a part of a quad.  A group is whole while all its
members are free, and taking a device breaks every whole group that it is in.
"""

import functools
from collections.abc import Iterable

from nova_pci_ext.matching import set_values
from nova_pci_ext.model.device_set import GROUP_TAG
from nova_pci_ext.model.pool import Pool

#: Type of a group, and its ``name:size``.
Group = tuple[str, str]


def groups_of(pool: Pool) -> tuple[Group, ...]:
    """Return the groups, of any type, that a pool's devices are in."""
    return _groups_of(pool.place) if pool.place else ()


@functools.lru_cache(maxsize=4096)
def _groups_of(place: tuple[tuple[str, str], ...]) -> tuple[Group, ...]:
    return tuple(
        (key.removeprefix(GROUP_TAG), name) for key, text in place
        if key.startswith(GROUP_TAG) for name in set_values.read_groups(text))


def free(pools: Iterable[Pool]) -> dict[Group, int]:
    """Count the free devices of each group that has any."""
    found: dict[Group, int] = {}
    for pool in pools:
        if pool.place and pool.free:
            for group in groups_of(pool):
                found[group] = found.get(group, 0) + pool.free
    return found


def size(name: str) -> int:
    """Return how many members a group has, free or not."""
    return set_values.size(name)


def whole(pools: Iterable[Pool]) -> frozenset[Group]:
    """Return the groups all of whose members are free."""
    return frozenset(group for group, count in free(pools).items()
                     if count >= set_values.size(group[1]))


def sizes(groups: Iterable[Group]) -> int:
    """Return how many members some groups have, each counted by itself."""
    return sum(set_values.size(name) for _, name in groups)


def broken(before: Iterable[Pool], after: Iterable[Pool]) -> float:
    """Return how many devices more serve no group of a size, on average.

    Of each size, the members of the groups that are no longer whole, without
    those that were taken; the mean over the sizes that the host has.

    :param before: the pools of a host
    :param after: the same with a server on it
    """
    before, after = list(before), list(after)
    had = whole(before)
    if not had:
        return 0.0
    lost = had - whole(after)
    by_size: dict[tuple[str, int], int] = {
        (kind, set_values.size(name)): 0 for kind, name in had}
    for kind, name in lost:
        size = set_values.size(name)
        by_size[kind, size] += size
    taken = {kind: _free(before, kind) - _free(after, kind)
             for kind, _ in by_size}
    return sum(max(0, members - taken[kind])
               for (kind, _), members in by_size.items()) / len(by_size)


def _free(pools: Iterable[Pool], kind: str) -> int:
    return sum(pool.free for pool in pools
               if any(found == kind for found, _ in groups_of(pool)))
