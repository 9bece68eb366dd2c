# SPDX-License-Identifier: Apache-2.0

"""For how many cards a host has vCPUs and memory."""

import typing
from collections.abc import Mapping

from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.model.pool import PoolClass


class Need(typing.NamedTuple):
    """What one card needs of a host to be of use; 0 leaves one out."""

    vcpus: float
    memory_mb: float


class Spare(typing.NamedTuple):
    """What is free on a host, without and with a server; maybe below 0."""

    vcpus: float
    memory_mb: float
    vcpus_after: float
    memory_mb_after: float


def cards(vcpus: float, memory_mb: float, need: Need) -> int:
    """Return for how many cards there is room, in units of ``CARD``.

    :param need: at least one of both
    """
    # Conditions in the place of min and max, which take longer.
    found = vcpus / need.vcpus if need.vcpus else memory_mb / need.memory_mb
    if need.memory_mb and need.vcpus:
        other = memory_mb / need.memory_mb
        if other < found:
            found = other
    return int(found * CARD) if found > 0 else 0


class Learned(typing.NamedTuple):
    """The room of a host by what servers were seen to ask.

    :ivar least: room with the server for cards of the costliest family
    :ivar needs: what a card needs, by family: for the servers that ask for
        it, and for these and the others that share its host
    """

    least: int
    spare: Spare
    needs: Mapping[PoolClass, tuple[Need, ...]]

    def of(self, family: PoolClass) -> tuple[tuple[int, int], ...]:
        """Return room without and with the server; nothing if not known."""
        spare = self.spare
        return tuple([
            (cards(spare.vcpus, spare.memory_mb, need),
             cards(spare.vcpus_after, spare.memory_mb_after, need))
            for need in self.needs.get(family, ())])


class Room(typing.NamedTuple):
    """Cards for which a host has vCPUs and memory, in units of ``CARD``.

    :ivar before: from 0
    :ivar after: the same with the server on the host, from 0 to ``before``
    :ivar learned: of families that servers asked for
    """

    before: int
    after: int
    learned: Learned | None = None

    def serves(self, most: int) -> bool:
        """Whether there is room for so many cards of any family."""
        return self.after >= most and (
            self.learned is None or self.learned.least >= most)
