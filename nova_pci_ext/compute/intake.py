# SPDX-License-Identifier: Apache-2.0

"""What the host reports, taken into the devices of a compute node.

A report may be wrong, or made while a device is half removed.  So nothing
that is owned is given up for one; a family with an owner stays the family
that it is; and a device that may not be what it was is not offered until a
report has made that certain.
"""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping

from nova import objects

from nova_pci_ext.compute import devices
from nova_pci_ext.compute import moves
from nova_pci_ext.compute import notices
from nova_pci_ext.compute import placing
from nova_pci_ext.compute import reports
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import Move
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.novaobj import placed
from nova_pci_ext.novaobj import protocols

Note = Callable[[devices.DeviceIndex, reports.Report], None]


class Intake:
    """Brings the devices of a node up to date with the host's reports.

    :ivar stale: address of an owned device to the properties that the host
        reports by now; they wait until it is free, and reported again
    :ivar to_be_removed_when_freed: owned devices that the host no longer
        reports, or that are no longer in ``device_spec``, by address
    """

    def __init__(self, context: protocols.Context, node_id: int,
                 moving: moves.Moves, told: notices.Notices) -> None:
        self._context = context
        self._node_id = node_id
        self._moves = moving
        self._notices = told
        self.stale: dict[str, reports.Properties] = {}
        self.to_be_removed_when_freed: dict[str, devices.PciDevice] = {}
        # The properties that each device has already, as reported.
        self._reported: dict[str, reports.Properties] = {}
        # The family that the last report has a device in, for those that
        # were reported in several; None where it does not count any more.
        self._doubted: dict[str, reports.Place | None] = {}
        # Where removed devices were.
        self._left: dict[str, reports.Place] = {}
        # Whether the report has plain devices that were not there before.
        self._has_new_plain = False
        self._settled = False
        # The report that was taken in last.
        self._last: reports.Report | None = None

    def start_anew(self) -> None:
        """Compare the next report whatever it says."""
        self._last = None

    def start_over(self) -> None:
        """Forget all reports: rows have other owners than before."""
        self.start_anew()
        for each in (self.stale, self.to_be_removed_when_freed,
                     self._reported, self._doubted, self._left):
            each.clear()
        self._moves.withheld.clear()
        self._settled = False

    def has(self, report: reports.Report) -> bool:
        """Whether to take a report in would change nothing.

        It is the last one, all of it was believed, and no device waits for a
        report.  Whatever happens to devices between two reports either leaves
        what was reported of them as it is, or has them wait.
        """
        return report is self._last and not (
            self.stale or self.to_be_removed_when_freed or self._doubted
            or self._moves.withheld)

    def forget(self, gone: Iterable[devices.PciDevice]) -> None:
        """Forget what was reported of devices whose rows are deleted."""
        for dev in gone:
            self._reported.pop(dev.address, None)

    def take_in(self, report: reports.Report,
                note: Note = lambda index, report: None) -> None:
        """Make the tracked devices those that are reported.

        :param note: called once there is a row for each device, and before
            they are offered
        """
        index = self._moves.index
        self._last = None
        present = reports.by_address(report.devices, self._notices)
        changed = [address for address, properties in present.items()
                   if self._is_changed(address, properties)]
        # Of a contradiction both sides count, before anything is decided.
        for address in changed:
            _, parent = reports.place(present[address])
            index.families.join(address, parent)
        self._has_new_plain = any(
            reports.place(present[address]) == reports.PLAIN
            and index.alive(address) is None for address in changed)
        self._drop_vanished(present, report.others)
        known = [dev for dev in map(index.alive, changed) if dev is not None]
        for dev in known:
            self._take_over(dev, present[dev._obj_address])
        new = self._take_up([present[address] for address in changed
                             if index.alive(address) is None])
        self._place(report.places)
        note(index, report)
        # Rows may be as a crash left them; from then on every plan leaves
        # whole families behind.
        touched = [*new, *known] if self._settled else list(index)
        self._moves.settle(self._thaw(changed) + touched)
        self._settled = True
        self._last = report

    def _is_changed(self, address: str,
                    properties: reports.Properties) -> bool:
        return (self._reported.get(address) != properties
                or address in self._moves.withheld
                or address in self.stale
                or address in self.to_be_removed_when_freed
                or self._moves.index.alive(address) is None)

    def _drop_vanished(self, present: Mapping[str, reports.Properties],
                       others: frozenset[str]) -> None:
        vanished = [dev for dev in self._moves.index
                    if dev._obj_address not in present
                    and dev._obj_status not in GONE]
        for dev in vanished:
            if dev.status in OWNED:
                self.to_be_removed_when_freed[dev.address] = dev
                self._notices.vanished(
                    dev, is_reported=dev.address in others)
        self._moves.run([(Move.REMOVE, dev.address) for dev in vanished
                         if dev.status not in OWNED])
        self._removed(dev for dev in vanished if dev.status in GONE)

    def _removed(self, gone: Iterable[devices.PciDevice]) -> None:
        for dev in gone:
            self._left[dev.address] = reports.place_of(dev)
            self._moves.withheld.discard(dev.address)
            self._moves.index.unlink(dev)

    def _is_certain(self, address: str,
                    properties: reports.Properties) -> bool:
        """Whether a device is in the family that it is reported in.

        It is where it was, or where nobody knows another.  Once reports have
        contradicted each other two in a row have to agree; and while anybody
        has anything in the family, only on where it was.  A plain device that
        becomes a PF or a VF, as when SR-IOV is switched on, contradicts
        nothing: it was part of no family.  But a new VF may not be linked to
        its PF yet, and is a plain device in this report.
        """
        dev = self._moves.index.alive(address)
        before = (self._left.get(address) if dev is None
                  else reports.place_of(dev))
        now = reports.place(properties)
        is_agreed = self._doubted.get(address) == now
        if before in (None, now):
            is_certain = is_agreed or address not in self._doubted
        else:
            is_held = self._moves.index.is_held(address)
            is_certain = not is_held and (is_agreed or (
                before == reports.PLAIN and address not in self._doubted
                and not self._has_new_plain))
            if not is_certain:
                self._notices.moved(address, is_held=is_held)
        if is_certain:
            self._doubted.pop(address, None)
        else:
            self._doubted[address] = now
        return is_certain

    def _take_up(self, reported: Iterable[reports.Properties],
                 ) -> list[devices.PciDevice]:
        """Take in devices that are not tracked, or not any more."""
        index = self._moves.index
        new = [properties for properties in reported
               if self._is_certain(properties['address'], properties)]
        # A removed device that is back is a new one: whether its row is still
        # there is not known after a delete that failed.
        index.forget([dev for dev in map(
            index.get, (properties['address'] for properties in new))
            if dev is not None])
        created = [self._create(properties) for properties in new]
        index.add(created)
        index.families.relink(dev.address for dev in created)
        return created

    def _create(self, properties: reports.Properties) -> devices.PciDevice:
        address = properties['address']
        self._reported[address] = dict(properties)
        self._left.pop(address, None)
        created: devices.PciDevice = objects.PciDevice.create(
            self._context, {**properties, 'compute_node_id': self._node_id})
        return created

    def _take_over(self, dev: devices.PciDevice,
                   reported: reports.Properties) -> None:
        """Bring a known device up to date with what the host reports."""
        address = dev._obj_address
        if self.to_be_removed_when_freed.pop(address, None):
            self._notices.unchanged(dev)
        properties = reports.completed(dev, reported)
        changed = reports.changes(dev, properties,
                                  self._reported.get(address))
        if changed and dev._obj_status in OWNED:
            self.stale[address] = properties
            self._notices.changed(dev, reports.identity(changed))
            return
        self.stale.pop(address, None)
        if not self._is_certain(address, properties):
            self._moves.withheld.add(address)
            return
        self._moves.withheld.discard(address)
        self._reported[address] = reported
        self._notices.unchanged(dev)
        if changed:
            self._refresh(dev, properties, changed)
        if dev._obj_status not in OWNED:
            self._moves.index.families.relink([address])

    def _refresh(self, dev: devices.PciDevice,
                 properties: reports.Properties,
                 changed: Collection[str]) -> None:
        """Give a device new properties, and its place among the others."""
        index = self._moves.index
        has_moved = not reports.LINKING.isdisjoint(changed)
        if has_moved:
            index.unlink(dev)
        dev.update_device(reports.part(properties, changed))
        if has_moved:
            index.link(dev)
        self._moves.stats.update_device(dev)

    def _place(self, places: placing.Places) -> None:
        """Note where the devices are, those too that somebody owns.

        Groups change with the configuration, whoever has their devices.
        """
        for dev in self._moves.index:
            place = places.get(dev._obj_address)
            if (place is not None and dev._obj_status not in GONE
                    and placed.put(dev, place)):
                self._moves.stats.update_device(dev)

    def before_free(self, freed: Mapping[str, devices.PciDevice]) -> None:
        """Withhold devices that are not what they were when claimed.

        What the last report says of them is not believed either: a device
        that is being removed waits for its guest, and is half there.
        """
        contested = self._moves.index.families.contested
        for address, dev in freed.items():
            stale = self.stale.get(address)
            if ((stale and reports.is_another_device(dev, stale))
                    or address in contested):
                self._moves.withheld.add(address)
            else:
                self._moves.withheld.discard(address)

    def after_free(self, freed: Mapping[str, devices.PciDevice]) -> None:
        """Forget what waited for a free."""
        for address, dev in freed.items():
            stale = self.stale.pop(address, None)
            if stale and reports.place(stale) != reports.place_of(dev):
                self._doubted[address] = None
            self.to_be_removed_when_freed.pop(address, None)
            self._notices.freed(
                dev, is_withheld=address in self._moves.withheld)
        self._removed(dev for dev in freed.values() if dev.status in GONE)
        self._doubt_again(freed)
        self._moves.settle(self._thaw(freed))

    def _doubt_again(self, freed: Iterable[str]) -> None:
        """Have two reports agree on what was reported while owned."""
        if not self._doubted:
            return
        index = self._moves.index
        for address in index.families.whole(freed):
            dev = index.alive(address)
            if (dev is not None and address in self._doubted
                    and self._doubted[address] != reports.place_of(dev)
                    and not index.is_held(address)):
                self._doubted[address] = None

    def _thaw(self, addresses: Iterable[str]) -> list[devices.PciDevice]:
        """Drop links that only owners kept, in families that have none now.

        :returns: the tracked devices of the families that lost a link
        """
        index = self._moves.index
        thawed: list[devices.PciDevice] = []
        if not index.families.contested:
            return thawed
        done: set[str] = set()
        for address in addresses:
            if address in done:
                continue
            whole = index.families.whole([address])
            done.update(whole)
            if not index.has_owner(whole) and index.families.relink(whole):
                thawed += [dev for dev in map(index.get, whole)
                           if dev is not None and dev.status not in GONE]
        return thawed
