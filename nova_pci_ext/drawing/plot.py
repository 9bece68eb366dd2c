# SPDX-License-Identifier: Apache-2.0

"""A picture of a host: NUMA nodes, root ports, PFs and VFs, as SVG."""

import collections
from collections.abc import Hashable
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.drawing import boxes
from nova_pci_ext.drawing import forest
from nova_pci_ext.drawing import labels
from nova_pci_ext.drawing import svg
from nova_pci_ext.drawing.boxes import Box
from nova_pci_ext.drawing.boxes import BoxKind
from nova_pci_ext.drawing.forest import Node
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.view import DeviceView
from nova_pci_ext.model.view import Use

# Rows of VFs, of devices in a NUMA node, and of NUMA nodes.
_DEVICE_WIDTH, _NODE_WIDTH, _HOST_WIDTH = 620, 700, 1500
_OWNER_LETTERS = 8
# VFs of a card that have a box with text each; more are small squares.
MOST_VFS = 64
_SQUARE = 12


def draw(found: Inventory, views: Sequence[DeviceView]) -> str:
    """Return the picture of a host as the text of an SVG file.

    :param views: of the host's devices, sorted by address
    """
    return svg.render(arrange(found.host, views), legend(views))


def arrange(host: str, views: Sequence[DeviceView]) -> Box:
    """Return the box of the host with all the others in it."""
    return boxes.enclose(BoxKind.HOST, [printable(host)], [
        boxes.enclose(
            BoxKind.NUMA,
            ['no NUMA node' if group.numa_node is None
             else f'NUMA node {group.numa_node}'],
            list(_boxes(group.roots)), width=_NODE_WIDTH)
        for group in forest.plant(views)], width=_HOST_WIDTH)


def legend(views: Sequence[DeviceView]) -> tuple[tuple[str, Use | None], ...]:
    """Return (text, use) of each colour, with the number of its devices."""
    counts = collections.Counter(
        view.use for view in views if not _is_bridge(view))
    known = [(f'{use.value}: {counts[use]}', use) for use in Use
             if use is not Use.DRAINED or counts[use]]
    if counts[None]:
        return (*known, (f'no configuration read: {counts[None]}', None))
    return tuple(known)


def _boxes(nodes: Sequence[Node]) -> Iterator[Box]:
    for row in forest.fold(nodes, _alike):
        yield _box(row)


def _alike(view: DeviceView) -> Hashable:
    """Return what boxes that can be one have in common; VFs never can."""
    if view.device.dev_type is not DeviceType.PCI or view.use in (
            Use.OWNED, Use.FREE):
        return view.device.address
    return labels.kind(view.device), labels.ids(view.device), view.use


def _box(row: Sequence[Node]) -> Box:
    """Make the box of a node, or of several leaves that are alike."""
    first = row[0]
    many = _vfs(first) if len(first.children) > MOST_VFS else []
    inside = (list(map(_square, many)) if many
              else list(_boxes(first.children)))
    if first.view is None:
        return _unrecorded(first.name, inside)
    if _is_bridge(first.view):
        lines = [f'{_name(row)} {labels.kind_of(first.view)}']
        return boxes.enclose(BoxKind.BRIDGE, lines, inside,
                             width=_NODE_WIDTH, hint=_hint(first.view))
    if first.view.device.parent is not None:
        lines = list(_vf_lines(first.view))
    else:
        lines = [f'{_name(row)} {labels.kind(first.view.device)}',
                 *_device_lines(first.view)]
    if many:
        lines += _overview(many)
    return boxes.enclose(BoxKind.DEVICE, lines, inside, width=_DEVICE_WIDTH,
                         use=first.view.use, hint=_hint(first.view))


def _vfs(node: Node) -> list[DeviceView]:
    """Return the VFs of a card that has nothing else below it; or none."""
    views = [child.view for child in node.children
             if child.view is not None and not child.children
             and child.view.device.parent is not None]
    return views if len(views) == len(node.children) else []


def _square(view: DeviceView) -> Box:
    return Box(x=0, y=0, width=_SQUARE, height=_SQUARE, kind=BoxKind.DEVICE,
               hint=_hint(view), use=view.use)


def _overview(views: Sequence[DeviceView]) -> Iterator[str]:
    """Say what the squares are: how many of each use, and which."""
    yield labels.span([view.device for view in views])
    counts = collections.Counter(view.use for view in views)
    if set(counts) != {None}:
        yield ', '.join(f'{counts[use]} {use.value}' for use in Use
                        if counts[use])


def _unrecorded(name: str, inside: Sequence[Box]) -> Box:
    """Make the box of a root complex, or of a bridge that is not recorded."""
    if name.startswith('pci'):
        return boxes.enclose(BoxKind.COMPLEX, [f'root complex {name}'],
                             inside, width=_NODE_WIDTH)
    return boxes.enclose(BoxKind.BRIDGE, [f'{name} bridge'], inside,
                         width=_NODE_WIDTH)


def _is_bridge(view: DeviceView) -> bool:
    return (view.device.class_code or '').startswith(labels.BRIDGE)


def _name(row: Sequence[Node]) -> str:
    if len(row) == 1:
        return row[0].name
    return f'{row[0].name} and {len(row) - 1} more'


def _device_lines(view: DeviceView) -> Iterator[str]:
    device = view.device
    yield ' '.join(filter(None, (labels.ids(device), device.product_name)))
    parts = [device.driver or 'no driver', ' '.join(device.netdevs),
             f'{device.num_vfs} of {device.total_vfs} VFs'
             if device.total_vfs else '']
    yield ', '.join(part for part in parts if part)
    if view.device_groups:
        yield labels.groups(view)
    if view.use is Use.OWNED:
        yield f'owned by {device.owner}'


def _vf_lines(view: DeviceView) -> Iterator[str]:
    """Describe a VF in a few letters; the hint has the rest."""
    device = view.device
    yield str(device.address).split(':', 1)[1]
    if device.vf_index is not None:
        yield f'VF {device.vf_index}'
    if device.owner is not None:
        yield device.owner[:_OWNER_LETTERS]


def _hint(view: DeviceView) -> str:
    words = (str(view.device.address), labels.kind_of(view),
             labels.ids(view.device), view.device.product_name,
             view.device.driver, *view.device.netdevs, labels.groups(view),
             labels.use(view))
    return ' '.join(word for word in words if word)
