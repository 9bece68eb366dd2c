# SPDX-License-Identifier: Apache-2.0

"""Faults of cards that were seen often enough to be said."""

from collections.abc import Iterable

from nova_pci_ext.handing_out import health
from nova_pci_ext.model.health import Fault
from nova_pci_ext.model.health import FaultKind


class Steady:
    """Says faults, and takes them back, after as many looks as they need.

    A counted error is said at once; anything else has to be seen, or not to
    be seen, at ``health.LOOKS`` looks in a row.
    """

    def __init__(self) -> None:
        self._said: dict[str, dict[FaultKind, Fault]] = {}
        # Looks in a row at which a fault was other than it is said.
        self._other: dict[tuple[str, FaultKind], int] = {}
        self._looks: dict[str, int] = {}

    def look(self, address: str, found: Iterable[Fault],
             ) -> tuple[Fault, ...]:
        """Take in what is seen of a card now.

        :returns: what is said of it now, in the order of ``FaultKind``
        """
        self._looks[address] = self._looks.get(address, 0) + 1
        seen = {fault.kind: fault for fault in found}
        said = self._said.setdefault(address, {})
        for kind in FaultKind:
            if self._changes(address, kind, (kind in seen) != (kind in said)):
                said.pop(kind, None)
                if kind in seen:
                    said[kind] = seen[kind]
            elif kind in said and kind in seen:
                said[kind] = seen[kind]
        return tuple(said[kind] for kind in FaultKind if kind in said)

    def is_sure(self, address: str) -> bool:
        """Whether a card was looked at often enough to be called healthy."""
        return self._looks.get(address, 0) >= health.LOOKS

    def forget(self, address: str) -> None:
        """Forget a card that is gone."""
        self._said.pop(address, None)
        self._looks.pop(address, None)
        for kind in FaultKind:
            self._other.pop((address, kind), None)

    def _changes(self, address: str, kind: FaultKind,
                 is_other: bool) -> bool:
        """Count a look; return whether it is the last that was needed."""
        key = address, kind
        times = self._other.pop(key, 0) + 1
        if not is_other:
            return False
        if kind in health.COUNTED or times >= health.LOOKS:
            return True
        self._other[key] = times
        return False
