# SPDX-License-Identifier: Apache-2.0

"""Devices that servers give back: looked at before anybody else gets them.

The tracker calls with its lock held, between the free of a device and the
next claim, so that nobody has a device while something of it is changed.  It
waits for the kernel with a bound; what is not known by then counts as left.
"""

import logging
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from oslo_config import cfg

from nova_pci_ext.compute import bounded
from nova_pci_ext.compute import cleaning
from nova_pci_ext.compute import given_pfs
from nova_pci_ext.compute import privileged_daemon
from nova_pci_ext.compute.devices import DeviceIndex
from nova_pci_ext.compute.drained import Drained
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.discovery.vf_states import Host
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.drained import Origin
from nova_pci_ext.model.leavings import Before
from nova_pci_ext.model.printable import printable
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import release_notes
from nova_pci_ext.novaobj.protocols import PciDevice

CONF = cfg.CONF
pci_ext.register_opts(CONF)

#: How long a claim, a free or an update waits for the kernel.
PATIENCE_S = 10.
_PF, _VF = 'type-PF', 'type-VF'

Freed = Mapping[str, str]


def prepare() -> None:
    """Begin to start what puts devices right, before one comes back."""
    if CONF.pci_ext.verify_clean != pci_ext.OFF or CONF.pci_ext.restore_vfs:
        privileged_daemon.DAEMON.start()


