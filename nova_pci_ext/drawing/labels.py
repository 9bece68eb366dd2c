# SPDX-License-Identifier: Apache-2.0

"""Short texts about one device, for the tree, the picture and the table."""

from collections.abc import Sequence

from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.view import DeviceView
from nova_pci_ext.model.view import Use

_TYPES = {DeviceType.PF: 'PF', DeviceType.VF: 'VF', DeviceType.VDPA: 'vDPA',
          DeviceType.PCI: ''}
BRIDGE = '06'
# Letters of ranges in a line of text.
_MOST = 30
# Bridges between buses: host, ISA, EISA, PCI.
_WAYS = ('0600', '0601', '0602', '0604', '0609')
# Classes and subclasses of the PCI specification (Code and ID Assignment).
_CLASSES = {
    '00': 'unclassified', '01': 'storage', '0108': 'NVMe', '02': 'network',
    '0200': 'Ethernet', '0207': 'InfiniBand', '03': 'display',
    '0302': '3D', '04': 'multimedia', '05': 'memory', '06': 'bridge',
    '0600': 'host bridge', '0601': 'ISA bridge', '0604': 'PCI bridge',
    '07': 'communication', '08': 'system', '09': 'input', '0b': 'processor',
    '0c': 'serial bus', '0c03': 'USB', '0c05': 'SMBus', '0d': 'wireless',
    '0f': 'satellite', '10': 'encryption', '11': 'signal processing',
    '12': 'accelerator', '13': 'instrumentation', '40': 'co-processor',
}


def kind_of(view: DeviceView) -> str:
    """Return what ``kind`` does, or that it is a switch."""
    return 'PCIe switch' if view.is_switch else kind(view.device)


def groups(view: DeviceView) -> str:
    """Name the groups of devices that one is in: ``nvlink p1 p3, rail a``."""
    return ', '.join(f'{kind} {" ".join(names)}'
                     for kind, names in view.device_groups)


def kind(device: Device) -> str:
    """Return type and class: ``PF Ethernet``, ``NVMe``, ``PCI bridge``."""
    words = (_TYPES[device.dev_type], class_name(device))
    return ' '.join(word for word in words if word) or 'PCI'


def class_name(device: Device) -> str | None:
    """Name the class of a device, as closely as it is known.

    The bridge right below a root complex is a root port; its driver tells
    it from a bridge of conventional PCI.
    """
    if device.driver == 'pcieport' and len(device.pci_path) == 1:
        return 'root port'
    code = device.class_code or ''
    return _CLASSES.get(code[:4]) or _CLASSES.get(code[:2])


def ids(device: Device) -> str:
    """Return vendor and product id as ``lspci -n`` prints them."""
    return f'{device.vendor_id}:{device.product_id}'


def link(device: Device) -> str | None:
    """Describe the link of the first network interface."""
    if device.link_state is None or device.link_speed_mbps is None:
        return device.link_state
    return f'{device.link_state} {device.link_speed_mbps} Mb/s'


def use(view: DeviceView) -> str | None:
    """Say what has become of a device, with its owner or its entry.

    The file of an entry is left out: there is hardly more than one.  That
    a bridge is not handed out goes without saying.
    """
    if (view.use is Use.NOT_HANDED_OUT
            and (view.device.class_code or '').startswith(BRIDGE)):
        return None
    left = ''.join(f', {each}' for each in noted(view))
    if view.use is Use.OWNED:
        return f'owned by {view.device.owner}{drained(view)}{left}'
    if view.use is None or view.entry is None:
        return view.use and f'{view.use.value}{left}'
    what = 'free' if view.use is Use.DRAINED else view.use.value
    return f'{what}{drained(view)}{left}, {short_entry(view.entry)}'


def state(view: DeviceView) -> str:
    """Say what has become of a device, in a word or two; '' if not known."""
    if view.use is None or (view.use is Use.NOT_HANDED_OUT and is_way(view)):
        return ''
    words = [view.use.value]
    if view.use is Use.OWNED and view.device.drained is not None:
        words.append(Use.DRAINED.value)
    if view.device.held is not None:
        words.append('held')
    if view.device.unclean is not None:
        words.append('not clean')
    return ', '.join(words)


def taken(view: DeviceView) -> str | None:
    """Say who has a device, or why nobody gets it; None for neither."""
    parts = [view.use is Use.OWNED and f'instance {view.device.owner}',
             view.use not in (None, Use.NOT_HANDED_OUT)
             and view.device.drained
             and f'reason: {view.device.drained}', *noted(view)]
    return ', '.join(part for part in parts if part) or None


def is_way(view: DeviceView) -> bool:
    """Whether a device only leads to others, and is not handed out."""
    return (view.device.class_code or '')[:4] in _WAYS and (
        view.use in (None, Use.NOT_HANDED_OUT))


def drained(view: DeviceView) -> str:
    """Return why a device is out of service, '' where it is not."""
    reason = view.device.drained
    return '' if reason is None else f', drained: {reason}'


def noted(view: DeviceView) -> tuple[str, ...]:
    """Return what nova-compute has noted of a device, and nobody else says.

    What a server left on a device is the reason for which that is drained,
    where it is.
    """
    device = view.device
    found = []
    if device.held is not None:
        found.append(f'held: {device.held}')
    if (device.unclean is not None
            and device.unclean not in (device.drained or '')):
        found.append(f'not clean: {device.unclean}')
    return tuple(found)


def unhealthy(device: Device, *, is_handed_out: bool) -> str:
    """Return what is wrong with a device, '' where that is said elsewhere.

    The line of a PF says it for all that is below, whether it is handed out
    or they are; of other devices those that are handed out matter.
    """
    if (device.unhealthy is None or device.parent is not None
            or device.unhealthy in (device.drained or '')
            or not (is_handed_out or device.dev_type is DeviceType.PF)):
        return ''
    return f'not healthy: {device.unhealthy}'


def short_entry(entry: str) -> str:
    """Return ``device_spec[1]`` of an entry with its file and group."""
    return entry.rpartition('] ')[2]


def span(devices: Sequence[Device]) -> str:
    """Name one device by its address, several by addresses and numbers."""
    first, last = devices[0].address, devices[-1].address
    if len(devices) == 1:
        return str(first)
    numbers = sorted(each.vf_index for each in devices
                     if each.vf_index is not None)
    which = (f' (VF {_few(ranges(numbers))})'
             if len(numbers) == len(devices) else '')
    return f'{first} to {last}, {len(devices)} devices{which}'


def _few(numbers: str) -> str:
    """Cut ranges that nobody reads to their end."""
    if len(numbers) <= _MOST:
        return numbers
    return f'{numbers[:_MOST].rpartition(",")[0]},...'


def ranges(numbers: list[int]) -> str:
    """Write sorted numbers as ``0-2,4``."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ','.join(str(part[0]) if len(part) == 1
                    else f'{part[0]}-{part[-1]}' for part in parts)
