# SPDX-License-Identifier: Apache-2.0

"""The rows of a node go where their devices are, or are held.

Before a report is taken in, the owners of devices that have another address
for certain are given the rows there.  What is not certain is noted in the
rows, for whoever starts a guest or has only Nova's database.
"""

import logging
from collections.abc import Mapping

from nova import objects

from nova_pci_ext.compute import devices
from nova_pci_ext.compute import moving_rows
from nova_pci_ext.compute import reports
from nova_pci_ext.handing_out import re_addressing
from nova_pci_ext.handing_out import same_device
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.identity import Identity
from nova_pci_ext.model.printable import printable
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj.protocols import Context
from nova_pci_ext.novaobj.protocols import PciDevice


class ReAddressed:
    """The devices of a node, known by what does not change.

    :param log: the tracker's logger, under whose name operators look
    :ivar held: why nobody gets a device, by its address; the one object is
        filled anew
    """

    def __init__(self, context: Context, node_id: int,
                 log: logging.LoggerAdapter[logging.Logger]) -> None:
        self._context = context
        self._node_id = node_id
        self._log = log
        self.held: dict[str, str] = {}
        self._said: dict[str, str] = {}

    def is_waiting(self) -> bool:
        """Whether something is held, and may not be after the next report."""
        return bool(self.held)

    def read(self, index: devices.DeviceIndex) -> None:
        """Hold what was held before this service started."""
        for dev in index:
            reason = device_facts.held(dev.extra_info)
            if reason is not None and dev.status not in GONE:
                self.held[dev.address] = reason

    def follow(self, index: devices.DeviceIndex, report: reports.Report,
               ) -> dict[str, str]:
        """Give the rows to the owners whose devices are there now.

        :param index: all devices of the node; new rows are added to what it
            lists, and it has to be made anew if anything has moved
        :returns: old address to new one of what has moved
        :raises Exception: as the database does
        """
        alive = {dev._obj_address: dev for dev in index
                 if dev._obj_status not in GONE}
        outcome = re_addressing.NOTHING
        if any(dev._obj_status in OWNED for dev in alive.values()):
            outcome = re_addressing.settle(
                _known(alive, self.held), _present(report))
        self.held.clear()
        self.held.update(outcome.held)
        self._hold_first(alive)
        if outcome.moves:
            # Were the rows not to be written, nobody else may get these.
            self.held.update(
                (now, f'it is the device of {before}')
                for before, now in outcome.moves.items())
            self._move(index, alive, outcome, report)
            for now in outcome.moves.values():
                self.held.pop(now, None)
        self._tell(outcome)
        return dict(outcome.moves)

    def _hold_first(self, alive: Mapping[str, PciDevice]) -> None:
        """Write what is newly held before anything else is written.

        What shows that devices have moved is not in the rows any more once
        these say what is there now.
        """
        for address, reason in sorted(self.held.items()):
            dev = alive.get(address)
            if dev is not None and device_facts.held(dev.extra_info) is None:
                drain_notes.put(dev, device_facts.HELD, reason)
                moving_rows.save(dev, self._context)

    def _move(self, index: devices.DeviceIndex,
              alive: dict[str, PciDevice], outcome: re_addressing.Outcome,
              report: reports.Report) -> None:
        moves = outcome.moves
        reported = {each['address']: each for each in report.devices}
        for before in (*moves, *outcome.waiting):
            _note_for_good(alive[before])
        after = {address: moving_rows.FREE._replace(
            held=self.held.get(address)) for address in moves}
        for before, now in moves.items():
            after[now] = moving_rows.content_of(alive[before])
        for before, place in outcome.waiting.items():
            after[place] = moving_rows.content_of(alive[before])._replace(
                held=self.held[place])
        # What a removed row leaves is in the way of a new one.
        index.forget([dev for dev in map(index.get, moves.values())
                      if dev is not None and dev.address not in alive])
        for now in moves.values():
            properties = dict(reported[now])
            if now in alive:
                alive[now].update_device(properties)
            else:
                alive[now] = objects.PciDevice.create(self._context, {
                    **properties, 'compute_node_id': self._node_id})
                index.add([alive[now]])
            if alive[now].status not in OWNED:
                moving_rows.mark_made(alive[now])
        moving_rows.write(alive, after, self._context)

    def _tell(self, outcome: re_addressing.Outcome) -> None:
        """Say once what has moved, and what is held."""
        for before, now in sorted(outcome.moves.items()):
            self._log.warning(
                'The device that was at %(before)s is at %(now)s now. Its '
                'instance keeps it there', {'before': before, 'now': now})
        for before, place in sorted(outcome.waiting.items()):
            self._log.warning(
                'Another device is at %(before)s now, and the one that was '
                'there is not found. The row of its instance waits at '
                '%(place)s', {'before': before, 'place': place})
        for address, reason in sorted(outcome.held.items()):
            if self._said.get(address) != reason:
                self._log.warning(
                    'Device %(address)s is held: %(reason)s. Nobody gets it, '
                    'and no guest is started with it. nova-pci audit says '
                    'what to do',
                    {'address': address, 'reason': printable(reason)})
        for address in sorted(self._said.keys() - outcome.held.keys()):
            self._log.info('Device %s is not held any more', address)
        self._said = dict(outcome.held)

    def note(self, index: devices.DeviceIndex,
             report: reports.Report) -> list[PciDevice]:
        """Note in the rows what the devices are, and which are held.

        :returns: those of which something else is noted than before
        """
        changed = []
        heads = {fact: found.head for found in report.found.values()
                 for fact in same_device.facts(found.identity)}
        for dev in index:
            if dev._obj_status in GONE:
                continue
            address = dev._obj_address
            was_held = device_facts.held(dev._obj_extra_info) is not None
            drain_notes.put(dev, device_facts.HELD, self.held.get(address))
            seen = report.found.get(address)
            is_owned = dev._obj_status in OWNED
            moving_rows.mark_seen(dev)
            if not is_owned:
                moving_rows.forget(dev)
            if seen is not None and not (is_owned and address in self.held):
                known = device_facts.of_row(dev).identity
                text = _note(known, seen.identity, is_owned=is_owned)
                if not is_owned and (was_held or any(
                        heads.get(fact, seen.head) != seen.head
                        for fact in same_device.facts(known))):
                    # What the row was of is elsewhere in this report, or was
                    # not there when its owner went.
                    text = device_facts.note(seen.identity)
                if dev._obj_extra_info.get(device_facts.NOTE) != text:
                    drain_notes.put(dev, device_facts.NOTE, text)
                    changed.append(dev)
                device_facts.vouch(dev, dev._obj_instance_uuid)
        return changed


