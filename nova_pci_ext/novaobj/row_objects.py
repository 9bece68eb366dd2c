# SPDX-License-Identifier: Apache-2.0

"""Nova's objects of texts in a row, made when somebody looks at them.

Nova's scheduler makes the objects of all columns of all hosts for every
request, and most of them nobody looks at.  These hold the text, and have what
Nova's object of it has as soon as any attribute is asked for.
"""

import copy
import typing
from collections.abc import Callable

from nova.objects import numa
from nova.objects import pci_device_pool

Maker = Callable[[str], object]


class _OfRow:
    """What the classes below share; the other base is Nova's class.

    The dictionary of an object that nobody looked at has ``_row`` only.
    """

    _row: tuple[str, Maker]
    #: Nova's class, which copies and what is pickled are of.
    novas: typing.Any

    @classmethod
    def of(cls, text: str, make: Maker) -> typing.Self:
        """Return the object of a text.

        :param make: makes Nova's object of the text, for us alone
        """
        found = cls.__new__(cls)
        found._row = text, make
        return found

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """Nova's class, for code of Nova that compares classes."""
        found: type = self.novas
        return found

    @classmethod
    def obj_name(cls) -> str:
        """Return the name of Nova's class."""
        name: str = cls.novas.obj_name()
        return name

    def __getattr__(self, name: str) -> object:
        """Return what is not there yet, or not at all."""
        if '_row' not in vars(self):
            raise AttributeError(
                f'{self.obj_name()!r} object has no attribute {name!r}')
        self.look()
        return getattr(self, name)

    def look(self) -> None:
        """Have what Nova's object has; what was set meanwhile stays."""
        if '_row' not in vars(self):
            return
        text, make = self._row
        real = make(text)
        for name, value in vars(real).items():
            # A list of Nova knows the object that it is a field of.
            if getattr(value, '_obj', None) is real:
                value._obj = self
            vars(self).setdefault(name, value)
        vars(self).pop('_row', None)

    def _real(self) -> object:
        """Return an object of Nova's class on the same values."""
        self.look()
        found: object = self.novas.__new__(self.novas)
        vars(found).update(vars(self))
        return found

    def __deepcopy__(self, memo: dict[int, object]) -> object:
        return copy.deepcopy(self._real(), memo)

    def __reduce_ex__(self, protocol: typing.SupportsIndex,
                      ) -> str | tuple[object, ...]:
        return self._real().__reduce_ex__(protocol)


class _Version:
    """The version of an object is in its text; that of the class is not."""

    def __get__(self, found: '_OfRow | None', owner: type[_OfRow]) -> str:
        version: str = owner.novas.VERSION
        if found is not None:
            found.look()
            version = vars(found).get('VERSION', version)
        return version


class PoolsOfRow(_OfRow, pci_device_pool.PciDevicePoolList):
    """The ``PciDevicePoolList`` of ``compute_nodes.pci_stats``."""

    VERSION = _Version()
    novas = pci_device_pool.PciDevicePoolList


class TopologyOfRow(_OfRow, numa.NUMATopology):
    """The ``NUMATopology`` of ``compute_nodes.numa_topology``."""

    VERSION = _Version()
    novas = numa.NUMATopology


def row(found: object) -> tuple[str, Maker] | None:
    """Return the text of an object that nobody looked at, and its maker."""
    kept: tuple[str, Maker] | None = (
        vars(found).get('_row') if isinstance(found, _OfRow) else None)
    return kept
