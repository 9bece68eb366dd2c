# SPDX-License-Identifier: Apache-2.0

"""Sets of one flavor that no host can satisfy together."""

from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.model.device_set import CARD
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import is_ports
from nova_pci_ext.model.device_set import PCIE_ROOT
from nova_pci_ext.model.device_set import PCIE_SWITCH
from nova_pci_ext.model.device_set import PF
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.parsing import device_sets

# Devices with one value of the first have one value of the others.
_DECIDES = {PF: (CARD, PCIE_ROOT, PCIE_SWITCH), PCIE_SWITCH: (PCIE_ROOT,)}


class _Joined:
    """Members whose devices share values of an attribute.

    :ivar sets: that say so
    :ivar is_whole: whether all devices of the members have one value;
        otherwise each device of one member has it with one of each other
    """

    def __init__(self, sets: Sequence[DeviceSet]) -> None:
        self.sets = sets
        self.is_whole = any(each.rule is SetRule.SAME for each in sets)
        self.members = {member for each in sets for member in each.members}

    def forbids(self, distinct: DeviceSet, counts: Mapping[str, int]) -> bool:
        """Whether two devices of a set of ``distinct`` share a value."""
        both = [member for member in distinct.members
                if any(device_sets.overlap(member, other)
                       for other in self.members)]
        if not self.is_whole:
            return len(both) > 1
        # How many ports a server will have, nobody knows: there is no point
        # in a set that needs them to be one or none.
        return any(map(is_ports, both)) or sum(
            counts.get(member, 0) for member in both) > 1


def find(sets: Sequence[DeviceSet], counts: Mapping[str, int],
         ) -> Iterator[tuple[DeviceSet, Sequence[DeviceSet]]]:
    """Find each set of ``distinct`` that others contradict.

    :param counts: of each alias the number of devices
    :returns: (the set, those that contradict it)
    """
    for distinct in sets:
        if distinct.rule is SetRule.DISTINCT:
            for joined in _join(
                    each for each in sets
                    if each.rule in (SetRule.SAME, SetRule.PAIR)
                    and distinct.attribute in (
                        each.attribute, *_DECIDES.get(each.attribute, ()))):
                if joined.forbids(distinct, counts):
                    yield distinct, joined.sets
                    break


def _join(sets: Iterable[DeviceSet]) -> list[_Joined]:
    """Join sets that have an alias in common.

    Ports do not join them: the server may have none.
    """
    found: list[_Joined] = []
    for each in sets:
        aliases = {member for member in each.members
                   if not is_ports(member)}
        near = [joined for joined in found if aliases & joined.members]
        found = [joined for joined in found if joined not in near]
        found.append(_Joined(
            [one for joined in near for one in joined.sets] + [each]))
    return found
