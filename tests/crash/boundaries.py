# SPDX-License-Identifier: Apache-2.0

"""The points at which a process can be stopped for its killer.

Each call of a method below has two, its begin and its end, and each change of
a row has one more: the statement has run and the transaction is still open.
The points that an operation crosses are counted, in whatever thread they are.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy
from nova import objects

from nova_pci_ext.compute import tracker

TABLES = ('pci_devices', 'instances', 'instance_extra', 'migrations',
          'compute_nodes')


def methods() -> tuple[tuple[type, tuple[str, ...]], ...]:
    """Return the classes and the methods whose calls have points.

    Only once Nova's objects are registered do they have names.
    """
    return (
        (tracker.PciDevTracker, (
            'claim_instance', 'allocate_instance', 'free_device',
            'free_instance', 'free_instance_allocations',
            'free_instance_claims', 'update_pci_for_instance',
            'clean_usage', 'save')),
        (objects.PciDevice, ('save',)),
        (objects.Instance, ('save', 'destroy')),
        (objects.Migration, ('create', 'save')),
        (objects.ComputeNode, ('save',)),
    )


class Crossings:
    """Counts points, and stops the process at one of them.

    :ivar names: the points crossed so far, while counting was on
    """

    def __init__(self, stop_at: int | None,
                 stop: Callable[[str], None]) -> None:
        """Take the number of the point to stop at, from 0; None for none.

        :param stop: is called with the name of that point, and does not
            return
        """
        self.names: list[str] = []
        self._stop_at = stop_at
        self._stop = stop
        self._lock = threading.RLock()
        self._on = False

    def start(self) -> None:
        """Count from here on."""
        self._on = True

    def cross(self, name: str) -> None:
        """Note one point; if it is the one, do not come back.

        The lock is kept then, so that no other thread gets past a point
        before the process is killed.
        """
        with self._lock:
            if not self._on:
                return
            self.names.append(name)
            if self._stop_at == len(self.names) - 1:
                self._stop(name)


def watch(crossings: Crossings) -> None:
    """Put the points into this process, which ends with them."""
    for cls, names in methods():
        for name in names:
            _watch_method(crossings, cls, name)

    @sqlalchemy.event.listens_for(
        sqlalchemy.engine.Engine, 'after_cursor_execute')
    def executed(connection: Any, cursor: Any, statement: str,
                 *further: Any) -> None:
        words = statement.split(None, 3)
        if words[0] in ('INSERT', 'UPDATE', 'DELETE'):
            table = words[1] if words[0] == 'UPDATE' else words[2]
            if table in TABLES:
                crossings.cross(f'{words[0]} {table}, not committed')


def _watch_method(crossings: Crossings, cls: type, name: str) -> None:
    method = getattr(cls, name)
    label = f'{cls.__name__}.{name}'

    @functools.wraps(method)
    def watched(*args: Any, **kwargs: Any) -> Any:
        crossings.cross(f'before {label}')
        result = method(*args, **kwargs)
        crossings.cross(f'after {label}')
        return result
    setattr(cls, name, watched)
