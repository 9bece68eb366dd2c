# SPDX-License-Identifier: Apache-2.0

"""How many devices of a host are free, used, drained, and whole as groups.

``nova-pci fleet`` counts rows of Nova's database here, and the metrics of a
compute the devices of its tracker.
"""

import collections
import re
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.matching import set_values
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.device_set import GROUP_TAG
from nova_pci_ext.model.host_counts import ByClass
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts
from nova_pci_ext.model.host_counts import GroupCounts
from nova_pci_ext.model.host_counts import HostCounts
from nova_pci_ext.model.view import Use

#: Type and ``name:size`` of a group.
Group = tuple[str, str]
_NUMBER = re.compile('([0-9]{1,18})')


def use_of(status: str, *, is_drained: bool, is_held: bool) -> Use:
    """Return what has become of a device that is on its host.

    :param status: as a row of Nova has it
    :param is_held: whether it may be the device of an owner elsewhere
    """
    if status in OWNED:
        return Use.OWNED
    if is_drained:
        return Use.DRAINED
    return (Use.FREE if status == ClaimState.AVAILABLE and not is_held
            else Use.DEPENDENT)


def groups_of(place: Mapping[str, str]) -> Iterator[Group]:
    """Yield the groups that a device is in.

    :param place: its tags, as ``handing_out.places`` makes them
    """
    for key, text in place.items():
        if key.startswith(GROUP_TAG):
            for group in set_values.read_groups(text):
                yield key.removeprefix(GROUP_TAG), group


class GroupTally:
    """Finds out which groups of a host are whole.

    A group is whole while each of its members can be handed out; it never
    becomes smaller.
    """

    def __init__(self) -> None:
        self._free: collections.Counter[Group] = collections.Counter()

    def add(self, groups: Iterable[Group], use: Use) -> None:
        """Take note of one device."""
        for group in groups:
            self._free[group] += use is Use.FREE

    def whole(self) -> dict[Group, bool]:
        """Return of each group whether it is whole, sorted."""
        return {group: free >= set_values.size(group[1])
                for group, free in sorted(self._free.items())}

    def counts(self, of: Iterable[Group] | None = None,
               ) -> tuple[GroupCounts, ...]:
        """Count groups by type and size.

        :param of: which, all if None
        """
        whole = self.whole()
        found: dict[tuple[str, int], list[bool]] = {}
        for group in whole if of is None else of:
            key = group[0], set_values.size(group[1])
            found.setdefault(key, []).append(whole[group])
        return tuple(
            GroupCounts(type=kind, size=size, whole=sum(each),
                        declared=len(each))
            for (kind, size), each in sorted(found.items()))


class _Class:
    """Counts the devices of one class."""

    def __init__(self) -> None:
        self.uses: collections.Counter[Use] = collections.Counter()
        self.nodes: collections.Counter[int | None] = collections.Counter()
        self.drained_used = self.unhealthy = 0
        self.groups: set[Group] = set()


class HostCounter:
    """Counts the devices of one host, one after the other."""

    def __init__(self) -> None:
        self._classes: dict[DeviceClass, _Class] = {}
        self._groups = GroupTally()

    def add(self, kind: DeviceClass, numa_node: int | None, status: str, *,
            is_drained: bool = False, is_unhealthy: bool = False,
            is_held: bool = False, groups: Iterable[Group] = ()) -> None:
        """Count one device that is on the host.

        :param status: as a row of Nova has it
        """
        found = self._classes.get(kind)
        if found is None:
            found = self._classes[kind] = _Class()
        use = use_of(status, is_drained=is_drained, is_held=is_held)
        found.uses[use] += 1
        found.drained_used += is_drained and use is Use.OWNED
        found.unhealthy += is_unhealthy
        if use is Use.FREE:
            found.nodes[numa_node] += 1
        if groups:
            groups = tuple(groups)
            found.groups.update(groups)
            self._groups.add(groups, use)

    def counts(self) -> ByClass:
        """Return what was counted, sorted by class."""
        return tuple((kind, ClassCounts(
            free=found.uses[Use.FREE], used=found.uses[Use.OWNED],
            drained=found.uses[Use.DRAINED],
            dependent=found.uses[Use.DEPENDENT],
            drained_used=found.drained_used, unhealthy=found.unhealthy,
            free_by_node=tuple(sorted(
                found.nodes.items(),
                key=lambda each: (each[0] is None, each[0] or 0))),
            groups=self._groups.counts(found.groups)))
            for kind, found in sorted(self._classes.items()))

    def group_counts(self) -> tuple[GroupCounts, ...]:
        """Return all groups of the host."""
        return self._groups.counts()


def fold(hosts: Iterable[HostCounts], *, keep_apart: bool = False,
         ) -> tuple[EqualHosts, ...]:
    """Put equal hosts together.

    Hosts of the same hardware stand together, those with most free devices
    first, of these the healthy ones, and those that get no new servers last.

    :param keep_apart: whether each host stays by itself
    """
    found: dict[object, list[HostCounts]] = {}
    for number, host in enumerate(hosts):
        found.setdefault((host.disabled, host.classes,
                          number if keep_apart else None), []).append(host)
    return tuple(sorted(map(_folded, found.values()), key=_order))


def _folded(equal: Iterable[HostCounts]) -> EqualHosts:
    every = sorted(equal, key=lambda each: natural(each.host))
    return EqualHosts(
        hosts=tuple(each.host for each in every), disabled=every[0].disabled,
        classes=every[0].classes,
        unhealthy=tuple(card for each in every for card in each.unhealthy),
        drained=tuple(dev for each in every for dev in each.drained))


def _order(equal: EqualHosts) -> tuple[object, ...]:
    return (tuple((kind, counts.devices) for kind, counts in equal.classes),
            equal.disabled,
            tuple(-counts.free for _, counts in equal.classes),
            tuple(counts.unhealthy for _, counts in equal.classes),
            natural(equal.hosts[0]))


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts ``host-9`` before ``host-10``."""
    return tuple((int(part), '') if number % 2 else (-1, part)
                 for number, part in enumerate(_NUMBER.split(name)))
