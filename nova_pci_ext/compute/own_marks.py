# SPDX-License-Identifier: Apache-2.0

"""Marks that nova-compute sets itself, beside those of operators.

They count from the moment on that they are set, and are written into the file
of all marks, where a restart finds them and ``nova-pci undrain`` takes them
away.  As long as the file cannot be written they are kept here, and each
update tries again; nothing waits for a command that has the file.
"""

import datetime
import logging
import pathlib
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.model.drained import Accepted
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Marks
from nova_pci_ext.model.drained import Origin

#: ``by`` of the marks.
SERVICE = 'nova-compute'


class OwnMarks:
    """Changes of the file that this service wants.

    :param path: of the file with the marks
    :param log: the tracker's logger, under whose name operators look
    """

    def __init__(self, path: pathlib.Path,
                 log: logging.LoggerAdapter[logging.Logger]) -> None:
        self._path = path
        self._log = log
        self._new: list[Mark] = []
        self._over: set[Mark] = set()
        self._accepted: dict[Accepted, Accepted] = {}
        self._error: str | None = None

    def change(self, new: Iterable[Mark], over: Collection[Mark]) -> None:
        """Set marks, and take others away."""
        self._new = [mark for mark in self._new if mark not in over]
        self._new += new
        self._over |= set(over)
        self.settle()

    def accept(self, changed: Mapping[Accepted, Accepted]) -> None:
        """Put other facts in the place of those that were accepted."""
        in_file = {now: before for before, now in self._accepted.items()}
        for before, now in changed.items():
            self._accepted[in_file.get(before, before)] = now
        self.settle()

    def applied(self, marks: Marks) -> Marks:
        """Return what is in the file, with the changes that it has not yet."""
        kept = [mark for mark in marks.drained if mark not in self._over]
        known = set(map(_what, kept))
        return Marks(
            drained=(*kept, *(mark for mark in self._new
                              if _what(mark) not in known)),
            accepted=tuple(self._accepted.get(each, each)
                           for each in marks.accepted))

    def settle(self) -> None:
        """Write what is not written, or say once why that is not possible."""
        if not (self._new or self._over or self._accepted):
            return
        try:
            drained_file.change_all(self._path, self.applied)
        except exceptions.DiscoveryError as error:
            if str(error) != self._error:
                self._error = str(error)
                self._log.warning(
                    'What this service drained itself is not in the file '
                    'yet, and would be forgotten at a restart: %s', error)
            return
        self._new.clear()
        self._over.clear()
        self._accepted.clear()
        self._error = None


def _what(mark: Mark) -> tuple[object, ...]:
    """Return what a mark is of, whenever it was set, and by which process."""
    return mark.origin, mark.address, mark.card


def new_mark(origin: Origin, address: str, reason: str) -> Mark:
    """Return a mark that this service sets now."""
    return Mark(
        address=address, reason=reason, origin=origin, by=SERVICE,
        since=datetime.datetime.now(datetime.UTC).isoformat(
            timespec='seconds'))
