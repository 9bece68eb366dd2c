# SPDX-License-Identifier: Apache-2.0

"""What hosts that are built alike have, and what each server would change.

A change is found once for equal hosts, and kept as the cards that the server
touches: what those are worth follows from what is known of the cards of a
family, which is learned as hosts are read.
"""

import typing
from collections.abc import Mapping

from nova_pci_ext.matching import cards
from nova_pci_ext.matching import rooms
from nova_pci_ext.matching import score
from nova_pci_ext.matching.card_models import CardModels
from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.matching.touched import NOTHING
from nova_pci_ext.matching.touched import Touched
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.pool import PoolClass

#: Changes that are kept for a stock; clouds have ten to twenty flavors with
#: devices, and Placement may have chosen any of a host's providers.
KINDS = 64


class Value:
    """What a stock is worth, as far as cards are known; by identity.

    :ivar shelves: of all of its cards
    :ivar nothing: the change that no server makes
    """

    __slots__ = ('nothing', 'shelves')

    def __init__(self, shelves: tuple[cards.Shelf, ...]) -> None:
        self.shelves = shelves
        self.nothing = score.compare(shelves, shelves)


class _Score(typing.NamedTuple):
    """The score of a change where there is room for all cards.

    :ivar most: cards of one family that are free before or after it
    """

    value: Value
    shifts: Mapping[PoolClass, int]
    score: int
    most: int


class Outcome:
    """What one server would change of a stock.

    :ivar touched: None where the stock cannot serve it
    :ivar used: when somebody asked last
    """

    __slots__ = ('_change', '_in_room', '_score', 'touched', 'used')

    def __init__(self, touched: Touched | None) -> None:
        self.touched = touched
        self.used = 0
        # Each with what it is of, and put in at once: threads share them.
        self._change: tuple[Value, score.ShelfChange] | None = None
        self._score: _Score | None = None
        # The last room that is too small for all cards, and the score there.
        self._in_room: tuple[_Score, rooms.Room, int] | None = None

    def change(self, value: Value, models: CardModels) -> score.ShelfChange:
        """Return the change of all shelves of a stock that can serve."""
        part = self._part(value, models)
        touched = {free.family for free in part.families}
        return part._replace(families=(*(
            free for free in value.nothing.families
            if free.family not in touched), *part.families))

    def _part(self, value: Value, models: CardModels) -> score.ShelfChange:
        """Return the change of the families that are touched."""
        kept = self._change
        if kept is None or kept[0] is not value:
            kept = self._change = value, _compare(
                self.touched or NOTHING, value, models)
        return kept[1]

    def weigh(self, value: Value, models: CardModels,
              room: rooms.Room | None,
              shifts: Mapping[PoolClass, int]) -> int:
        """Return ``score.score`` of the change.

        :param shifts: are kept, and told from others by identity
        """
        known = self._score
        if (known is None or known.shifts is not shifts
                or known.value is not value):
            change = self.change(value, models)
            known = self._score = _Score(
                value, shifts, score.score(change, None, shifts),
                max((max(free.before, free.after)
                     for free in change.families), default=0))
        if room is None or room.serves(known.most):
            # There is room for all cards of any family: none is stranded.
            return known.score
        kept = self._in_room
        if kept is None or kept[0] is not known or kept[1] != room:
            kept = self._in_room = known, room, score.score(
                self.change(value, models), room, shifts)
        return kept[2]


class Stock:
    """The pools of all hosts that have the same ones; compared by identity.

    :param pools: with numbered providers
    :param models: learn from the pools
    :ivar outcomes: what is kept of each server; ``keep`` adds to it
    """

    __slots__ = ('__weakref__', '_cards', '_families', '_value', 'outcomes',
                 'pools')

    def __init__(self, pools: tuple[Pool, ...], models: CardModels) -> None:
        self.pools = pools
        found = cards.group_cards(pools)
        models.learn(found)
        self._families = frozenset(
            family for card in found for family in card.families)
        # Until the first value is asked for: hosts are read all at first.
        self._cards: tuple[cards.Card, ...] | None = found
        # The step of the models that it is of, put in at once with it.
        self._value: tuple[int, Value] | None = None
        self.outcomes: dict[Demands, Outcome] = {}

    def __len__(self) -> int:
        return len(self.outcomes)

    def value(self, models: CardModels) -> Value:
        """Return what the stock is worth by what is known now."""
        step = models.step
        kept = self._value
        if kept is None or not (
                kept[0] == step or models.is_known(self._families, kept[0])):
            found = self.fresh_value(models)
            self._cards = None
        elif kept[0] == step:
            return kept[1]
        else:
            found = kept[1]
        self._value = step, found
        return found

    def fresh_value(self, models: CardModels) -> Value:
        """Return the same, computed now."""
        found = self._cards
        if found is None:
            found = cards.group_cards(self.pools)
        return Value(cards.fill_shelves(found, models.of))

    def keep(self, wanted: Demands, outcome: Outcome) -> None:
        """Keep an outcome; of too many, those asked for last."""
        while len(self.outcomes) >= KINDS:
            oldest = min(list(self.outcomes.items()),
                         key=lambda item: item[1].used)
            self.outcomes.pop(oldest[0], None)
        self.outcomes[wanted] = outcome


def _compare(touched: Touched, value: Value,
             models: CardModels) -> score.ShelfChange:
    """Compare the shelves of the families that are touched."""
    minus = cards.fill_shelves(touched.before, models.of)
    plus = cards.fill_shelves(touched.after, models.of)
    families = {shelf.family for shelf in (*minus, *plus)}
    before = [shelf for shelf in value.shelves if shelf.family in families]
    return score.compare(before, cards.exchange(before, minus, plus),
                         touched.grouped)
