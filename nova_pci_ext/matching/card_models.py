# SPDX-License-Identifier: Apache-2.0

"""What this process has learned of the cards of each family."""

import contextlib
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.matching import cards
from nova_pci_ext.model.pool import PoolClass

Guard = contextlib.AbstractContextManager[object]
#: Of what one thread has for itself.
ALONE: Guard = contextlib.nullcontext()


class CardModels:
    """What cards are like, and when that was learned.

    Each time that something is learned counts as a step, so that whoever
    keeps what follows from it can tell whether it still does.

    :param guard: lets one thread at a time learn, where threads share one
    :ivar of: ``CardModel`` by family; never changed in place
    :ivar step: how often something was learned
    """

    def __init__(self, guard: Guard = ALONE) -> None:
        self.of: Mapping[PoolClass, cards.CardModel] = {}
        self.step = 0
        self._learned: dict[PoolClass, int] = {}
        self._guard = guard

    def learn(self, found: Iterable[cards.Card]) -> None:
        """Learn from the cards of a host."""
        with self._guard:
            self._set(cards.learn_models(self.of, found))

    def teach(self, draw: Callable[[Mapping[PoolClass, cards.CardModel]],
                                   Mapping[PoolClass, tuple[int, ...]]],
              ) -> None:
        """Learn what of broken cards will be used.

        :param draw: returns that by family, for models that stay meanwhile
        """
        with self._guard:
            learned = {family: self.of[family]._replace(useful=each)
                       for family, each in draw(self.of).items()
                       if self.of[family].useful != each}
            if learned:
                self._set({**self.of, **learned})

    def _set(self, models: Mapping[PoolClass, cards.CardModel]) -> None:
        if models is self.of:
            return
        step = self.step + 1
        for family, model in models.items():
            if self.of.get(family) != model:
                self._learned[family] = step
        self.of = models
        self.step = step

    def is_known(self, families: Iterable[PoolClass], step: int) -> bool:
        """Whether nothing was learned of some families since a step."""
        return all(self._learned.get(family, 0) <= step
                   for family in families)
