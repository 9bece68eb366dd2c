# SPDX-License-Identifier: Apache-2.0

"""What is left of the bandwidth budgets of a node's PFs.

Budgets are what the entries of ``[pci] device_spec`` say; what is taken of
them stands in the rows of the devices that instances have.  So nothing is
counted that could be forgotten: what is left follows from the rows, after a
restart as well.
"""

import logging
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext import stats
from nova_pci_ext.compute import devices
from nova_pci_ext.handing_out import bandwidths
from nova_pci_ext.matching.bandwidth import Budget
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.device_set import BANDWIDTH
from nova_pci_ext.novaobj import charges
from nova_pci_ext.novaobj import protocols


class Budgets:
    """The budgets of one node.

    :ivar mbps: of each PF that has one, by address
    """

    def __init__(self) -> None:
        self.mbps: Mapping[str, int] = {}
        self._conflicts: Mapping[str, tuple[int, ...]] = {}

    def follow(self, index: devices.DeviceIndex, pools: stats.PciDeviceStats,
               log: logging.LoggerAdapter[logging.Logger]) -> None:
        """Read what the entries say of the devices that there are now.

        :param pools: of the node; all of its budgets are published anew
        :param log: the tracker's, which is told where entries disagree
        """
        before = self.mbps
        found = bandwidths.find(_entries(index, pools.dev_filter))
        self.mbps = found.mbps
        for group, values in sorted(found.conflicts.items()):
            if self._conflicts.get(group) != values:
                log.error('%s', bandwidths.conflict_text(group, values))
        self._conflicts = found.conflicts
        for group in {**before, **self.mbps}:
            self._publish(index, pools, group)

    def publish(self, index: devices.DeviceIndex,
                pools: stats.PciDeviceStats,
                addresses: Iterable[str]) -> None:
        """Have the pools say what is left since some devices were moved."""
        if self.mbps:
            for group in {group_of(index[address]) for address in addresses}:
                self._publish(index, pools, group)

    def _publish(self, index: devices.DeviceIndex,
                 pools: stats.PciDeviceStats, group: str) -> None:
        found = self.left(index, group)
        pools.set_budget(group, None if found is None else str(found))

    def left(self, index: devices.DeviceIndex, group: str) -> Budget | None:
        """Return what a PF has left, None where it has no budget."""
        whole = self.mbps.get(group)
        return None if whole is None else left_of(index, group, whole)


def left_of(index: devices.DeviceIndex, group: str, whole: int) -> Budget:
    """Return what is left of the budget of a PF, by the rows of its devices.

    A PF that is owned has its budget to itself.
    """
    head = index.get(group)
    if head is not None and head.status in OWNED:
        return Budget(0, whole)
    taken = sum(charges.read(dev) for dev in map(
        index.get, index.families.children(group))
        if dev is not None and dev.status in OWNED)
    return Budget(max(0, whole - taken), whole)


def group_of(dev: protocols.PciDevice) -> str:
    """Return the address of the PF whose budget a device takes from."""
    # As pools are told apart.
    return dev._obj_parent_addr or dev._obj_address


def _entries(index: devices.DeviceIndex, dev_filter: protocols.DeviceFilter,
             ) -> Iterator[tuple[str, object]]:
    for dev in index:
        if dev._obj_status not in GONE:
            spec = dev_filter.get_devspec(dev)
            if spec is not None:
                yield group_of(dev), (spec.get_tags() or {}).get(BANDWIDTH)
