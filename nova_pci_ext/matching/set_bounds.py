# SPDX-License-Identifier: Apache-2.0

"""Sets for which there are too few values, by counting."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.matching import flow
from nova_pci_ext.matching.set_branch import ELSEWHERE
from nova_pci_ext.matching.set_branch import Part
from nova_pci_ext.matching.set_branch import SetBranch
from nova_pci_ext.matching.set_branch import SetRefusal
from nova_pci_ext.matching.set_table import bits
from nova_pci_ext.matching.set_table import SetTable
from nova_pci_ext.model.device_set import SetRule


class SetBounds:
    """Counts values before any is chosen."""

    def __init__(self, table: SetTable, steps: flow.Steps) -> None:
        self._table = table
        self._steps = steps

    def short(self, branch: SetBranch, number: int) -> SetRefusal | None:
        """Refuse a set for which there are too few values."""
        waiting = [part for part in branch.parts
                   if self._table.is_open(part, number)]
        if not waiting:
            return None
        match self._table.demands.sets[number].rule:
            case SetRule.DISTINCT:
                return self._few_values(branch, number, waiting)
            case SetRule.PAIR:
                return self._few_partners(branch, number, waiting)
            case SetRule.BANDWIDTH:
                return (self._few_shares(branch, number, waiting)
                        or self._little_left(branch, number))
        if any(all(self._table.takes(part, number, index) for part in waiting)
               for index in range(len(self._table.values[number]))):
            return None
        return SetRefusal(tuple(waiting), branch.chosen, number, 1)

    def _few_values(self, branch: SetBranch, number: int,
                    waiting: Sequence[Part]) -> SetRefusal | None:
        """Each device needs a value of its own: a flow with values."""
        return self._few(branch, number, waiting, dict.fromkeys(
            self._table.unused(branch, number), 1))

    def _few_shares(self, branch: SetBranch, number: int,
                    waiting: Sequence[Part]) -> SetRefusal | None:
        """Each device needs room in a budget: a flow with whole shares."""
        budgets = self._table.budgets(branch)
        mbps = int(self._table.demands.sets[number].attribute)
        values = self._table.values[number]
        return self._few(branch, number, waiting, {
            index: min(budgets[values[index].name] // mbps,
                       self._reach(waiting, values[index].places))
            for index in self._table.unused(branch, number)})

    def _little_left(self, branch: SetBranch,
                     number: int) -> SetRefusal | None:
        """Count the Mbit/s that all devices need which have not chosen."""
        parts: list[Part] = []
        needed = reached = 0
        for other, wanted in enumerate(self._table.demands.sets):
            if wanted.rule is not SetRule.BANDWIDTH:
                continue
            for part in branch.parts:
                if self._table.is_open(part, other):
                    parts.append(part)
                    needed += part.devices * int(wanted.attribute)
                    reached |= part.places & self._table.eligible[part.bit]
        groups = {pool.group for position, pool in enumerate(
            self._table.pools) if reached >> position & 1}
        found = tuple((group, left) for group, left
                      in self._table.budgets(branch).items()
                      if left and group in groups)
        if sum(left for _, left in found) >= needed:
            return None
        return SetRefusal(tuple(parts), branch.chosen, number, needed, found,
                          is_mbps=True)

    def _few(self, branch: SetBranch, number: int, waiting: Sequence[Part],
             counts: Mapping[int, int]) -> SetRefusal | None:
        """Refuse parts that take more of some values than there are.

        :param counts: how many devices each value can serve
        """
        for parts in (waiting, [part._replace(above=0) for part in waiting]):
            masks = {index: sum(
                1 << place for place, part in enumerate(parts)
                if self._table.takes(part, number, index))
                for index in counts}
            supplied: dict[int, int] = {}
            for index, mask in masks.items():
                supplied[mask] = supplied.get(mask, 0) + counts[index]
            supplied.pop(0, None)
            short = flow.violator([part.devices for part in parts], supplied,
                                  self._steps)
            if not short:
                # What only the order of values forbids is tried elsewhere.
                return None if parts is waiting else ELSEWHERE
        return SetRefusal(
            tuple(waiting[place] for place in bits(short)), branch.chosen,
            number, sum(waiting[place].devices for place in bits(short)),
            tuple((self._table.values[number][index].name, counts[index])
                  for index, mask in masks.items()
                  if mask & short and counts[index]))

    def _few_partners(self, branch: SetBranch, number: int,
                      waiting: Sequence[Part]) -> SetRefusal | None:
        """Each value makes as many pairs as it has devices of each member.

        All devices of a member together, then those of each part.
        """
        one, other = ([part for part in waiting if member >> part.bit & 1]
                      for member in self._table.demands.sets[number].members)
        for parts, partners in ((one, other), *(
                ([part], other) for part in one), *(
                ([part], one) for part in other)):
            found = []
            for value in self._table.values[number]:
                pairs = min(self._reach(parts, value.places),
                            self._reach(partners, value.places))
                if pairs:
                    found.append((value.name, pairs))
            needed = sum(part.devices for part in parts)
            if sum(count for _, count in found) < needed:
                return SetRefusal((*parts, *partners), branch.chosen, number,
                                  needed, tuple(found))
        return None

    def _reach(self, parts: Iterable[Part], places: int) -> int:
        reached = 0
        for part in parts:
            reached |= part.places & self._table.eligible[part.bit]
        return self._table.free(reached & places)
