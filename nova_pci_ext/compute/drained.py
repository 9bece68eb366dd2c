# SPDX-License-Identifier: Apache-2.0

"""What is drained, by operators and by this service, as the tracker obeys it.

The marks are in a file of this host (``discovery.drained_file``).  Whether it
is another file is one question to the kernel, so each claim asks before and
after it chooses.  As long as the file cannot be read, everything is drained.
"""

import dataclasses
import logging
import pathlib
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.compute import own_marks
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.handing_out import draining
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.drained import Accepted
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Drain
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Marks
from nova_pci_ext.model.drained import Origin
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj.protocols import PciDevice

_UNREAD: drained_file.Stamp = ()


class Drained:
    """The devices of a node that are not handed out any more.

    :param path: of the file with the marks
    :param log: the tracker's logger, under whose name operators look
    :ivar drains: by address; the one object is filled anew
    """

    def __init__(self, path: pathlib.Path,
                 log: logging.LoggerAdapter[logging.Logger]) -> None:
        self._path = path
        self._log = log
        self._stamp: drained_file.Stamp | None = _UNREAD
        self._marks = Marks()
        # Why the file could not be read.
        self._error: str | None = None
        # Whether ``drains`` is what follows from the marks.
        self._is_followed = False
        self._own = own_marks.OwnMarks(path, log)
        # Whether anything of a mark is in use, as it was said last.
        self._said: dict[Mark, bool | None] = {}
        self.drains: dict[str, Drain] = {}
        # All marks that bear on a device, where only the first is obeyed.
        self._bearing: Mapping[str, Sequence[Drain]] = {}

    def is_out_of_date(self) -> bool:
        """Whether there are other marks than those that are obeyed."""
        return drained_file.stamp(self._path) != self._stamp

    def hold(self, origin: Origin, reasons: Mapping[str, str],
             devices: Iterable[PciDevice]) -> None:
        """Drain devices ourselves; ``follow`` obeys it.

        A device that has a mark of this origin keeps it, with its reason.

        :param reasons: by the address of a PF, or of a device, that need not
            be a row itself
        :param devices: all of the node
        """
        there = list(devices)
        found = self._marked(there)
        self._change([dataclasses.replace(
            own_marks.new_mark(origin, address, reason),
            card=_card(address, there)) for address, reason in reasons.items()
            if all(mark.origin is not origin
                   for mark in found.get(address, ()))], ())

    def release(self, origin: Origin, addresses: Collection[str],
                devices: Iterable[PciDevice]) -> None:
        """Take away what ``hold`` has set for this origin, if it is there.

        :param devices: all of the node
        """
        found = self._marked(devices)
        self._change((), [mark for address in addresses
                          for mark in found.get(address, ())
                          if mark.origin is origin])

    def settle(self) -> None:
        """Write and read what could not be written or read before.

        A file that this process could not open for once, because it had too
        many open, is the same file afterwards.
        """
        self._own.settle()
        if self._error is not None:
            self._stamp = _UNREAD

    def accepted(self, devices: Iterable[PciDevice],
                 ) -> dict[str, Accepted]:
        """Return the cards that are back in service, by where they are now.

        :param devices: all of the node
        """
        self._look()
        if not self._marks.accepted:
            return {}
        return draining.accepted_at(self._marks.accepted,
                                    _places(devices, self._marks))

    def accept(self, changed: Mapping[Accepted, Accepted]) -> None:
        """Put other facts in the place of those that were accepted."""
        if changed:
            self._own.accept(changed)
            self._read()

    def _marked(self, devices: Iterable[PciDevice],
                ) -> dict[str, list[Mark]]:
        self._look()
        return draining.marked(
            self._marks.drained, _places(devices, self._marks))

    def _look(self) -> None:
        """Know the marks that there are now; ``follow`` obeys them."""
        if self.is_out_of_date():
            self._read()

    def _change(self, new: Collection[Mark], over: Collection[Mark]) -> None:
        if new or over:
            self._own.change(new, over)
            self._read()

    def follow(self, devices: Iterable[PciDevice], *,
               anew: bool = False) -> list[str]:
        """Obey the marks that there are now.

        :param devices: all of the node
        :param anew: whether there may be other devices than before
        :returns: the addresses of devices whose part has changed
        """
        if self.is_out_of_date():
            self._read()
        elif self._is_followed and not (
                anew and (self._marks.drained or self.drains)):
            return []
        self._is_followed = True
        there = [dev for dev in devices if dev._obj_status not in GONE]
        self._bearing = draining.all_drains(
            self._marks.drained, _places(there, self._marks))
        found = {address: drains[0]
                 for address, drains in self._bearing.items()}
        changed = [address for address in (dev._obj_address for dev in there)
                   if found.get(address) != self.drains.get(address)]
        self.drains.clear()
        self.drains.update(found)
        for dev in there:
            drain_notes.put_drain(dev, found.get(dev._obj_address))
        self.tell(there)
        return changed

    def _read(self) -> None:
        """Read the marks; those that come meanwhile are read next time."""
        self._stamp = drained_file.stamp(self._path)
        self._is_followed = False
        before, self._error = self._error, None
        try:
            marks = drained_file.read_all(self._path)
        except exceptions.DiscoveryError as error:
            self._error = str(error)
            if before != self._error:
                self._log.error(
                    'What is drained on this host cannot be read: %s. No PCI '
                    'device is handed out until it can be', error)
            marks = Marks(drained=(Mark(address=None, reason=str(error)),))
        self._marks = self._own.applied(marks)

    def tell(self, devices: Iterable[PciDevice]) -> None:
        """Say of each mark whether its devices are in use, once."""
        if not (self._marks.drained or self._said):
            return
        used: dict[Mark, list[PciDevice]] = {
            mark: [] for mark in self._marks.drained}
        there: set[Mark] = set()
        for dev in devices:
            # What was read since ``follow`` counts from the next one on.
            marks = {drain.mark for drain
                     in self._bearing.get(dev.address, ())} & used.keys()
            there |= marks
            if dev.status in OWNED:
                for mark in marks:
                    used[mark].append(dev)
        for mark, held in used.items():
            state = bool(held) if mark in there else None
            if mark not in self._said or self._said[mark] != state:
                self._tell(mark, held, is_there=mark in there)
            self._said[mark] = state
        for mark in self._said.keys() - used.keys():
            del self._said[mark]
            self._log.info('%s is not drained any more', _name(mark))

    def _tell(self, mark: Mark, held: list[PciDevice], *,
              is_there: bool) -> None:
        if not is_there:
            self._log.warning('%s is drained (%s), and no device that this '
                              'host hands out', _name(mark), mark.reason)
        elif held:
            self._log.info(
                '%(what)s is drained (%(reason)s). In use, and kept by their '
                'instances, are %(held)s', {
                    'what': _name(mark), 'reason': mark.reason,
                    'held': ', '.join(sorted(
                        f'{dev.address} ({dev.instance_uuid})'
                        for dev in held))})
        else:
            self._log.info('%s is drained (%s), and nothing of it is in use',
                           _name(mark), mark.reason)


def _name(mark: Mark) -> str:
    return f'Device {mark.address}' if mark.address else 'The whole host'


def _places(devices: Iterable[PciDevice], marks: Marks,
            ) -> list[draining.Place]:
    """Return where devices are; serial numbers only where one is needed."""
    needs_serial = (any(mark.card for mark in marks.drained)
                    or any(each.card for each in marks.accepted))
    return [draining.Place(dev.address, dev.parent_addr,
                           dev.card_serial_number if needs_serial else None)
            for dev in devices if dev.status not in GONE]


def _card(address: str, devices: Iterable[PciDevice]) -> CardFunction | None:
    """Return what is at an address; a PF is known by its VFs as well."""
    for dev in devices:
        if dev.status not in GONE and address in (
                dev.address, dev.parent_addr):
            return draining.card_function(draining.Place(
                address, dev.parent_addr if dev.address == address else None,
                dev.card_serial_number))
    return None
