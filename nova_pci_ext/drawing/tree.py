# SPDX-License-Identifier: Apache-2.0

"""The devices of a host as a tree, for people: the state of each first."""

import collections
import dataclasses
from collections.abc import Hashable
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.drawing import forest
from nova_pci_ext.drawing import labels
from nova_pci_ext.drawing.forest import Node
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.view import DeviceView
from nova_pci_ext.model.view import Use


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """One device, or several that are alike, with what is below.

    :ivar state: what has become of it; '' where nothing is known
    :ivar use: the same, for a colour
    :ivar text: what it is
    """

    text: str
    state: str = ''
    use: Use | None = None
    children: tuple['Branch', ...] = ()


def grow(views: Sequence[DeviceView], *, fold: bool = True,
         bridges: bool = False) -> Iterator[Branch]:
    """Yield a tree for each NUMA node.

    :param views: sorted by address
    :param fold: one branch for devices side by side that differ in nothing
        but their addresses, numbers, groups and names of interfaces
    :param bridges: with root complexes, root ports and bridges
    """
    for group in forest.plant(views):
        number = group.numa_node
        roots = group.roots if bridges else tuple(
            _without_bridges(group.roots))
        if roots:
            yield Branch(
                text='no NUMA node' if number is None
                else f'NUMA node {number}',
                children=tuple(_branches(roots, fold)))


def counts(views: Sequence[DeviceView]) -> str:
    """Say how many devices are what: ``13 free, 2 owned``.

    Those that are not handed out are no more than the rest.
    """
    found = collections.Counter(view.use for view in views)
    known = [use for use in Use if use is not Use.NOT_HANDED_OUT]
    if not set(found) - {None}:
        return ''
    return ', '.join(f'{found[use]} {use.value}' for use in known
                     if found[use] or use in (Use.FREE, Use.OWNED))


def _without_bridges(nodes: Sequence[Node]) -> Iterator[Node]:
    """Yield the nodes with what is below a bridge in its place."""
    for node in nodes:
        below = tuple(_without_bridges(node.children))
        if node.view is None or labels.is_way(node.view):
            yield from below
        else:
            yield dataclasses.replace(node, children=below)


def _branches(nodes: Sequence[Node], fold: bool) -> Iterator[Branch]:
    rows = (forest.fold(nodes, _alike) if fold
            else [[node] for node in nodes])
    for row in rows:
        view = row[0].view
        yield Branch(
            text=row[0].name if view is None else _text(row),
            state=labels.state(view) if view is not None else '',
            use=view.use if view is not None else None,
            children=tuple(_branches(row[0].children, fold)))


def _alike(view: DeviceView) -> Hashable:
    return labels.state(view), _what(view), _more(view)


def _text(row: Sequence[Node]) -> str:
    devices = [node.view.device for node in row if node.view is not None]
    first = row[0].view
    assert first is not None
    netdevs, groups = _netdevs(devices), _groups(devices)
    colon = ':' if len(devices) > 1 else ''
    parts = [f'{labels.span(devices)}{colon} {_what(first)}', netdevs,
             _more(first), groups]
    return ', '.join(part for part in parts if part)


def _what(view: DeviceView) -> str:
    """Name a device as all of its kind are, and say whose it is."""
    device = view.device
    words = [labels.kind_of(view), labels.ids(device),
             device.product_name or device.vendor_name]
    parts = [' '.join(word for word in words if word), labels.taken(view),
             _unhealthy(view),
             *(f'needed as {use}' for use in device.host_uses)]
    return ', '.join(part for part in parts if part)


def _more(view: DeviceView) -> str:
    """Say what else equal devices have in common."""
    device = view.device
    vfs = (f'{device.num_vfs} of {device.total_vfs} VFs'
           if device.dev_type is DeviceType.PF else None)
    link = labels.link(device)
    parts = [vfs, f'driver {device.driver}' if device.driver else 'no driver',
             device.driver_override
             and f'driver_override {device.driver_override}',
             link and f'link {link}',
             device.serial and f'serial {device.serial}',
             device.slot and f'slot {device.slot}',
             labels.groups(view),
             view.entry and labels.short_entry(view.entry)]
    return ', '.join(part for part in parts if part)


def _unhealthy(view: DeviceView) -> str:
    return labels.unhealthy(
        view.device, is_handed_out=view.use is not Use.NOT_HANDED_OUT)


def _netdevs(devices: Sequence[Device]) -> str | None:
    names = [name for device in devices for name in device.netdevs]
    if len(names) > 2:
        return f'{names[0]} to {names[-1]}'
    return ' '.join(names) or None


def _groups(devices: Sequence[Device]) -> str | None:
    numbers = sorted({device.iommu_group for device in devices
                      if device.iommu_group is not None})
    if not numbers:
        return None
    word = 'group' if len(numbers) == 1 else 'groups'
    return f'IOMMU {word} {labels.ranges(numbers)}'
