# SPDX-License-Identifier: Apache-2.0

"""The values that the devices of each set may share, best ones first."""

import functools
import operator
import typing
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.matching import bandwidth
from nova_pci_ext.matching import preferences
from nova_pci_ext.matching import set_groups
from nova_pci_ext.matching import set_values
from nova_pci_ext.matching import supply
from nova_pci_ext.matching.demanded import DemandedSet
from nova_pci_ext.matching.demanded import Demands
from nova_pci_ext.matching.set_branch import Part
from nova_pci_ext.matching.set_branch import SetBranch
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.pool import Pool


class Value(typing.NamedTuple):
    """One value of an attribute.

    :ivar name: for people
    :ivar places: the useful pools that have it, as a mask of positions
    :ivar likeness: equal for values that no decision can tell apart before
        anything was chosen
    """

    name: str
    places: int
    likeness: object


class SetTable:
    """Pools and demands, with what their sets may choose.

    :ivar pools: those that serve anybody, sorted
    :ivar numbers: of each its position in what was given
    :ivar masks: of each the demands that it can serve
    :ivar eligible: of each demand the pools that can serve it, as a mask of
        positions
    :ivar values: of each set, the best ones first
    """

    def __init__(self, demands: Demands, pools: Sequence[Pool]) -> None:
        masks = _with_room(demands, pools, supply.pool_masks(demands, pools))
        self.demands = demands
        self.numbers = sorted(
            (number for number, mask in enumerate(masks)
             if mask and pools[number].free),
            key=lambda number: preferences.pool_key(pools[number]))
        self.pools = [pools[number] for number in self.numbers]
        self._left = (bandwidth.left_of(self.pools)
                      if demands.takes_bandwidth else {})
        self.masks = [masks[number] for number in self.numbers]
        self.eligible = [
            sum(1 << position for position, mask in enumerate(self.masks)
                if mask >> bit & 1) for bit in range(len(demands))]
        self._whole = preferences.whole(pools)
        self.values = [self._values(each) for each in demands.sets]

    def free(self, places: int) -> int:
        """Count the free devices of some pools."""
        return sum(self.pools[position].free for position in bits(places))

    def reach(self, mask: int) -> int:
        """Return the pools that serve any of some demands."""
        return functools.reduce(operator.or_, (
            self.eligible[bit] for bit in bits(mask)), 0)

    # What parts can still choose

    def is_open(self, part: Part, number: int) -> bool:
        """Whether nothing was chosen yet for a part in a set."""
        return bool(self.demands.sets[number].mask >> part.bit & 1
                    and not part.settled >> number & 1)

    def takes(self, part: Part, number: int, index: int) -> bool:
        """Whether a part can take a value of a set."""
        return index >= self._from(part, number) and bool(
            part.places & self.eligible[part.bit]
            & self.values[number][index].places)

    def _from(self, part: Part, number: int) -> int:
        """Return the first value that a part may take in a set."""
        if not part.above or any(self.is_open(part, before)
                                 for before in range(number)):
            return 0
        return part.above

    def budgets(self, branch: SetBranch) -> dict[str, int]:
        """Return what each PF has left beside those that chose it."""
        if not self._left:
            return self._left
        found = dict(self._left)
        for choice in branch.chosen:
            wanted = self.demands.sets[choice.number]
            if wanted.rule is SetRule.BANDWIDTH:
                found[self.values[choice.number][choice.value].name] -= int(
                    wanted.attribute)
        return found

    def unused(self, branch: SetBranch, number: int) -> list[int]:
        """Return the values that may still be chosen."""
        wanted = self.demands.sets[number]
        if wanted.rule is SetRule.BANDWIDTH:
            budgets, mbps = self.budgets(branch), int(wanted.attribute)
            return [index for index, value in enumerate(self.values[number])
                    if budgets[value.name] >= mbps]
        apart = wanted.rule is SetRule.DISTINCT
        used = {choice.value for choice in branch.chosen
                if apart and choice.number == number}
        return [index for index in range(len(self.values[number]))
                if index not in used]

    # All values

    def _values(self, wanted: DemandedSet) -> list[Value]:
        places: dict[str, int] = {}
        for position, pool in enumerate(self.pools):
            for name in set_values.values(wanted.rule, wanted.attribute,
                                          pool):
                places[name] = places.get(name, 0) | 1 << position
        if wanted.rule is SetRule.GROUP:
            asked = self._asked(wanted)
            places = {name: found for name, found in places.items()
                      if set_values.size(name) == asked}
        reach = self.reach(wanted.mask)
        return [Value(set_values.shown(wanted.rule, name), places[name],
                      self._likeness(wanted, name, places[name]))
                for name in sorted(
                    (name for name, found in places.items()
                     if found & reach),
                    key=functools.partial(self._order, wanted, places))]

    def _asked(self, wanted: DemandedSet) -> int:
        """Count the devices that a set is about."""
        return sum(self.demands.counts[bit] for bit in bits(wanted.mask))

    @functools.cached_property
    def _sizes(self) -> dict[str, set[int]]:
        """The sizes of the groups of each type that sets ask for."""
        found: dict[str, set[int]] = {}
        for each in self.demands.sets:
            if each.rule is SetRule.GROUP:
                found.setdefault(each.attribute, set()).add(
                    self._asked(each))
        return found

    # Which value is chosen first

    def _order(self, wanted: DemandedSet, places: dict[str, int],
               name: str) -> tuple[object, ...]:
        """Return the sort key of a value.

        1. the alternatives and NUMA nodes that are preferred; 2. of groups
        those that break the fewest whole groups, of devices apart those that
        would be taken singly, of PFs with budgets as well those with the
        least left, else the value with the fewest devices to
        spare; 3. the order of addresses.
        """
        found = places[name]
        keys = [key for bit in bits(wanted.mask)
                for key in [self._best(bit, found)] if key is not None]
        near = [key[:2] for key in keys]
        if wanted.rule is SetRule.GROUP:
            cost: object = self._broken(wanted.attribute, name, found)
        elif wanted.rule is SetRule.DISTINCT:
            cost = [key[2:6] for key in keys]
        elif wanted.rule is SetRule.BANDWIDTH:
            cost = [key[2:6] for key in keys], self._left[name]
        else:
            cost = self.free(found & self.reach(wanted.mask))
        return (near, cost, (found & -found).bit_length(), name)

    def _best(self, bit: int, places: int) -> tuple[object, ...] | None:
        """Return the preference for the best pool of a value."""
        keys = self._keys[bit]
        return min((keys(position)
                    for position in bits(self.eligible[bit] & places)),
                   default=None)

    @functools.cached_property
    def _keys(self) -> list[preferences.Key]:
        return [preferences.order(demand.want, 1, self.pools, self._whole)
                for demand in self.demands]

    def _broken(self, kind: str, name: str,
                places: int) -> tuple[bool, int]:
        """Return the members of the whole groups that a group would break.

        Groups that are not whole themselves come last.
        """
        groups = {group for position in bits(places)
                  for group in set_groups.groups_of(self.pools[position])}
        whole = self._whole.groups
        return ((kind, name) not in whole,
                set_groups.sizes(whole & groups - {(kind, name)}))

    # Which values are alike

    def _likeness(self, wanted: DemandedSet, name: str,
                  places: int) -> object:
        """Describe a value by all that a decision can look at.

        Values of other attributes that sets ask about stay in it by name, and
        so do other values that its devices have, as groups overlap, and a PF
        some of whose VFs have another value.
        """
        others = sorted({(each.rule, each.attribute)
                         for each in self.demands.sets})
        families: dict[str | None, list[object]] = {}
        for position in bits(places):
            pool = self.pools[position]
            families.setdefault(pool.group, []).append((
                self.masks[position], pool.free, pool.kind.dev_type or '',
                tuple(self._others(wanted, name, rule, attribute, pool)
                      for rule, attribute in others)))
        return tuple(sorted(
            (group or '' if group is None or self._of_family[group] & ~places
             else '', self._left.get(group or '', -1),
             tuple(sorted(found, key=repr)))
            for group, found in families.items()))

    @functools.cached_property
    def _of_family(self) -> dict[str | None, int]:
        """The pools of each PF, as a mask of positions."""
        found: dict[str | None, int] = {}
        for position, pool in enumerate(self.pools):
            found[pool.group] = found.get(pool.group, 0) | 1 << position
        return found

    def _others(self, wanted: DemandedSet, name: str, rule: SetRule,
                attribute: str, pool: Pool) -> tuple[str, ...]:
        """Return what a pool has besides a value that it is described by.

        Of the groups of one type only those that some set can choose.
        """
        found = set_values.values(rule, attribute, pool)
        if (rule, attribute) == (wanted.rule, wanted.attribute):
            found = tuple(each for each in found if each != name)
        if rule is not SetRule.GROUP:
            return found
        sizes = self._sizes.get(attribute, ())
        return tuple(each for each in found
                     if set_values.size(each) in sizes)


def _with_room(demands: Demands, pools: Sequence[Pool],
               masks: Sequence[int]) -> Sequence[int]:
    """Take from masks the demands that take more than a budget has left."""
    if not demands.takes_bandwidth:
        return masks
    found = []
    for pool, mask in zip(pools, masks, strict=True):
        for each in demands.sets if mask else ():
            if each.mask & mask and each.rule is SetRule.BANDWIDTH and not (
                    set_values.values(each.rule, each.attribute, pool)):
                mask &= ~each.mask
        found.append(mask)
    return found


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers of the bits that are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
