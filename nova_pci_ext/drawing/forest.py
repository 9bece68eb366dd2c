# SPDX-License-Identifier: Apache-2.0

"""The devices of a host as trees: NUMA node, root complex, bridges, PF, VF.

Text and picture are made from the same trees, so they cannot disagree.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.model import ancestry
from nova_pci_ext.model.view import DeviceView


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A device, or a root complex, with all that is below it.

    :ivar name: ``pci0000:40`` or the address of the device
    :ivar view: the device; None for a root complex, and for a bridge that
        was not recorded
    """

    name: str
    view: DeviceView | None = None
    children: tuple['Node', ...] = ()

    def walk(self) -> Iterator['Node']:
        """Yield this node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NumaGroup:
    """The trees on one NUMA node; None for those that name no node."""

    numa_node: int | None
    roots: tuple[Node, ...]


def plant(views: Sequence[DeviceView]) -> tuple[NumaGroup, ...]:
    """Arrange the devices of a host.

    :param views: sorted by address; that is the order in the trees too
    :returns: by the number of the NUMA node, those without one last
    """
    known = {str(view.device.address): view for view in views}
    devices = {name: view.device for name, view in known.items()}
    children: dict[str | None, dict[str, None]] = {}
    for view in views:
        above = None
        for name in (*ancestry.above(view.device, devices),
                     str(view.device.address)):
            children.setdefault(above, {})[name] = None
            above = name
    groups: dict[int | None, list[Node]] = {}
    for name in children.get(None, ()):
        root = _grow(name, known, children)
        groups.setdefault(_numa_node(root.walk()), []).append(root)
    return tuple(
        NumaGroup(numa_node=number, roots=tuple(groups[number]))
        for number in sorted(groups, key=lambda each: (each is None,
                                                       each or 0)))


def _grow(name: str, known: Mapping[str, DeviceView],
          children: Mapping[str | None, Iterable[str]]) -> Node:
    return Node(name=name, view=known.get(name), children=tuple(
        _grow(child, known, children) for child in children.get(name, ())))


def _numa_node(nodes: Iterable[Node]) -> int | None:
    """Return the NUMA node of the first device that names one."""
    return next((node.view.device.numa_node for node in nodes
                 if node.view is not None
                 and node.view.device.numa_node is not None), None)


def fold(nodes: Iterable[Node], alike: Callable[[DeviceView], Hashable],
         ) -> list[list[Node]]:
    """Put leaves that are alike together, each row where its first one is.

    :param alike: what devices of one row have in common
    """
    rows: dict[Hashable, list[Node]] = {}
    for node in nodes:
        key = (node.name if node.children or node.view is None
               else alike(node.view))
        rows.setdefault(key, []).append(node)
    return list(rows.values())
