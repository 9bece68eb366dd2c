# SPDX-License-Identifier: Apache-2.0

"""The devices of a host as a tree of lines, for people."""

import enum
from collections.abc import Hashable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.drawing import forest
from nova_pci_ext.drawing import labels
from nova_pci_ext.drawing.forest import Node
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.view import DeviceView
from nova_pci_ext.model.view import Use

_BRANCH, _LAST, _BAR, _GAP = '├─ ', '└─ ', '│  ', '   '
ASCII = str.maketrans({'├': '|', '└': '`', '│': '|', '─': '-'})


class Colour(enum.StrEnum):
    """Codes that a terminal turns into colours."""

    GREEN = '\033[32m'
    BLUE = '\033[34m'
    YELLOW = '\033[33m'
    RED = '\033[31m'
    GREY = '\033[90m'
    NONE = '\033[0m'


_COLOURS: Mapping[Use, Colour] = {
    Use.FREE: Colour.GREEN, Use.OWNED: Colour.BLUE,
    Use.DEPENDENT: Colour.YELLOW, Use.DRAINED: Colour.RED,
    Use.NOT_HANDED_OUT: Colour.GREY}


def draw(views: Sequence[DeviceView], *, fold: bool = True,
         colour: bool = False) -> Iterator[str]:
    """Yield the lines of the tree.

    :param views: sorted by address
    :param fold: one line for devices side by side that differ in nothing
        but their addresses, numbers, groups and names of interfaces
    :param colour: for a terminal
    """
    for group in forest.plant(views):
        number = group.numa_node
        yield 'no NUMA node' if number is None else f'NUMA node {number}'
        yield from _below(group.roots, '', fold, colour)


def _below(nodes: Sequence[Node], indent: str, fold: bool, colour: bool,
           ) -> Iterator[str]:
    rows = (forest.fold(nodes, _alike) if fold
            else [[node] for node in nodes])
    for index, row in enumerate(rows):
        last = index == len(rows) - 1
        yield f'{indent}{_LAST if last else _BRANCH}{_line(row, colour)}'
        yield from _below(row[0].children, indent + (_GAP if last else _BAR),
                          fold, colour)


def _alike(view: DeviceView) -> Hashable:
    return _text(view), labels.use(view)


def _line(row: Sequence[Node], colour: bool) -> str:
    first = row[0].view
    if first is None:
        return row[0].name
    devices = [node.view.device for node in row if node.view is not None]
    parts = [_text(first), _netdevs(devices), _groups(devices)]
    words = ', '.join(part for part in parts if part)
    use = labels.use(first)
    if use and first.use and colour:
        use = f'{_COLOURS[first.use]}{use}{Colour.NONE}'
    return f'{_place(row, devices)} {words}' + (f': {use}' if use else '')


def _place(row: Sequence[Node], devices: Sequence[Device]) -> str:
    """Name one device by its address, several by number and addresses."""
    if len(row) == 1:
        return row[0].name
    numbers = sorted(each.vf_index for each in devices
                     if each.vf_index is not None)
    which = (f' (VF {labels.ranges(numbers)})'
             if len(numbers) == len(row) else '')
    return f'{row[0].name} to {row[-1].name}, {len(row)} devices{which}:'


def _text(view: DeviceView) -> str:
    """Describe a device with what equal devices have in common."""
    device = view.device
    words = [labels.kind_of(view), labels.ids(device),
             device.product_name or device.vendor_name]
    vfs = (f'{device.num_vfs} of {device.total_vfs} VFs'
           if device.dev_type is DeviceType.PF else None)
    parts = [' '.join(word for word in words if word), vfs,
             f'driver {device.driver}' if device.driver else 'no driver',
             device.driver_override
             and f'driver_override {device.driver_override}',
             device.serial and f'serial {device.serial}',
             device.slot and f'slot {device.slot}',
             labels.link(device) and f'link {labels.link(device)}',
             labels.groups(view),
             *(f'needed as {use}' for use in device.host_uses)]
    return ', '.join(part for part in parts if part)


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