def _note_for_good(dev: PciDevice) -> None:
    """Note what an owner has, before a row says what is there now.

    What Nova keeps of the device is of the new one then, also if the plan is
    not carried out.
    """
    drain_notes.put(dev, device_facts.NOTE, device_facts.note(
        device_facts.of_row(dev).identity) or device_facts.NOTHING)
    device_facts.vouch(dev, dev.instance_uuid)


def _note(known: Identity, seen: Identity, *,
          is_owned: bool) -> str | None:
    """Return what to note of a device that is seen.

    Of an owned one nothing is learned from what may be another; but while
    nothing says that it is one, what tells the card is learned where only its
    place was known.
    """
    answer = same_device.same_card(known, seen)
    if answer or (is_owned and answer is None
                  and not (known.serial or known.mac)):
        return device_facts.note(same_device.merged(known, seen))
    if is_owned or not seen.has_facts:
        return device_facts.note(known)
    return device_facts.note(seen)


def _known(alive: Mapping[str, PciDevice], held: Mapping[str, str],
           ) -> dict[str, re_addressing.Known]:
    found = {}
    for address, dev in alive.items():
        identity, head = device_facts.of_row(dev)
        is_owned = dev.status in OWNED
        found[address] = re_addressing.Known(
            identity=identity, head=head, is_owned=is_owned,
            is_held=address in held,
            is_made=not is_owned and moving_rows.is_made(dev))
    return found


def _present(report: reports.Report) -> dict[str, re_addressing.Present]:
    named = report.addresses
    return {address: re_addressing.Present(
        identity=found.identity, head=found.head, is_named=address in named)
        for address, found in report.found.items()}
