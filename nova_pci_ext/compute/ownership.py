# SPDX-License-Identifier: Apache-2.0

"""Who has which devices of a compute node."""

import collections
from collections.abc import Collection
from collections.abc import Iterable

from nova_pci_ext.compute.devices import PciDevice
from nova_pci_ext.model.claim import ClaimState


class Ownership:
    """The devices of each instance, claimed and allocated.

    Nova and its tests know the two dicts; whoever has no device is in none.

    :ivar claims: instance UUID to the devices claimed for it
    :ivar allocations: instance UUID to the devices allocated to it
    """

    def __init__(self) -> None:
        self.claims: dict[str, list[PciDevice]] = (
            collections.defaultdict(list))
        self.allocations: dict[str, list[PciDevice]] = (
            collections.defaultdict(list))

    def add(self, dev: PciDevice) -> None:
        """Add a device that was owned before the tracker was made."""
        owner = dev.instance_uuid or ''
        if dev.status == ClaimState.CLAIMED:
            self.claims[owner].append(dev)
        elif dev.status == ClaimState.ALLOCATED:
            self.allocations[owner].append(dev)

    def start_anew(self, devices: Iterable[PciDevice]) -> None:
        """Take owners from the rows, which have others than before."""
        self.claims.clear()
        self.allocations.clear()
        for dev in devices:
            self.add(dev)

    def claimed(self, owner: str, taken: Iterable[PciDevice]) -> None:
        """Take note that devices are claimed, on top of what there is."""
        self.claims[owner] += taken

    def allocated(self, owner: str) -> None:
        """Take note that what was claimed for an instance is allocated."""
        claimed = self.claims.pop(owner, None)
        if claimed:
            self.allocations[owner] += claimed

    def of(self, owner: str) -> list[PciDevice]:
        """Return all that an instance has, as a new list."""
        return [*self.allocations.get(owner, ()),
                *self.claims.get(owner, ())]

    def others(self, known: Collection[str]) -> list[str]:
        """Return the owners that are not among these UUIDs."""
        return [owner for owner in {**self.claims, **self.allocations}
                if owner not in known]

    def forget(self, owner: str) -> None:
        """Drop an instance that has nothing."""
        self.claims.pop(owner, None)
        self.allocations.pop(owner, None)

    def remove(self, owners: Iterable[str], freed: Iterable[PciDevice],
               ) -> None:
        """Take devices out of what their owners have."""
        gone = {id(dev) for dev in freed}
        for owner in owners:
            for held in (self.claims, self.allocations):
                if owner in held:
                    held[owner] = [
                        dev for dev in held[owner] if id(dev) not in gone]
                    if not held[owner]:
                        del held[owner]
