# SPDX-License-Identifier: Apache-2.0

"""Devices that are drained and undrained while guests come and go.

Commands write the marks beside the tracker, and the tracker sets some itself;
each has to be obeyed from the moment on that it is set.
"""

import contextlib
import threading
import uuid

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.handing_out import draining
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Origin
from tests.soak import host

#: Devices that are drained at once, so that guests find others.
MOST = 4


class Drains:
    """What is drained, told without the tracker.

    :param path: the file of the marks, which outlives a killed service
    :param choice: returns one of a list
    """

    def __init__(self, path, choice):
        self._path = path
        self._choice = choice
        # A mark that the tracker sets while a command takes marks away would
        # be neither certainly there nor certainly gone.
        self._exclusive = threading.Lock()
        self._guard = threading.Lock()
        self._drained = {mark.address: uuid.uuid4()
                         for mark in drained_file.read(path)}

    def now(self):
        """Return what is drained, each with a name of this one drain."""
        with self._guard:
            return dict(self._drained)

    def change(self):
        """Do what one ``nova-pci drain`` or ``undrain`` does."""
        with contextlib.suppress(exceptions.DiscoveryError):
            # Another may be writing the file; then nothing is changed.
            if len(self.now()) < self._choice(range(MOST + 1)):
                self._drain(self._choice(sorted(host.ALL)))
            else:
                self._undrain()

    def hold(self, tracker):
        """Let the tracker drain a device by itself, as for its health."""
        if len(self.now()) >= MOST:
            return
        address = self._choice(sorted(host.ALL))
        with self._exclusive, tracker._lock:
            tracker._drained.hold(Origin.HEALTH, {address: 'fails'},
                                  tracker._moves.index)
            tracker._obey_drains()
            self._note(address)

    def broken(self, before, given, parts):
        """Yield what is wrong with a claim.

        A VF that is not there does not keep its PF from anybody.

        :param before: what was drained when the claim began
        :param given: addresses of the devices
        :param parts: (VF, PF) of what was there all the time
        """
        after = self.now()
        kept = {address for address, drain in before.items()
                if after.get(address) == drain}
        for address in given:
            found = kept & {address, *(
                other for other in host.relatives(address)
                if (other, address) in parts or (address, other) in parts)}
            if found:
                yield f'{address} was handed out, drained is {sorted(found)}'

    def end(self):
        """Undrain everything."""
        drained_file.change_all(self._path, lambda old: draining.undrained(
            old, old.drained))
        with self._guard:
            self._drained.clear()

    def _drain(self, address):
        drained_file.change(self._path, lambda old: [*old, Mark(
            address=address, reason='soaked')])
        self._note(address)

    def _undrain(self):
        marks = drained_file.read(self._path)
        if not marks:
            return
        address = self._choice(marks).address
        with self._exclusive:
            with self._guard:
                self._drained.pop(address, None)
            drained_file.change_all(
                self._path, lambda old: draining.undrained(old, [
                    mark for mark in old.drained
                    if mark.address == address]))

    def _note(self, address):
        with self._guard:
            self._drained.setdefault(address, uuid.uuid4())
