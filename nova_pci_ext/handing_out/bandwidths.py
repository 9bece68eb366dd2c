# SPDX-License-Identifier: Apache-2.0

"""The bandwidth budgets of PFs, as the entries of a host give them.

A budget belongs to a PF.  The entry of the PF may have it, or one that takes
its VFs or vDPA devices: most hosts hand out VFs and never the PF.  What no PF
is above has a budget by itself.  Entries that do not agree about one PF give
it none, so that nobody is promised what somebody else has not meant.
"""

import typing
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.handing_out.coverage import Coverage
from nova_pci_ext.model.device_set import BANDWIDTH


class Budgets(typing.NamedTuple):
    """What entries say of PFs.

    :ivar mbps: the budget of each PF, by address
    :ivar conflicts: of each PF about which they do not agree, the values,
        sorted
    """

    mbps: Mapping[str, int]
    conflicts: Mapping[str, tuple[int, ...]]


def find(entries: Iterable[tuple[str, object]]) -> Budgets:
    """Find the budget of each PF.

    :param entries: (address of the PF, what the entry of it or of one of its
        devices has for ``bandwidth_mbps``) of each device that is handed out
    """
    values: dict[str, set[int]] = {}
    for group, value in entries:
        if value is not None:
            values.setdefault(group, set()).add(int(str(value)))
    return Budgets(
        {group: min(found) for group, found in values.items()
         if len(found) == 1},
        {group: tuple(sorted(found)) for group, found in values.items()
         if len(found) > 1})


def conflict_text(group: str, values: Iterable[int]) -> str:
    """Say that entries do not agree."""
    return (f'entries of [pci] device_spec give the PF {group} '
            f'{" and ".join(map(str, values))} as {BANDWIDTH}, so it has no '
            'bandwidth budget')


def check(covered: Coverage) -> Iterator[ConfigError]:
    """Yield the PFs of a host about which its entries do not agree."""
    found = find(
        (str(device.parent or device.address),
         covered.taker(device).tags.get(BANDWIDTH))
        for device in covered.handed_out())
    for group, values in sorted(found.conflicts.items()):
        yield ConfigError(
            'host', conflict_text(group, values),
            'expected one value for all devices of a PF', Fault.DUPLICATE)
