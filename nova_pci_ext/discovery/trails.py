# SPDX-License-Identifier: Apache-2.0

"""The way from an interface or a disk down to PCI devices, in sysfs.

The real path of either goes through the PCI device that it is on; what is
made of others (bonds, bridges, LVM, RAID) links to them.
"""

import dataclasses
import os
import re
from collections.abc import Callable
from collections.abc import Iterable

from nova_pci_ext.discovery.kernel_files import Root

_ADDRESS = re.compile('[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}[.][0-7]')
# Called with a real path.
Lower = Callable[[Root, str], Iterable[str]]
Ending = Callable[[Root, str], str | None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Where a way led.

    :ivar addresses: of the PCI devices at its ends
    :ivar gaps: why an end is unknown, for people
    """

    addresses: frozenset[str] = frozenset()
    gaps: tuple[str, ...] = ()


def follow(files: Root, path: str, lower: Lower, ending: Ending) -> Trail:
    """Follow an interface or a disk down.

    The last address of a real path is the device, those before it are
    bridges.

    :param lower: lists what an interface or a disk is made of
    :param ending: says why what is on no PCI device, and made of nothing, is
        not known; None where nothing is missing
    """
    seen: set[str] = set()
    ahead = [path]
    addresses: set[str] = set()
    gaps: set[str] = set()
    while ahead:
        real = files.real(ahead.pop())
        if real in seen:
            continue
        seen.add(real)
        found = pci_address(real)
        below = list(lower(files, real))
        ahead += below
        if found is not None and os.path.exists(real):
            addresses.add(found)
        elif not below:
            gap = ending(files, real)
            if gap is not None:
                gaps.add(gap)
    return Trail(addresses=frozenset(addresses), gaps=tuple(sorted(gaps)))


def pci_address(real: str) -> str | None:
    """Return the address of the device that a real path goes through."""
    addresses = [part for part in real.split('/')
                 if _ADDRESS.fullmatch(part)]
    return addresses[-1] if addresses else None
