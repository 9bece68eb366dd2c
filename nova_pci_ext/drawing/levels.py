# SPDX-License-Identifier: Apache-2.0

"""Colours for how much of something is free, and their legend.

They go from dark blue to yellow, which whoever sees fewer colours than most
tells apart too, and a printer by how dark they are.
"""

import dataclasses

from nova_pci_ext.model.host_counts import ByClass
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One colour.

    :ivar most: the largest share that has it, in percent
    :ivar ink: the colour of letters on it
    """

    most: int
    colour: str
    ink: str
    text: str


_WHITE, _BLACK = '#ffffff', '#1a1a1a'
#: From nothing to all; shares between are rounded towards what is not whole.
LEVELS = (
    Level(most=0, colour='#00204c', ink=_WHITE, text='none free'),
    Level(most=25, colour='#31446b', ink=_WHITE, text='up to 25 %'),
    Level(most=50, colour='#666970', ink=_WHITE, text='up to 50 %'),
    Level(most=75, colour='#958f78', ink=_BLACK, text='up to 75 %'),
    Level(most=99, colour='#cab969', ink=_BLACK, text='over 75 %'),
    Level(most=100, colour='#ffe945', ink=_BLACK, text='all free'),
)


def level(counts: ClassCounts) -> Level:
    """Return the colour of the free share of the devices of a class."""
    if counts.free == counts.devices:
        return LEVELS[-1]
    return next(each for each in LEVELS[:-1]
                if 100 * counts.free <= each.most * counts.devices
                or each is LEVELS[-2])


def of_class(classes: ByClass, kind: DeviceClass) -> ClassCounts | None:
    """Return the counts of a class, None where a host has none of it."""
    return next((counts for each, counts in classes if each == kind), None)


def words(counts: ClassCounts) -> str:
    """Say what a host has of a class: ``6 of 8 free, 2 used``."""
    drained = f'{counts.drained} drained' if counts.drained else ''
    used = f'{counts.used} used' if counts.used else ''
    if counts.drained_used:
        used += f' ({counts.drained_used} of them drained)'
    parts = (
        f'{counts.free} of {counts.devices} free', used, drained,
        f'{counts.dependent} dependent' if counts.dependent else '',
        f'{counts.unhealthy} unhealthy' if counts.unhealthy else '')
    return ', '.join(filter(None, parts))


def all_words(counts: ClassCounts) -> str:
    """Say the same, with the groups that are whole."""
    return ', '.join(filter(None, (words(counts), groups(counts))))


def groups(counts: ClassCounts) -> str:
    """Say which groups are whole: ``nvlink of 4: 1 of 2 whole``."""
    return ', '.join(
        f'{each.type} of {each.size}: {each.whole} of {each.declared} whole'
        for each in counts.groups)


def free_nodes(counts: ClassCounts) -> str:
    """Say where the free devices are: ``NUMA node 0: 4, 1: 2``."""
    known = [f'{node}: {number}' for node, number in counts.free_by_node
             if node is not None]
    return f'NUMA node {", ".join(known)}' if known else ''