class Releases:
    """The tracker's view of devices that come back.

    :param drained: where a device is held
    :param log: the tracker's logger, under whose name operators look
    :param is_here: whether the devices of the node are those of this kernel
    :param is_certain: whether the device at an address is that of its row
    """

    def __init__(self, drained: Drained,
                 log: logging.LoggerAdapter[logging.Logger],
                 is_here: Callable[[], bool],
                 is_certain: Callable[[str], bool]) -> None:
        self._drained = drained
        self._log = log
        self._is_here = is_here
        self._is_certain = is_certain
        self._bounded = bounded.Bounded(PATIENCE_S)
        self._host = Host()
        self._cleaner = cleaning.Cleaner(self._host)
        self._restorer = given_pfs.Restorer(self._host)

    @property
    def _mode(self) -> str:
        return str(CONF.pci_ext.verify_clean)

    def note(self, taken: Iterable[PciDevice]) -> None:
        """Note how devices are that a server gets now."""
        known = {dev.address: dev for dev in self._own(taken)}
        if not known:
            return

        def look(_: bounded.Permit) -> dict[str, Before]:
            return {address: self._host.before(
                dev.parent_addr if dev.dev_type == _VF else None, address)
                for address, dev in known.items()}

        try:
            found = self._bounded.run(look)
        except bounded.NoAnswerError:
            found = {}
        except bounded.WorkError as exc:
            self._log.debug('How devices are before they are handed out is '
                            'not known: %s', exc)
            found = {}
        for address, dev in known.items():
            before = found.get(address)
            release_notes.put_unclean(dev, None)
            if (dev.dev_type == _PF and before is not None
                    and not before.vfs):
                # It had some once, and has had none since: they are due yet.
                before = release_notes.before(dev.extra_info)
            release_notes.put_before(dev, before)

    def look(self, freed: Freed, devices: DeviceIndex) -> None:
        """Look at devices that servers have just given back.

        :param freed: UUIDs of the servers, by the address of the device
        :param devices: all of the node
        """
        there = (dev for dev in map(devices.get, freed) if dev is not None)
        self._look([dev for dev in self._own(there)
                    if dev.status == ClaimState.AVAILABLE], freed, devices)

    def look_again(self, devices: DeviceIndex) -> None:
        """Look again at devices that were not clean when they came back."""
        if not self._is_here():
            return
        if self._mode == pci_ext.OFF:
            # Nobody looks any more, so that nobody would take it back.
            for dev in devices:
                if dev.dev_type == _VF:
                    release_notes.put_unclean(dev, None)
        waiting = [dev for dev in devices
                   if dev.status == ClaimState.AVAILABLE
                   and release_notes.unclean(dev.extra_info) is not None]
        self._look(list(self._own(waiting)), {}, devices)
        if self._mode != pci_ext.HOLD and not self._bounded.is_busy:
            self._release([
                dev for dev in devices if drain_notes.origin(
                    dev.extra_info) is Origin.RELEASE], devices)

    def _own(self, devices: Iterable[PciDevice]) -> Iterator[PciDevice]:
        """Yield the devices that are this kernel's, and are looked at."""
        if not self._is_here():
            return
        for dev in devices:
            kind_is_looked_at = dev.dev_type == _PF or (
                dev.dev_type == _VF and dev.parent_addr
                and self._mode != pci_ext.OFF)
            if (kind_is_looked_at and self._is_certain(dev.address)
                    and self._host.has(dev.address, dev.vendor_id)):
                yield dev

    def _look(self, back: Collection[PciDevice], freed: Freed,
              devices: DeviceIndex) -> None:
        by_pf: dict[str, list[PciDevice]] = {}
        with self._bounded.together():
            for dev in back:
                if dev.dev_type == _PF:
                    self._look_at_pf(dev, devices)
                else:
                    by_pf.setdefault(dev.parent_addr or '', []).append(dev)
            for pf, parts in by_pf.items():
                self._look_at_vfs(pf, parts, freed, devices)

    def _look_at_vfs(self, pf: str, parts: list[PciDevice], freed: Freed,
                     devices: DeviceIndex) -> None:
        before = {dev.address: release_notes.before(dev.extra_info)
                  for dev in parts}
        is_changing = False
        try:
            found = self._bounded.run(
                lambda permit: self._cleaner.look(pf, before, permit))
        except bounded.NoAnswerError as exc:
            is_changing = exc.is_changing
            found = dict.fromkeys(before, cleaning.Found(left=(
                f'no answer of the kernel within {PATIENCE_S:.0f} s',)))
        except bounded.WorkError as exc:
            self._log.debug('Looking at VFs of %s has failed', pf,
                            exc_info=exc)
            found = dict.fromkeys(before, cleaning.Found(left=(
                f'it cannot be looked at: {exc}',)))
        for dev in parts:
            self._conclude(dev, found.get(dev.address, cleaning.Found()),
                           freed, devices, is_changing=is_changing)

    def _conclude(self, dev: PciDevice, found: cleaning.Found, freed: Freed,
                  devices: DeviceIndex, *,
                  is_changing: bool) -> None:
        """Say and note what was found on a VF, and hold it if it must be.

        An operator has had the last word on a device that is not held any
        more; only the next server's end holds it again, or a change whose end
        is not known.  Without ``hold`` even that holds nothing: the kernel
        does what it was told before what it is told for the next server.
        """
        left = printable(', '.join(found.left))
        was_left = release_notes.unclean(dev.extra_info)
        if found.done:
            self._log.info(
                'Device %(address)s came back with %(what)s; that is put '
                'right', {'address': dev.address,
                          'what': printable(', '.join(found.done))})
        if found.resets == () and dev.address in freed:
            self._log.warning(
                'Device %s came back, and the kernel knows no way to reset '
                'it: what is in its memory goes to the next server',
                dev.address)
        is_to_be_held = self._mode == pci_ext.HOLD and (
            is_changing or dev.address in freed)
        if left and left != was_left:
            self._log.warning(
                'Device %(address)s came back%(owner)s with %(left)s. '
                '%(then)s', {
                    'address': dev.address, 'left': left,
                    'owner': _of(freed.get(dev.address)),
                    'then': self._then(dev, is_to_be_held=is_to_be_held)})
        elif was_left is not None and not left:
            self._log.info('Device %s is clean now', dev.address)
        release_notes.put_unclean(dev, left or None)
        if not left:
            release_notes.put_before(dev, None)
            self._release([dev], devices)
        elif is_to_be_held:
            self._drained.hold(Origin.RELEASE, {
                dev.address: f'not clean: {left}'}, devices)

    def _then(self, dev: PciDevice, *, is_to_be_held: bool) -> str:
        if is_to_be_held or self._is_held(dev):
            return ('It is held until it is clean, or until '
                    f'"nova-pci undrain {dev.address}"')
        if dev.address in self._drained.drains:
            return 'It is drained anyway'
        return 'It is handed out again'

    def _look_at_pf(self, dev: PciDevice,
                    devices: DeviceIndex) -> None:
        """Say of a PF that it has lost its VFs, and make them again."""
        before = release_notes.before(dev.extra_info)
        was_left = release_notes.unclean(dev.extra_info)
        if not self._restorer.lacks(dev.address, before):
            if not self._bounded.is_busy:
                if was_left is not None:
                    self._log.info('Device %s has VFs again', dev.address)
                self._done(dev, devices)
            return
        left = f'came back without its {before.vfs} VFs'
        if CONF.pci_ext.restore_vfs:
            said = self._restore(dev, before, devices)
            if said is None:
                self._log.info(
                    'Device %(address)s %(left)s; they are made again',
                    {'address': dev.address, 'left': left})
                self._done(dev, devices)
                return
            left = f'{left}, which cannot be made again: {printable(said)}'
        if left != was_left:
            self._log.warning('Device %(address)s %(left)s', {
                'address': dev.address, 'left': left})
        release_notes.put_unclean(dev, left)
        if not self._bounded.is_busy:
            self._release([dev], devices)

    def _restore(self, dev: PciDevice, before: Before,
                 devices: DeviceIndex) -> str | None:
        """Make the VFs of a PF again.

        :returns: why they are not there, None if they are
        """
        if devices.is_held(dev.address):
            return 'servers have some of them by Nova\'s database'
        try:
            return self._bounded.run(
                lambda permit: self._restorer.restore(
                    dev.address, before, permit))
        except bounded.NoAnswerError as exc:
            if exc.is_changing:
                # They may come at any time, to a PF that a server has.
                self._drained.hold(Origin.RELEASE, {
                    dev.address: 'its VFs are being made again'}, devices)
            return f'no answer of the kernel within {PATIENCE_S:.0f} s'
        except bounded.WorkError as exc:
            return str(exc)

    def _done(self, dev: PciDevice, devices: DeviceIndex) -> None:
        release_notes.put_unclean(dev, None)
        release_notes.put_before(dev, None)
        self._release([dev], devices)

    def _is_held(self, dev: PciDevice) -> bool:
        return drain_notes.origin(dev.extra_info) is Origin.RELEASE

    def _release(self, held: Iterable[PciDevice],
                 devices: DeviceIndex) -> None:
        addresses = [dev.address for dev in held
                     if dev.address in self._drained.drains]
        if addresses:
            self._drained.release(Origin.RELEASE, addresses, devices)


def _of(owner: str | None) -> str:
    return f' from instance {owner}' if owner else ''
