# SPDX-License-Identifier: Apache-2.0

"""The health of the cards of a node, as the kernel shows it each minute.

It is said, noted in the rows and counted; who takes a card out of service is
an operator.
"""

import logging
from collections.abc import Iterable

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import health_files
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.handing_out import health
from nova_pci_ext.handing_out.health import Facts
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.printable import printable
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj.protocols import PciDevice

#: The folder that holds ``sys``.
ROOT = '/'


class Health:
    """What is wrong with the cards of a node.

    :param log: the tracker's logger, under whose name operators look
    """

    def __init__(self, log: logging.LoggerAdapter[logging.Logger]) -> None:
        self._root = Root(ROOT)
        self._log = log
        # Each PF as it was with its VFs, since this service started.
        self._whole: dict[str, Facts] = {}
        self._said: dict[str, tuple[str, ...]] = {}
        self._unread: set[str] = set()

    def follow(self, devices: Iterable[PciDevice]) -> None:
        """Look at the cards, and note in the rows what is wrong with them.

        A card that cannot be looked at keeps its notes, and stops nothing.

        :param devices: all of the node
        """
        cards: dict[str, list[PciDevice]] = {}
        for dev in devices:
            if dev.status not in GONE:
                cards.setdefault(dev.parent_addr or dev.address,
                                 []).append(dev)
        for address, parts in cards.items():
            try:
                found = self._faults(address, parts)
            except exceptions.DiscoveryError as error:
                self._tell_unread(address, error)
                continue
            self._unread.discard(address)
            self._tell(address, found)
            for dev in parts:
                of_whom = '' if dev.address == address else f'PF {address}: '
                drain_notes.put(dev, drain_notes.UNHEALTHY, (
                    of_whom + ', '.join(found) if found else None))
        for address in self._said.keys() - cards.keys():
            del self._said[address]

    def _faults(self, address: str,
                parts: list[PciDevice]) -> tuple[str, ...]:
        now = health_files.read(self._root, address, parts[0].vendor_id)
        if now is None:
            return ()
        is_given_whole = any(dev.address == address and dev.status in OWNED
                             for dev in parts)
        if now.vfs and now.driver:
            self._whole[address] = now
        elif is_given_whole:
            # Who has the PF has its driver and VFs taken away.
            self._whole.pop(address, None)
        return health.faults(now, self._whole.get(address))

    def _tell_unread(self, address: str,
                     error: exceptions.DiscoveryError) -> None:
        if address not in self._unread:
            self._unread.add(address)
            self._log.warning(
                'The health of device %(address)s cannot be read: %(error)s',
                {'address': address, 'error': printable(str(error))})

    def _tell(self, address: str, found: tuple[str, ...]) -> None:
        """Say it once, and again when it is something else."""
        before = self._said.pop(address, ())
        if found:
            self._said[address] = found
        if found and found != before:
            self._log.warning(
                'Device %(address)s is not healthy: %(faults)s. nova-pci '
                'drain takes it out of service',
                {'address': address, 'faults': ', '.join(found)})
        elif before and not found:
            self._log.info('Device %s is healthy again', address)
