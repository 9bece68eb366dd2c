# SPDX-License-Identifier: Apache-2.0

"""What the operator is told about the devices of a compute node."""

import logging
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.novaobj.protocols import PciDevice


class Notices:
    """Tells the operator of each change of state once, not every minute.

    :ivar log: the tracker's logger, under whose name operators look
    """

    def __init__(self, log: logging.LoggerAdapter[logging.Logger]) -> None:
        self.log = log
        self._said: dict[str, tuple[str, ...]] = {}
        self._duplicates: set[str] = set()
        self._unreadable: set[str] = set()
        self._outlived: set[str] = set()
        self._incomplete: Mapping[DeviceGroup, tuple[str, ...]] = {}

    def skipped(self, properties: dict[str, Any], error: Exception) -> None:
        """A reported device has an address that Nova cannot read."""
        self.log.debug(
            'Skipping PCI device %s reported by the hypervisor: %s',
            {name: value for name, value in properties.items()
             if name in ('address', 'parent_addr')},
            str(error).replace('Invalid [pci]device_spec config:', 'The'))

    def unreadable(self, faults: set[str]) -> None:
        """Reported devices that are not taken in, each with the reason."""
        for fault in sorted(faults - self._unreadable):
            self.log.warning('Ignoring a PCI device that the host reports: '
                             '%s', fault)
        self._unreadable = faults

    def vanished(self, dev: PciDevice, *, is_reported: bool) -> None:
        """An owned device is no longer among those that are handed out.

        :param is_reported: whether only ``device_spec`` does not name it
        """
        why, guest = 'the host no longer reports', ''
        if is_reported:
            why = 'device_spec no longer names'
        elif dev.status == ClaimState.ALLOCATED:
            guest = ', whose guest has lost it'
        if self._is_news(dev, ('vanished', why)):
            # The first words are Nova's: logs are searched for them.
            self.log.warning(
                'Unable to remove device with address %(address)s, which '
                '%(why)s: it is %(status)s by instance %(owner)s%(guest)s. '
                'It is kept for that instance, and removed when it is freed.',
                {'address': dev.address, 'status': dev.status, 'why': why,
                 'owner': dev.instance_uuid, 'guest': guest})

    def changed(self, dev: PciDevice, identity: tuple[str, ...]) -> None:
        """An owned device is reported with other properties.

        :param identity: those of them that say which device it is
        """
        if not identity:
            self.log.debug('Device %s waits for new properties until it is '
                           'freed', dev.address)
        elif self._is_news(dev, identity):
            self.log.warning(
                'Device %(address)s changed (%(names)s) while it is '
                '%(status)s by instance %(owner)s. It keeps its properties '
                'until it is freed, and is offered again once the host has '
                'reported it after that.',
                {'address': dev.address, 'names': ', '.join(identity),
                 'status': dev.status, 'owner': dev.instance_uuid})

    def moved(self, address: str, *, is_held: bool) -> None:
        """A device that nobody has is reported in another family."""
        if not self._is_news_of(address, ('moved', str(is_held))):
            return
        if is_held:
            self.log.warning(
                'Device %s is reported with another type or PF while a '
                'relative of it is owned. It is not offered until the last '
                'owner in its family is gone.', address)
        else:
            self.log.info(
                'Device %s is reported with another type or PF. It is '
                'offered once two reports in a row agree.', address)

    def unchanged(self, dev: PciDevice) -> None:
        """Nothing is wrong with a device any more."""
        if not self._said.pop(dev.address, None):
            return
        if dev.instance_uuid is None:
            self.log.info('The host reports device %s as it was',
                          dev.address)
        else:
            self.log.info(
                'The host reports device %(address)s as it was; it is '
                '%(status)s by instance %(owner)s', {
                    'address': dev.address, 'status': dev.status,
                    'owner': dev.instance_uuid})

    def freed(self, dev: PciDevice, *, is_withheld: bool) -> None:
        """A device that was not as it should be is free."""
        if not self._said.pop(dev.address, None):
            return
        if dev.status == ClaimState.REMOVED:
            self.log.info('Device %s was freed, and is removed', dev.address)
        elif is_withheld:
            self.log.info('Device %s was freed, and is offered again once '
                          'the host has reported it', dev.address)

    def duplicates(self, addresses: set[str]) -> None:
        """Addresses that the host reports more than once."""
        for address in sorted(addresses - self._duplicates):
            self.log.warning('The host reports device %s more than once; '
                             'the first report counts', address)
        self._duplicates = addresses

    def outlived(self, held: Mapping[str, Iterable[PciDevice]]) -> None:
        """Instances that are gone, while their guests have devices."""
        for owner in sorted(held.keys() - self._outlived):
            self.log.warning(
                'Instance %(owner)s is no longer on this host, but its guest '
                'runs: PCI devices %(addresses)s stay its own until the '
                'guest has ended. Nova ends such guests as '
                '[DEFAULT] running_deleted_instance_action says.',
                {'owner': owner, 'addresses': ', '.join(
                    sorted(dev.address for dev in held[owner]))})
        self._outlived = set(held)

    def incomplete(self, lacking: Mapping[DeviceGroup, tuple[str, ...]],
                   ) -> None:
        """Groups that nobody can get, with the devices that they lack."""
        for group, missing in lacking.items():
            if self._incomplete.get(group) != missing:
                self.log.warning(
                    'Device group %(group)s cannot be used: this host does '
                    'not hand out %(missing)s',
                    {'group': group, 'missing': ', '.join(missing)})
        for group in self._incomplete.keys() - lacking.keys():
            self.log.info('Device group %s is complete again', group)
        self._incomplete = lacking

    def _is_news(self, dev: PciDevice, state: tuple[str, ...]) -> bool:
        return self._is_news_of(dev.address, state)

    def _is_news_of(self, address: str, state: tuple[str, ...]) -> bool:
        news = self._said.get(address) != state
        self._said[address] = state
        return news
