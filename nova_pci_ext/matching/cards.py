# SPDX-License-Identifier: Apache-2.0

"""What is free of the cards of a host.

A card is a PF with its VFs and vDPA devices, or one device without SR-IOV.
A cloud's GPUs, NIC ports and disks are weighed as cards, so that a port with
64 VFs does not count as 64 GPUs.
"""

import dataclasses
import functools
import typing
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass

# One card.  What is free of a card that is partly used is a part of it,
# rounded down to whole millionths, so that no result depends on the order of
# a sum.
CARD = 1_000_000

# Nova's tag for the netdev name of a VF's PF; other ports of the same make
# have others.
_PARENT_NAME = 'parent_ifname'


class Card(typing.NamedTuple):
    """What is free of one card, or of devices whose card is not known.

    :ivar families: classes of its free children, sorted, of the device itself
        where none is free; see ``family_of``; the first is the card's
    :ivar node: NUMA node, None where the host does not say
    :ivar whole: PFs and devices without SR-IOV that are free; 0 where the PF
        is in use, broken up or never handed out
    :ivar children: VFs and vDPA devices that are free
    """

    families: tuple[PoolClass, ...]
    node: int | None
    whole: int
    children: int


class CardModel(typing.NamedTuple):
    """What is known of the cards of a family.

    A compute publishes what is free, not what there is: the most that was
    ever seen free is the best guess.

    :ivar children: the most VFs and vDPA devices of one card
    :ivar whole: whether a card was ever offered as one device; the PF of the
        others is never handed out
    :ivar useful: what will be used of a card that is partly used, in units of
        ``CARD``, by the number of its children that are free; empty where
        nothing was learned of the servers that come
    """

    children: int
    whole: bool
    useful: tuple[int, ...] = ()


_UNSEEN = CardModel(0, False)


class Shelf(typing.NamedTuple):
    """The free cards of one family on one NUMA node of a host.

    :ivar whole: number of cards of which nothing is in use
    :ivar broken: what is free of cards that are partly used, in units of
        ``CARD``
    :ivar shared: what is free of cards whose PF is never handed out, in units
        of ``CARD``; these are neither whole nor broken
    :ivar useful: what of the broken cards will be used
    """

    family: PoolClass
    node: int | None
    whole: int
    broken: int
    shared: int = 0
    useful: int = 0

    @property
    def free(self) -> int:
        """What is free, in units of ``CARD``."""
        return self.whole * CARD + self.broken + self.shared


@functools.lru_cache(maxsize=65536)
def family_of(kind: PoolClass) -> PoolClass:
    """Return a class without what says where the card is plugged in."""
    return dataclasses.replace(kind, numa_node=None, tags=tuple(
        (name, value) for name, value in kind.tags if name != _PARENT_NAME))


def group_cards(pools: Iterable[Pool]) -> tuple[Card, ...]:
    """Put the pools of each card together; cards with nothing free go."""
    members: dict[str, list[Pool]] = {}
    loose: list[list[Pool]] = []
    for pool in pools:
        if not pool.free:
            continue
        if pool.group is None:
            loose.append([pool])
        else:
            members.setdefault(pool.group, []).append(pool)
    return tuple(map(_card, [*members.values(), *loose]))


def _card(pools: Sequence[Pool]) -> Card:
    children = [pool for pool in pools if pool.kind.dev_type in CHILD_TYPES]
    kinds = sorted((pool.kind for pool in children or pools), key=_kind_key)
    free = sum(pool.free for pool in children)
    return Card(tuple(map(family_of, kinds)), kinds[0].numa_node,
                sum(pool.free for pool in pools) - free, free)


def _kind_key(kind: PoolClass) -> tuple[object, ...]:
    return (kind.dev_type or '', kind.vendor_id, kind.product_id, kind.tags,
            -1 if kind.numa_node is None else kind.numa_node)


def learn_models(models: Mapping[PoolClass, CardModel],
                cards: Iterable[Card]) -> Mapping[PoolClass, CardModel]:
    """Learn from some cards what the cards of their families are like.

    :param models: by family; not changed
    :returns: the same object where nothing was learned
    """
    learned: dict[PoolClass, CardModel] = {}
    for families, _, whole, children in cards:
        for family in families:
            known = learned.get(family) or models.get(family, _UNSEEN)
            card_model = CardModel(max(children, known.children),
                                   known.whole or whole > 0)
            if card_model[:2] != known[:2]:
                learned[family] = card_model
    return {**models, **learned} if learned else models


def fill_shelves(cards: Iterable[Card],
                 models: Mapping[PoolClass, CardModel]) -> tuple[Shelf, ...]:
    """Sum up the cards of each family and NUMA node.

    :param models: of every family
    """
    found: dict[tuple[PoolClass, int | None],
                tuple[int, int, int, int]] = {}
    for (family, *_), node, whole, children in cards:
        card_model = models[family]
        broken = shared = useful = 0
        if not card_model.whole:
            shared = children * CARD // card_model.children
        elif not whole and children < card_model.children:
            broken = children * CARD // card_model.children
            if card_model.useful:
                useful = card_model.useful[children]
        else:
            whole = whole or 1
        had = found.get((family, node), (0, 0, 0, 0))
        found[family, node] = (had[0] + whole, had[1] + broken,
                               had[2] + shared, had[3] + useful)
    return tuple(Shelf(family, node, *sums)
                 for (family, node), sums in found.items())


def exchange(shelves: Iterable[Shelf], minus: Iterable[Shelf],
             plus: Iterable[Shelf]) -> tuple[Shelf, ...]:
    """Return shelves with some cards in the place of others.

    What is free of cards is summed up card by card, so the sums of the cards
    that go can be taken off.

    :param minus: of the cards that go
    :param plus: of those that come
    """
    found: dict[tuple[PoolClass, int | None],
                tuple[int, int, int, int]] = {}
    for sign, each in ((1, shelves), (-1, minus), (1, plus)):
        for family, node, whole, broken, shared, useful in each:
            had = found.get((family, node), (0, 0, 0, 0))
            found[family, node] = (had[0] + sign * whole,
                                   had[1] + sign * broken,
                                   had[2] + sign * shared,
                                   had[3] + sign * useful)
    return tuple(Shelf(family, node, *sums)
                 for (family, node), sums in found.items())
