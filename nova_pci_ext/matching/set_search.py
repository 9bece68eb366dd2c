# SPDX-License-Identifier: Apache-2.0

"""Which value each set takes: a search over choices, a flow below each.

A set that holds is one of finitely many choices: one switch for all its
devices, a PF for each of them, a group.  With the choices made, what is left
is the plain decision with fewer pools for some demands, which ``branches``
decides exactly.  So the search makes one choice after the other, the
preferred value first, and leaves a branch as soon as the plain decision
refuses it: with fewer choices made, more pools serve, so what is refused then
is refused with any further choice.  That is all that the search needs of a
rule; what is special about one is how many devices a choice is for:

- ``same`` and ``group`` choose once, for all devices;
- ``pair`` chooses for one device of each member;
- ``distinct`` chooses for one device, a value that was not chosen before;
- ``bandwidth`` chooses for one device, a PF whose budget has enough left for
  it beside those that chose the PF before (``bandwidth``).

Three things keep the number of branches low:

- Values that nobody can tell apart are tried once.
- Devices of one request are interchangeable, so they take values in order;
  servers that ask the same do as well.
- ``SetBounds`` counts: devices apart need as many values, and pairs as many
  partners.
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.matching import branches
from nova_pci_ext.matching import flow
from nova_pci_ext.matching import set_bounds
from nova_pci_ext.matching import supply
from nova_pci_ext.matching.demanded import Demand
from nova_pci_ext.matching.demanded import Share
from nova_pci_ext.matching.set_branch import Choice
from nova_pci_ext.matching.set_branch import ELSEWHERE
from nova_pci_ext.matching.set_branch import joined
from nova_pci_ext.matching.set_branch import Part
from nova_pci_ext.matching.set_branch import SetBranch
from nova_pci_ext.matching.set_branch import SetRefusal
from nova_pci_ext.matching.set_table import bits
from nova_pci_ext.matching.set_table import SetTable
from nova_pci_ext.model.device_set import SetRule

# Refused branches that are kept: a reader needs a few.
KEPT = branches.KEPT


class SetSearch:
    """Looks for choices; a loop, as servers may have many devices.

    :ivar refused: what was refused, the first ``KEPT``
    """

    def __init__(self, table: SetTable, steps: flow.Steps) -> None:
        self.table = table
        self.refused: list[SetRefusal] = []
        self._sets = table.demands.sets
        self._steps = steps
        self._bounds = set_bounds.SetBounds(table, steps)
        self._twins = _twins(table)

    def run(self) -> SetBranch | None:
        """Return the best choices that serve all, None if there are none.

        :raises OutOfSteps: if there are too many branches
        """
        everywhere = (1 << len(self.table.pools)) - 1
        root = SetBranch(tuple(
            Part(bit, count, everywhere)
            for bit, count in enumerate(self.table.demands.counts)))
        waiting = [root]
        while waiting:
            branch = waiting.pop()
            self._steps.spend(len(branch.parts) + len(self.table.pools))
            refused = list(self._refusals(branch))
            if refused:
                if refused[0] is not ELSEWHERE:
                    self.refused += refused[:KEPT - len(self.refused)]
                continue
            number = self._next(branch)
            if number is None:
                return branch
            waiting += reversed(list(self._choices(branch, number)))
        if not self.refused:
            # Partners that are never together, which no count shows.
            number = next((number for number, found in enumerate(self._sets)
                           if found.rule is SetRule.PAIR), 0)
            self.refused.append(SetRefusal(root.parts, (), number, 1))
        return None

    # Refusing

    def _refusals(self, branch: SetBranch) -> Iterator[SetRefusal]:
        for number in range(len(self._sets)):
            found = self._bounds.short(branch, number)
            if found is not None:
                yield found
                return
        table = self.table
        refused = branches.refusals(
            [part.devices for part in branch.parts],
            supply.tally(table.pools, self.masks(branch.parts),
                         [pool.free for pool in table.pools]), self._steps)
        for each in refused:
            yield SetRefusal(
                tuple(branch.parts[index] for index in bits(each.mask)),
                branch.chosen, pf_given=each.pf_given, vf_kept=each.vf_kept)

    def masks(self, parts: Sequence[Part]) -> list[int]:
        """Return the parts that each pool can serve."""
        found = [0] * len(self.table.pools)
        for index, part in enumerate(parts):
            for position in bits(part.places & self.table.eligible[part.bit]):
                found[position] |= 1 << index
        return found

    # Choosing

    def _next(self, branch: SetBranch) -> int | None:
        """Return the first set for which something has to be chosen."""
        return next((number for number in range(len(self._sets))
                     if any(self.table.is_open(part, number)
                            for part in branch.parts)), None)

    def _choices(self, branch: SetBranch, number: int) -> Iterator[SetBranch]:
        """Yield the branches of the next choice, the preferred one first."""
        waiting = [part for part in branch.parts
                   if self.table.is_open(part, number)]
        match self._sets[number].rule:
            case SetRule.DISTINCT:
                yield from self._for_one(branch, number, waiting[:1])
            case SetRule.BANDWIDTH:
                # The part whose devices choose already goes on, so that no
                # other one is bound to an order.
                yield from self._for_one(branch, number, [max(
                    waiting, key=lambda part: part.above)])
            case SetRule.PAIR:
                one, other = ([part for part in waiting
                               if member >> part.bit & 1]
                              for member in self._sets[number].members)
                for partner in other:
                    yield from self._for_one(branch, number,
                                             [one[0], partner])
            case _:
                yield from self._for_all(branch, number, waiting)

    def _for_all(self, branch: SetBranch, number: int,
                 waiting: Sequence[Part]) -> Iterator[SetBranch]:
        """Choose once for all devices."""
        least = self._least(branch, number)
        for index, alike in self._representatives(
                branch, number, waiting, range(least, len(
                    self.table.values[number]))):
            yield SetBranch(tuple(
                self._settled(part, number, index, part.devices)
                if self.table.is_open(part, number) else part
                for part in branch.parts),
                (*branch.chosen, Choice(number, index, alike)))

    def _for_one(self, branch: SetBranch, number: int,
                 waiting: Sequence[Part]) -> Iterator[SetBranch]:
        """Choose for one device of each of some parts.

        The devices of the first part take values in order.
        """
        apart = self._sets[number].rule is SetRule.DISTINCT
        for index, alike in self._representatives(
                branch, number, waiting, self.table.unused(branch, number)):
            parts = list(branch.parts)
            for part in waiting:
                parts.remove(part)
                if part.devices > 1:
                    parts.append(part._replace(
                        devices=part.devices - 1, above=index + apart
                        if part is waiting[0] else part.above))
                parts.append(self._settled(part, number, index, 1))
            yield SetBranch(joined(parts),
                            (*branch.chosen, Choice(number, index, alike)))

    def _representatives(
            self, branch: SetBranch, number: int, parts: Sequence[Part],
            indexes: Iterable[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
        """Return the values that all of some parts can take.

        Of those that nothing tells apart the first, and what the others are.
        """
        alike: dict[object, list[int]] = {}
        budgets = self.table.budgets(branch)
        for index in indexes:
            if not all(self.table.takes(part, number, index)
                       for part in parts):
                continue
            value = self.table.values[number][index]
            left = (budgets.get(value.name) if self._sets[number].rule
                    is SetRule.BANDWIDTH else None)
            alike.setdefault((value.likeness, left, tuple(
                part.places & value.places == value.places
                if part.settled else None for part in branch.parts), tuple(
                bool(part.places & value.places) for part in branch.parts)),
                []).append(index)
        for found in alike.values():
            yield found[0], tuple(found[1:])

    def _settled(self, part: Part, number: int, index: int,
                 count: int) -> Part:
        return Part(part.bit, count, part.places
                    & self.table.values[number][index].places,
                    part.settled | 1 << number)

    def _least(self, branch: SetBranch, number: int) -> int:
        """Return the value that the server before has, of servers alike."""
        twin = self._twins.get(number)
        return next((choice.value for choice in branch.chosen
                     if choice.number == twin), 0)


def _twins(table: SetTable) -> dict[int, int]:
    """Return for the first set of a server that of the server before.

    Where both ask the same, and the set chooses once.
    """
    servers: dict[int, list[int]] = {}
    for number, found in enumerate(table.demands.sets):
        servers.setdefault(found.server, []).append(number)
    twins = {}
    for server, numbers in servers.items():
        before = servers.get(server - 1)
        first = table.demands.sets[numbers[0]]
        if (before and first.rule in (SetRule.SAME, SetRule.GROUP)
                and _asked(table, numbers) == _asked(table, before)):
            twins[numbers[0]] = before[0]
    return twins


def _asked(table: SetTable, numbers: Iterable[int]) -> object:
    """Return what a server asks by its sets, without names."""
    found = [table.demands.sets[number] for number in numbers]
    order = sorted({bit for each in found for bit in bits(each.mask)})
    return [(each.rule, each.attribute, [
        [(order.index(bit), table.demands[bit].want,
          table.demands[bit].provider, table.demands[bit].count)
         for bit in bits(member)] for member in each.members])
        for each in found]


def demanded(table: SetTable, found: SetBranch) -> list[Demand]:
    """Return the demands that are left when the choices are made."""
    shares = {bit: list(demand.shares)
              for bit, demand in enumerate(table.demands)}
    return [dataclasses.replace(
        table.demands[part.bit], count=part.devices,
        shares=tuple(_cut(shares[part.bit], part.devices)))
        for part in found.parts]


def _cut(shares: list[Share], count: int) -> Iterator[Share]:
    """Take shares of some devices off a list."""
    while count:
        first = shares.pop(0)
        taken = min(first.count, count)
        if taken < first.count:
            shares.insert(0, dataclasses.replace(
                first, count=first.count - taken))
        count -= taken
        yield dataclasses.replace(first, count=taken)


def pool_masks(search: SetSearch, found: SetBranch, pools: int) -> list[int]:
    """Return which of ``demanded`` each of all pools can serve."""
    masks = [0] * pools
    for number, mask in zip(search.table.numbers, search.masks(found.parts),
                            strict=True):
        masks[number] = mask
    return masks
