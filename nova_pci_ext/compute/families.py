# SPDX-License-Identifier: Apache-2.0

"""Which devices exclude each other: a PF, and what is made of it.

Addresses only.  A link is there when a row or a report calls a device the VF
of another, whatever that one is said to be, and whether or not it is tracked:
a PF that comes back finds its VFs.  Rows and reports may contradict each
other, so a device can have several parents, and every one of them is meant.
"""

from collections.abc import Iterable

from nova_pci_ext.model.device import DeviceType


def parent_of(dev_type: str | None, parent_addr: str | None) -> str | None:
    """The PF that a row or a report names; a plain device is part of none."""
    return None if dev_type == DeviceType.PCI else parent_addr


class Families:
    """Links from children to parents, followed in both directions."""

    def __init__(self) -> None:
        self._parents: dict[str, set[str]] = {}
        self._children: dict[str, set[str]] = {}

    def join(self, child: str, parent: str | None) -> None:
        """Add a link; None and the device itself are no parents."""
        if parent and parent != child:
            self._parents.setdefault(child, set()).add(parent)
            self._children.setdefault(parent, set()).add(child)

    def part(self, child: str) -> None:
        """Drop the links of a device to its parents."""
        for parent in self._parents.pop(child, ()):
            children = self._children[parent]
            children.discard(child)
            if not children:
                del self._children[parent]

    def parents(self, address: str) -> list[str]:
        """The parents of a device, sorted."""
        found = self._parents.get(address, ())
        return sorted(found) if len(found) > 1 else list(found)

    def children(self, address: str) -> list[str]:
        """The children of a device, sorted."""
        return sorted(self._children.get(address, ()))

    def whole(self, addresses: Iterable[str]) -> list[str]:
        """The devices with all that links lead to, each once."""
        found = dict.fromkeys(addresses)
        waiting = list(found)
        while waiting:
            address = waiting.pop()
            for links in (self._parents, self._children):
                # A set less the keys would look at all that was found.
                new = [each for each in links.get(address, ())
                       if each not in found]
                if new:
                    new.sort()
                    found.update(dict.fromkeys(new))
                    waiting += new
        return list(found)
