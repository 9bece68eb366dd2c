# SPDX-License-Identifier: Apache-2.0

"""What servers were seen to ask, and what follows for the hosts.

Whether the rest of a card is of use, and how many vCPUs and how much memory a
card needs, depends on the servers that come.  Those that came are the best
guess.  A lesson is drawn when twice as many servers were seen as at the last
one, 16 at first, and so seldom; at 4,096 each of them counts half from then
on.
"""

import collections
import dataclasses
import math
import typing
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.matching import cards
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import CardModel
from nova_pci_ext.matching.rooms import Need
from nova_pci_ext.matching.touched import Touched
from nova_pci_ext.model.pool import PoolClass

FIRST = 16
LAST = 1 << 12
# Of so many servers of a family, one finds any rest of a card lost.
NEVER = 100
# What is left of the servers of a family that nobody asks for any more.
FORGOTTEN = 1 / LAST


class Asked(typing.NamedTuple):
    """What one server takes of a family.

    :ivar cards: in units of ``CARD``
    :ivar part: VFs and vDPA devices of one card, 0 where it takes whole cards
    """

    cards: int
    part: int


def asked(touched: Touched, models: Mapping[PoolClass, CardModel],
          ) -> dict[PoolClass, Asked]:
    """Return what a server takes of each family that has whole cards."""
    free: collections.Counter[PoolClass] = collections.Counter()
    parts: collections.Counter[PoolClass] = collections.Counter()
    # A card of which one kind is used up begins with another one.
    own = {family: card.families[0] for card in touched.before
           for family in card.families}
    after = [card._replace(families=(
        own.get(card.families[0], card.families[0]),))
        for card in touched.after]
    for sign, each in ((1, touched.before), (-1, after)):
        for card in each:
            parts[card.families[0]] += sign * card.children
        for shelf in cards.fill_shelves(each, models):
            free[shelf.family] += sign * shelf.free
    number = collections.Counter(card.families[0] for card in touched.before)
    found = {}
    for family, taken in free.items():
        model = models[family]
        if model.whole and taken > 0 and number[family]:
            part = -(-parts[family] // number[family])
            found[family] = Asked(
                taken, part if 0 < part < model.children else 0)
    return found


@dataclasses.dataclass(slots=True)
class _Family:
    """Sums over the servers that could take of a family."""

    servers: float = 0
    cards: float = 0
    vcpus: float = 0
    memory_mb: float = 0
    parts: dict[int, float] = dataclasses.field(default_factory=dict)

    def halve(self) -> None:
        self.servers /= 2
        self.cards /= 2
        self.vcpus /= 2
        self.memory_mb /= 2
        self.parts = {part: times / 2 for part, times in self.parts.items()}


class Taken:
    """What a server takes of each family, as hosts were searched for it.

    Threads may share one: at worst something is added once more, later.

    :ivar of: by family; another object after each addition
    """

    def __init__(self) -> None:
        self.of: Mapping[PoolClass, Asked] = {}

    def add(self, found: Mapping[PoolClass, Asked]) -> None:
        """Add what it takes of one host."""
        if any(self.of.get(family) != each for family, each in found.items()):
            self.of = together([self.of, found])


class Lessons:
    """Learns from servers, one after the other, of one thread at a time.

    :ivar needs: of the families that were asked for; another object after
        each lesson, never changed in place
    """

    def __init__(self) -> None:
        self.needs: Mapping[PoolClass, tuple[Need, ...]] = {}
        self._families: dict[PoolClass, _Family] = {}
        self._others = _Family()
        self._seen = 0
        self._next = FIRST

    def see(self, wanted: Mapping[PoolClass, Asked], vcpus: int,
            memory_mb: int, *, beside_cards: bool) -> bool:
        """Learn from one server; return whether a lesson is due.

        :param wanted: what it would take of each family that could serve it
        :param beside_cards: whether it asks for no devices, and its best
            host has free cards: such servers share the vCPUs and memory of
            cards
        """
        for family, (taken, part) in wanted.items():
            found = self._families.setdefault(family, _Family())
            found.servers += 1
            found.cards += taken / CARD
            found.vcpus += vcpus
            found.memory_mb += memory_mb
            if part:
                found.parts[part] = found.parts.get(part, 0) + 1
        others = self._others
        if wanted:
            others.cards += max(each.cards for each in wanted.values()) / CARD
        elif beside_cards:
            others.vcpus += vcpus
            others.memory_mb += memory_mb
        self._seen += 1
        return self._seen >= self._next

    def draw(self, models: Mapping[PoolClass, CardModel],
             ) -> dict[PoolClass, tuple[int, ...]]:
        """Draw a lesson: set ``needs``.

        :returns: ``CardModel.useful`` of the families that were asked for
        """
        others = self._others
        cards_ = others.cards or 1
        self.needs = {
            family: (Need(each.vcpus / each.cards,
                          each.memory_mb / each.cards),
                     Need(each.vcpus / each.cards + others.vcpus / cards_,
                          each.memory_mb / each.cards
                          + others.memory_mb / cards_))
            for family, each in self._families.items()
            if each.vcpus and each.memory_mb}
        found = {family: useful(models[family].children, each.parts,
                                each.servers)
                 for family, each in self._families.items()
                 if family in models}
        if self._seen >= LAST:
            for each in (others, *self._families.values()):
                each.halve()
            self._families = {
                family: each for family, each in self._families.items()
                if each.servers >= FORGOTTEN}
            self._seen //= 2
        self._next = 2 * self._seen
        return found


def useful(children: int, parts: Mapping[int, float],
           servers: float) -> tuple[int, ...]:
    """Return what will be used of the rest of a card, by what is free of it.

    A rest of n waits for a server that takes at most n, and then for one that
    takes at most what that one leaves.

    :param children: VFs and vDPA devices of one card
    :param parts: how many servers asked for so many of one card
    :param servers: how many asked for any devices of the family
    :returns: in units of ``CARD``, from none free to all but one; nothing
        where no server asked for a part
    """
    if not any(parts.values()):
        return ()
    never = servers / NEVER + 1
    used = [0.0]
    for free in range(1, children):
        fit = [(part, times) for part, times in sorted(parts.items())
               if part <= free]
        used.append(math.fsum(times * (part + used[free - part])
                              for part, times in fit)
                    / (math.fsum(times for _, times in fit) + never))
    return tuple([int(each * CARD / children) for each in used])


def together(found: Iterable[Mapping[PoolClass, Asked]],
             ) -> dict[PoolClass, Asked]:
    """Return what a server takes of each family, of any hosts.

    Of a host with rests of cards it may take less of each than it asks of one
    card; so the most of one card counts, in whatever order hosts come.
    """
    taken: dict[PoolClass, Asked] = {}
    for one in found:
        for family, each in one.items():
            known = taken.get(family)
            if known is None or _rank(each) > _rank(known):
                taken[family] = each
    return taken


def _rank(each: Asked) -> tuple[float, int]:
    """Order what is asked by what is asked of one card, of all of it last."""
    return each.part or math.inf, each.cards
