# SPDX-License-Identifier: Apache-2.0

"""What the host reports, taken into the devices of a compute node."""

from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from nova import objects

from nova_pci_ext.compute import devices
from nova_pci_ext.compute import moves
from nova_pci_ext.compute import reports
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import Move
from nova_pci_ext.model.claim import OWNED


class Intake:
    """Brings the devices of a node up to date with the host's reports.

    :ivar stale: address of an owned device to the properties that the host
        reports by now; taken over when the device is freed
    :ivar to_be_removed_when_freed: owned devices that the host no longer
        reports, or that are no longer in ``device_spec``, by address
    """

    def __init__(self, context: Any, node_id: int, moving: moves.Moves,
                 notices: reports.Notices) -> None:
        self._context = context
        self._node_id = node_id
        self._moves = moving
        self._notices = notices
        self.stale: dict[str, dict[str, Any]] = {}
        self.to_be_removed_when_freed: dict[str, devices.PciDevice] = {}
        # The properties that each device has already, as reported.
        self._reported: dict[str, dict[str, Any]] = {}
        self._settled = False

    def forget(self, gone: Iterable[devices.PciDevice]) -> None:
        """Forget what was reported of devices whose rows are deleted."""
        for dev in gone:
            self._reported.pop(dev.address, None)

    def take_in(self, reported: Iterable[dict[str, Any]]) -> None:
        """Make the tracked devices those that are reported.

        Nothing owned is given up: an owned device that vanished stays until
        it is freed, one that changed keeps its properties until then.
        """
        index = self._moves.index
        present = reports.by_address(reported, self._notices)
        self._drop_vanished(present)
        # A removed device that is back is a new one: whether its row is still
        # there is not known after a delete that failed.
        index.forget([dev for dev in index
                      if dev.status in GONE and dev.address in present])
        new = []
        touched = []
        for address, properties in present.items():
            dev = index.get(address)
            if dev is None:
                new.append(self._create(properties))
            elif self._take_over(dev, properties):
                touched.append(dev)
        index.add(new)
        # Rows may be as a crash left them; from then on every plan leaves
        # whole families behind.
        self._moves.settle([*new, *touched] if self._settled else index)
        self._settled = True

    def _drop_vanished(self, present: Mapping[str, Any]) -> None:
        vanished = [dev for dev in self._moves.index
                    if dev.address not in present and dev.status not in GONE]
        for dev in vanished:
            if dev.status in OWNED:
                self.to_be_removed_when_freed[dev.address] = dev
                self._notices.vanished(dev)
        dropped = [dev for dev in vanished if dev.status not in OWNED]
        self._moves.run([(Move.REMOVE, dev.address) for dev in dropped])
        for dev in dropped:
            self._moves.index.unlink(dev)

    def _create(self, properties: dict[str, Any]) -> devices.PciDevice:
        self._reported[properties['address']] = dict(properties)
        properties['compute_node_id'] = self._node_id
        return objects.PciDevice.create(self._context, properties)

    def _take_over(self, dev: devices.PciDevice,
                   properties: dict[str, Any]) -> bool:
        """Bring a known device up to date with what the host reports.

        :returns: whether anything is different
        """
        if self.to_be_removed_when_freed.pop(dev.address, None):
            self._notices.settled(dev)
        if self._reported.get(dev.address) == properties:
            changed = []
        else:
            changed = reports.changes(dev, properties)
        if not changed:
            self._reported[dev.address] = properties
            if self.stale.pop(dev.address, None):
                self._notices.settled(dev)
        elif dev.status in OWNED:
            self.stale[dev.address] = properties
            self._notices.changed(dev, changed)
        else:
            self._refresh(dev, properties)
        return bool(changed)

    def _refresh(self, dev: devices.PciDevice,
                 properties: dict[str, Any]) -> None:
        """Give a device new properties, and its place among the others."""
        self._reported[dev.address] = dict(properties)
        properties['compute_node_id'] = self._node_id
        self._moves.index.unlink(dev)
        dev.update_device(properties)
        self._moves.index.link(dev)
        self._moves.stats.update_device(dev)
        self._moves.pool([dev.address])

    def catch_up(self, dev: devices.PciDevice) -> None:
        """Give a freed device the properties that it had to wait for."""
        stale = self.stale.pop(dev.address, None)
        if stale is not None and dev.status not in GONE:
            self._refresh(dev, stale)
            self._moves.settle([dev])
