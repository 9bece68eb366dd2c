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
    """Links from children to parents, followed in both directions.

    :ivar contested: devices with links that their rows do not name; a device
        without a row names none
    """

    def __init__(self) -> None:
        self.contested: set[str] = set()
        self._parents: dict[str, set[str]] = {}
        self._children: dict[str, set[str]] = {}
        self._in_row: dict[str, str] = {}

    def enter(self, child: str, parent: str | None) -> None:
        """Add the link that the row of a device names."""
        self.leave(child)
        if parent and parent != child:
            self._in_row[child] = parent
            self.join(child, parent)

    def leave(self, child: str) -> None:
        """Keep the links of a device whose row is gone, or changes."""
        self._in_row.pop(child, None)
        self._compare(child)

    def join(self, child: str, parent: str | None) -> None:
        """Add a link; None and the device itself are not parents."""
        if parent and parent != child:
            self._parents.setdefault(child, set()).add(parent)
            self._children.setdefault(parent, set()).add(child)
            self._compare(child)

    def relink(self, addresses: Iterable[str]) -> bool:
        """Forget every link of some devices that is not in their rows.

        :returns: whether there was one
        """
        contested = self.contested.intersection(addresses)
        for child in contested:
            self._part(child)
            self.enter(child, self._in_row.get(child))
        return bool(contested)

    def _compare(self, child: str) -> None:
        named = self._in_row.get(child)
        if self._parents.get(child, set()) == ({named} if named else set()):
            self.contested.discard(child)
        else:
            self.contested.add(child)

    def _part(self, child: str) -> None:
        for parent in self._parents.pop(child, ()):
            children = self._children[parent]
            children.discard(child)
            if not children:
                del self._children[parent]

    def parents(self, address: str) -> list[str]:
        """The parents of a device, sorted."""
        return _in_order(self._parents.get(address))

    def children(self, address: str) -> list[str]:
        """The children of a device, sorted."""
        return _in_order(self._children.get(address))

    def whole(self, addresses: Iterable[str]) -> list[str]:
        """The devices with all that links lead to, each once."""
        found = dict.fromkeys(addresses)
        waiting = list(found)
        while waiting:
            address = waiting.pop()
            for links in (self._parents, self._children):
                linked = links.get(address)
                if not linked:
                    continue
                # A set less the keys would look at all that was found.
                new = [each for each in linked if each not in found]
                if new:
                    new.sort()
                    found.update(dict.fromkeys(new))
                    waiting += new
        return list(found)


def _in_order(found: set[str] | None) -> list[str]:
    # Most devices have one link, or none.
    return sorted(found) if found else []
