# SPDX-License-Identifier: Apache-2.0

"""The health of the cards of a node, as the kernel shows it each minute.

It is said, noted in the rows and counted.  With ``[pci_ext] unhealthy =
drain`` the card is drained too, by a mark as operators set them: it stays
when the card is healthy again, until an operator undrains it.
"""

import dataclasses
import logging
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.compute import drained
from nova_pci_ext.compute import steady
from nova_pci_ext.discovery import health_files
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.handing_out import health
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.drained import Accepted
from nova_pci_ext.model.drained import Origin
from nova_pci_ext.model.health import Facts
from nova_pci_ext.model.health import Fault
from nova_pci_ext.model.printable import printable
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj.protocols import PciDevice

#: The folder that holds ``sys``.
ROOT = '/'

#: What a card shows, and what is said of it.
_Seen = tuple[Facts, tuple[Fault, ...]]


class Health:
    """What is wrong with the cards of a node.

    :param marks: the drained devices of the node
    :param log: the tracker's logger, under whose name operators look
    """

    def __init__(self, marks: drained.Drained,
                 log: logging.LoggerAdapter[logging.Logger]) -> None:
        self._root = Root(ROOT)
        self._marks = marks
        self._log = log
        # Each PF as it was with its VFs, since this service started.
        self._whole: dict[str, Facts] = {}
        self._steady = steady.Steady()
        self._said: dict[str, str] = {}
        self._unread: set[str] = set()
        self._known: set[str] = set()

    def follow(self, devices: Iterable[PciDevice], *, drains: bool) -> None:
        """Look at the cards, and note in the rows what is wrong with them.

        A card that cannot be looked at keeps its notes, and stops nothing.

        :param devices: all of the node
        :param drains: whether to drain a card with which something is wrong
        """
        there = [dev for dev in devices if dev.status not in GONE]
        cards: dict[str, list[PciDevice]] = {}
        for dev in there:
            cards.setdefault(dev.parent_addr or dev.address, []).append(dev)
        seen: dict[str, _Seen] = {}
        for address, parts in cards.items():
            now = self._read(address, parts[0].vendor_id)
            if now is not None:
                found = self._steady.look(
                    address, self._faults(address, now, parts))
                self._tell(address, found)
                self._note(address, found, parts)
                seen[address] = now, found
        for address in self._known - cards.keys():
            self._said.pop(address, None)
            self._unread.discard(address)
            self._steady.forget(address)
        self._known = set(cards)
        if drains:
            self._drain(seen, there)

    def _read(self, address: str, vendor_id: str) -> Facts | None:
        try:
            now = health_files.read(self._root, address, vendor_id)
        except exceptions.DiscoveryError as error:
            if address not in self._unread:
                self._unread.add(address)
                self._log.warning(
                    'The health of device %(address)s cannot be read: '
                    '%(error)s', {'address': address,
                                  'error': printable(str(error))})
            return None
        self._unread.discard(address)
        return now

    def _faults(self, address: str, now: Facts,
                parts: Sequence[PciDevice]) -> tuple[Fault, ...]:
        owned = [dev.address for dev in parts if dev.status in OWNED]
        if now.vfs and now.driver:
            self._whole[address] = now
        elif address in owned:
            # Who has the PF has its driver and VFs taken away.
            self._whole.pop(address, None)
        return health.faults(now, self._whole.get(address),
                             in_use=len(owned))

    def _tell(self, address: str, found: Sequence[Fault]) -> None:
        """Say it once, and again when it is something else."""
        words = health.words(found)
        before = self._said.pop(address, '')
        if words:
            self._said[address] = words
        if words and words != before:
            self._log.warning(
                'Device %(address)s is not healthy: %(faults)s',
                {'address': address, 'faults': words})
        elif before and not words:
            self._log.info('Device %s is healthy again', address)

    def _note(self, address: str, found: Sequence[Fault],
              parts: Iterable[PciDevice]) -> None:
        if not found and not self._steady.is_sure(address):
            # What was noted before a restart may still be so.
            return
        for dev in parts:
            drain_notes.put(dev, drain_notes.UNHEALTHY, health.of_part(
                health.words(found), dev.parent_addr) if found else None)

    def _drain(self, seen: Mapping[str, _Seen],
               devices: Sequence[PciDevice]) -> None:
        """Drain cards for what is worse than an operator has accepted."""
        back = self._marks.accepted(devices)
        changed: dict[Accepted, Accepted] = {}
        reasons: dict[str, str] = {}
        for address, (now, found) in seen.items():
            facts = None
            each = back.get(address)
            if each is not None:
                facts = (health.accepting(now) if each.facts is None
                         else health.renewed(each.facts, now))
                if facts != each.facts:
                    changed[each] = dataclasses.replace(each, facts=facts)
            bad = health.to_drain(found, now, facts)
            if bad:
                reasons[address] = f'not healthy: {health.words(bad)}'
        self._marks.accept(changed)
        if reasons:
            self._marks.hold(Origin.HEALTH, reasons, devices)
