# SPDX-License-Identifier: Apache-2.0

"""What a scene is: a host, entries for it, and what the check says."""

import dataclasses
from collections.abc import Callable

NEEDS = 'What the host needs itself'
GROUPS = 'IOMMU groups and drivers'
DISCOVERY = 'Discovery'
LEAVE = 'expected an entry that leaves this device out'
SCENES = []


@dataclasses.dataclass(frozen=True)
class Scene:
    """A host.

    :ivar kind: heading of the table that it belongs to
    :ivar draw: draws it on a tree of a plain host; returns the entries, and
        what is said of them where something is
    :ivar shown: whether the documentation shows it
    """

    kind: str
    draw: Callable
    shown: bool

    @property
    def name(self):
        """What is special about it."""
        return ' '.join(self.draw.__doc__.split()).removesuffix('.')

    def drawn(self, tree):
        """Draw it; return the entries and what is said of them."""
        found = self.draw(tree)
        return found if isinstance(found, tuple) else (found, [])


def scene(kind, *, shown=True):
    """Make a scene of a function that draws one."""
    def register(draw):
        SCENES.append(Scene(kind, draw, shown))
        return draw
    return register


def needs(address, use):
    """Return what is said of a device that the host needs."""
    return (f'error: [pci] device_spec[0]: hands out {address}, which the '
            f'host needs itself ({use}); {LEAVE}')


def plain_host(tree):
    """Draw a host with a disk of its own, and a NIC of its own."""
    tree.nvme('0000:f0:00.0', 90, above='pci0000:f0')
    tree.mount('/', 'nvme90n1')
    tree.nic('0000:f1:00.0', 'eno1', above='pci0000:f0')
    tree.route('eno1')
    tree.route('eno1', '0000000A', '000000FF')
    return tree
