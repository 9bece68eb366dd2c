# SPDX-License-Identifier: Apache-2.0

"""How much a placement spoils a host for the servers that come later.

Losses, each in cards (``cards.CARD``), each for one family of cards:

stranded
    Free cards for which the host has too few free vCPUs or too little free
    memory: how many more there are after the placement.  Once it was learned
    what servers ask, by what those with such cards ask, and again by what
    these ask and those without devices on the same hosts.  A shared card,
    whose PF is never handed out, counts a tenth: its VFs never serve one
    server alone, so they wait for no set of vCPUs.
broken
    What is free of cards that are partly used: how much more after the
    placement.  Nobody who asks for a whole card can have it.  What servers
    that ask for parts of cards will probably use of it is left out.
split
    Devices are asked for in sets of 1, 2, 4 or 8, close to each other.  Of n
    whole cards, n mod s serve no set of s; the mean over the four sizes, and
    of those of the host and those of each NUMA node, and how much more after
    the placement.
grouped
    Hosts may declare groups, such as partitions of NVLink: how many devices
    more serve no group of a size, the mean over the sizes of the host.
left
    What is still free after the placement, as a share of all that hosts have
    free of that family.  The last card of a scarce family counts most, and
    so does every card that the server did not ask for.
rest
    What is still free of the families that the server took from.  Where
    nothing else differs, the host that is used up first keeps others whole.

The score is minus their weighted sum, a whole number.  For a host with d
cards that are free or partly free it is from ``-WORST * d * CARD`` to
``WORST * d * CARD``.
"""

import typing
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import Shelf
from nova_pci_ext.matching.rooms import Room
from nova_pci_ext.model.pool import PoolClass

# A card that no server can use any more is lost; the others are worth a part
# of that.  benchmarks/packing.py shows what a change of these does.
STRANDED = 200
STRANDED_SHARED = 20
BROKEN = 100
LEFT = 50
SPLIT = 20
GROUPED = 20
REST = 1
WORST = 2 * STRANDED + BROKEN + LEFT + SPLIT + GROUPED + REST

SET_SIZES = (1, 2, 4, 8)


class Free(typing.NamedTuple):
    """What is free of a family on a host, in units of ``CARD``.

    :ivar shared: whether its PFs are never handed out
    """

    family: PoolClass
    before: int
    after: int
    shared: bool = False


class ShelfChange(typing.NamedTuple):
    """What a placement changes, whatever vCPUs and memory the host has.

    :ivar broken: growth of what is free of broken cards and not useful
    :ivar split: growth of what serves no whole set
    :ivar grouped: growth of what serves no declared group
    """

    families: tuple[Free, ...]
    broken: int
    split: int
    grouped: int = 0


NO_CHANGE = ShelfChange((), 0, 0)


def compare(before: Sequence[Shelf], after: Sequence[Shelf],
            grouped: int = 0) -> ShelfChange:
    """Compare the shelves of a host without and with a server.

    :param grouped: of the change, in units of ``CARD``
    """
    had, has = _free(before), _free(after)
    shared = {shelf.family for shelf in (*before, *after) if shelf.shared}
    return ShelfChange(
        tuple(Free(family, had.get(family, 0), has.get(family, 0),
                   family in shared)
              for family in {**had, **has}),
        sum(shelf.broken - shelf.useful for shelf in after)
        - sum(shelf.broken - shelf.useful for shelf in before),
        _split(after) - _split(before), grouped)


def _free(shelves: Iterable[Shelf]) -> dict[PoolClass, int]:
    total: dict[PoolClass, int] = {}
    for shelf in shelves:
        total[shelf.family] = total.get(shelf.family, 0) + shelf.free
    return total


def _split(shelves: Iterable[Shelf]) -> int:
    """Return what serves no whole set, on the host and on its nodes.

    Whether a set fits is decided by the host; whether it is close, by the
    node.
    """
    nodes = [(shelf.family, shelf.whole) for shelf in shelves]
    hosts: dict[PoolClass, int] = {}
    for family, whole in nodes:
        hosts[family] = hosts.get(family, 0) + whole
    counts = [whole for _, whole in nodes] + list(hosts.values())
    return sum(whole % size for whole in counts
               for size in SET_SIZES) * CARD // (2 * len(SET_SIZES))


def scarcity(changes: Iterable[tuple[ShelfChange, int]],
             ) -> dict[PoolClass, int]:
    """Return by how many bits ``left`` shifts what is free of a family.

    The share of a family is taken of a power of two, the first above all
    free cards: so it changes seldom, and what was scored stays right.

    :param changes: (change, number of hosts that share it)
    """
    total: dict[PoolClass, int] = {}
    for change, hosts in changes:
        for family, free, _, _ in change.families:
            total[family] = total.get(family, 0) + free * hosts
    return shifts(total)


def shifts(total: Mapping[PoolClass, int]) -> dict[PoolClass, int]:
    """Return ``scarcity`` by what is free of each family."""
    return {family: (free // CARD).bit_length()
            for family, free in total.items()}


def score(change: ShelfChange, room: Room | None,
          shifts: Mapping[PoolClass, int]) -> int:
    """Return the score of a placement; higher is better.

    :param room: None leaves ``stranded`` out
    :param shifts: ``scarcity`` of all hosts, this one included
    """
    stranded = left = rest = 0
    for family, before, after, shared in change.families:
        left += after >> shifts.get(family, 0)
        if after != before:
            rest += after
        if room is not None:
            rooms = None
            if room.learned is not None and not shared:
                rooms = room.learned.of(family)
            growth = sum([max(0, after - has) - max(0, before - had)
                          for had, has in rooms or (room[:2],)])
            stranded += growth * (STRANDED_SHARED if shared else STRANDED)
    return -(stranded + BROKEN * change.broken + SPLIT * change.split
             + GROUPED * change.grouped + LEFT * left + REST * rest)
