# SPDX-License-Identifier: Apache-2.0

"""Which rule each class of device breaks, remembered."""

from collections.abc import Iterable

from nova_pci_ext.matching import rules
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.model.verdict import Rejection

#: Rejection of a class by its identity.
Rejections = dict[int, Rejection | None]
#: Mask of demands and side of a class by its identity.
Masks = dict[int, tuple[int, int]]


class Eligibility:
    """What the rules say of each want and class, for demands that share it.

    The demands of a server with one candidate and with the next differ in
    their providers only, which no rule looks at.
    """

    __slots__ = ('_found', '_kinds', '_masks')

    def __init__(self) -> None:
        self._found: dict[rules.Want, Rejections] = {}
        self._masks: dict[tuple[int, ...], Masks] = {}
        self._kinds: dict[int, PoolClass] = {}

    @property
    def held(self) -> int:
        """How many classes somebody asked about."""
        return len(self._kinds)

    def kinds(self) -> list[PoolClass]:
        """Return the classes that somebody asked about."""
        return list(self._kinds.values())

    def of(self, want: rules.Want) -> Rejections:
        """Return what was found for a want; ``add`` adds to it."""
        return self._found.setdefault(want, {})

    def masks(self, found: Iterable[Rejections]) -> Masks:
        """Return the masks of demands that want the same in this order.

        :param found: what ``of`` returned for each
        """
        return self._masks.setdefault(tuple(map(id, found)), {})

    def hold(self, kind: PoolClass) -> None:
        """Keep a class, as its identity is a key."""
        self._kinds[id(kind)] = kind

    def add(self, want: rules.Want, kind: PoolClass,
            found: Rejections) -> Rejection | None:
        """Return ``rules.rejection``, and remember it.

        :param found: what ``of`` returned for the want
        """
        # Identity is the fastest key; it is unique while it is held.
        self.hold(kind)
        return found.setdefault(id(kind), rules.rejection(want, kind))
