# SPDX-License-Identifier: Apache-2.0

"""Which cards of a host a server touches, and what is free of them then."""

import typing

from nova_pci_ext.matching import assigning
from nova_pci_ext.matching import cards
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import leftover
from nova_pci_ext.matching import set_groups
from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Shortage


class Touched(typing.NamedTuple):
    """The cards that a server takes devices of, and maybe a few more.

    :ivar before: the cards as they are
    :ivar after: the same with the server; cards with nothing free are gone
    :ivar grouped: growth of what serves no declared group, in units of
        ``cards.CARD``
    """

    before: tuple[cards.Card, ...]
    after: tuple[cards.Card, ...]
    grouped: int = 0


NOTHING = Touched((), ())


def part(wanted: Demands, pools: tuple[Pool, ...]) -> tuple[Pool, ...]:
    """Return the pools of a host that decide which devices a server gets.

    Those are the eligible ones, and all that is in a group with one.  Where
    sets or groups of devices are declared, any pool may matter.
    """
    if wanted.sets or any([pool[5] for pool in pools]):
        return pools
    known, know = wanted.known, wanted.know
    masks = [known.get(id(pool[0])) or know(pool[0]) for pool in pools]
    groups = {pool[1] for pool, (mask, _) in zip(pools, masks, strict=True)
              if mask}
    return tuple([pool for pool in pools if pool[1] in groups])


def touch(wanted: Demands, pools: tuple[Pool, ...],
          limit: int) -> Touched | None:
    """Return what a server touches, None where it cannot be served.

    :param pools: what ``part`` returned
    :param limit: steps of a decision
    """
    if not wanted:
        return NOTHING
    if not decision.can_serve(wanted, pools, limit):
        return None
    found = assigning.assign(wanted, pools, limit)
    if isinstance(found, Shortage):
        return None
    left = leftover.remaining(pools, found.takes)
    # Pools without a group are cards of their own: nothing tells which of
    # them was taken from, and those that were not are equal before and after.
    groups = {take.pool.group for take in found.takes}
    before, after = (cards.group_cards(
        [pool for pool in each if pool.group in groups])
        for each in (pools, left))
    if any([pool.place for pool in pools]):
        return Touched(before, after, int(
            set_groups.broken(pools, left) * cards.CARD))
    return Touched(before, after)
