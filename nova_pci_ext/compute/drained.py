# SPDX-License-Identifier: Apache-2.0

"""What operators have drained, as the tracker obeys it.

The marks are in a file of this host (``discovery.drained_file``).  Whether it
is another file is one question to the kernel, so each claim asks before and
after it chooses.  As long as the file cannot be read, everything is drained.
"""

import logging
import pathlib
from collections.abc import Iterable

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.handing_out import draining
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.drained import Drain
from nova_pci_ext.model.drained import Mark
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
        self._marks: tuple[Mark, ...] = ()
        # Whether anything of a mark is in use, as it was said last.
        self._said: dict[Mark, bool | None] = {}
        self.drains: dict[str, Drain] = {}

    def is_out_of_date(self) -> bool:
        """Whether there are other marks than those that are obeyed."""
        return drained_file.stamp(self._path) != self._stamp

    def follow(self, devices: Iterable[PciDevice], *,
               anew: bool = False) -> list[str]:
        """Obey the marks that there are now.

        :param devices: all of the node
        :param anew: whether there may be other devices than before
        :returns: the addresses of devices whose part has changed
        """
        has_changed = self.is_out_of_date()
        if has_changed:
            self._read()
        elif not (anew and (self._marks or self.drains)):
            return []
        there = [dev for dev in devices if dev.status not in GONE]
        found = draining.drains(self._marks, [_place(dev, self._marks)
                                              for dev in there])
        changed = [dev.address for dev in there
                   if found.get(dev.address) != self.drains.get(dev.address)]
        self.drains.clear()
        self.drains.update(found)
        for dev in there:
            drain = found.get(dev.address)
            drain_notes.put(dev, drain_notes.REASON,
                            drain.reason if drain else None)
        self.tell(there)
        return changed

    def _read(self) -> None:
        """Read the marks; those that come meanwhile are read next time."""
        self._stamp = drained_file.stamp(self._path)
        try:
            self._marks = drained_file.read(self._path)
        except exceptions.DiscoveryError as error:
            self._log.error(
                'What is drained on this host cannot be read: %s. No PCI '
                'device is handed out until it can be', error)
            self._marks = (Mark(address=None, reason=str(error)),)

    def tell(self, devices: Iterable[PciDevice]) -> None:
        """Say of each mark whether its devices are in use, once."""
        if not (self._marks or self._said):
            return
        used: dict[Mark, list[PciDevice]] = {mark: [] for mark in self._marks}
        there: set[Mark] = set()
        for dev in devices:
            drain = self.drains.get(dev.address)
            if drain is not None:
                there.add(drain.mark)
                if dev.status in OWNED:
                    used[drain.mark].append(dev)
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


def _place(dev: PciDevice, marks: tuple[Mark, ...]) -> draining.Place:
    """Return where a device is; serial numbers only where one is needed."""
    needs_serial = any(mark.card for mark in marks)
    return draining.Place(
        dev.address, dev.parent_addr,
        dev.card_serial_number if needs_serial else None)
