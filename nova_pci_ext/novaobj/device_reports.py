# SPDX-License-Identifier: Apache-2.0

"""Devices as Nova's libvirt driver reports them to the resource tracker.

The wire form is the list below ``pci_passthrough_devices``; its keys are
Nova's, see ``nova.virt.libvirt.host``.  One is ours, for hosts that are not
the one on which their report is read.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Final
from typing import Required
from typing import TypedDict

from nova.objects import fields
from nova.objects import pci_device

from nova_pci_ext.model import device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.novaobj import device_facts


class Reported(TypedDict, total=False):
    """What our tracker reads of a reported device before Nova does."""

    address: Required[str]
    vendor_id: Required[str]
    product_id: Required[str]
    dev_type: str
    parent_addr: str | None
    capabilities: Mapping[str, Mapping[str, str]] | None
    pci_path: Sequence[str]


#: How a device is reached, as ``Device.pci_path``; empty where that is not
#: known.  Our tracker takes it out; without it the tracker asks its kernel.
PCI_PATH: Final = 'pci_path'


#: The fields of Nova's object that are reported, and the length of their
#: columns; the others say what became of a device, which no driver knows.
#: Nova's fake driver has ids of words, for which its SQLite has room.
_TEXTS: Final = {'address': None, 'vendor_id': None, 'product_id': None,
                 'dev_type': None}
_OPTIONAL_TEXTS: Final = {'parent_addr': 12, 'dev_id': 255, 'label': 255}
_STATE: Final = (frozenset(pci_device.PciDevice.fields)
                 - {*_TEXTS, *_OPTIONAL_TEXTS, 'numa_node'})
_MAX_NODE: Final = 2 ** 31


def fault(reported: object) -> str | None:
    """Say why a reported device cannot be tracked, None if it can.

    What passes, Nova's object and its row can hold.  Addresses are left to
    whoever reads them.
    """
    if not isinstance(reported, dict):
        return 'it is not a JSON object'
    for name, length in _TEXTS.items():
        if name not in reported:
            return f'it has no {name}'
        if not reported[name] or not _is_text(reported[name], length):
            return f'its {name} is {reported[name]!r}'
    if reported['dev_type'] not in fields.PciDeviceType.ALL:
        return f'its dev_type is {reported["dev_type"]!r}'
    for name, length in _OPTIONAL_TEXTS.items():
        value = reported.get(name)
        if value is not None and not _is_text(value, length):
            return f'its {name} is {value!r}'
    node = reported.get('numa_node')
    if node is not None and (
            type(node) is not int or not -_MAX_NODE <= node < _MAX_NODE):
        return f'its numa_node is {node!r}'
    return _fault_of_parts(reported)


def _fault_of_parts(reported: Mapping[str, object]) -> str | None:
    """Say what is wrong with the lists and objects in a device."""
    parts = reported.get('capabilities', {})
    if not isinstance(parts, dict):
        return f'its capabilities are {parts!r}'
    for name in ('vpd', 'sriov'):
        if not isinstance(parts.get(name, {}), dict):
            return f'its {name} is {parts[name]!r}'
    facts = reported.get(device_facts.FACTS) or {}
    if not isinstance(facts, dict):
        return f'its {device_facts.FACTS} is {facts!r}'
    for name, value in (*parts.get('vpd', {}).items(), *(
            (name, facts.get(name)) for name in ('mac', 'slot'))):
        if value is not None and not isinstance(value, str):
            return f'its {name} is {value!r}'
    path = reported.get(PCI_PATH, ())
    if not isinstance(path, (list, tuple)) or not all(
            isinstance(each, str) for each in path):
        return f'its {PCI_PATH} is {path!r}'
    return None


def _is_text(value: object, length: int | None) -> bool:
    return isinstance(value, str) and (length is None or len(value) <= length)


def reported_only(reported: Mapping[str, object]) -> dict[str, object]:
    """Return what a report can say of a device, in Nova's terms.

    The row has no place for a device without a label or a NUMA node that
    nobody names.
    """
    known = {name: value for name, value in reported.items()
             if name not in _STATE}
    known.setdefault('numa_node', None)
    if known.get('label') is None:
        known['label'] = _label(known['vendor_id'], known['product_id'])
    return known


def _label(vendor_id: object, product_id: object) -> str:
    return f'label_{vendor_id}_{product_id}'


def passthrough_devices(
        devices: Iterable[device.Device]) -> list[dict[str, object]]:
    """Return one dict per device, in the order of their addresses."""
    by_address = {each.address: each for each in devices}
    return [_report(by_address[address], by_address)
            for address in sorted(by_address)]


def _report(each: device.Device,
            by_address: Mapping[PciAddress, device.Device],
            ) -> dict[str, object]:
    name = str(each.address).replace(':', '_').replace('.', '_')
    report: dict[str, Any] = {
        'dev_id': f'pci_{name}',
        'address': str(each.address),
        'vendor_id': each.vendor_id,
        'product_id': each.product_id,
        'label': _label(each.vendor_id, each.product_id),
        'numa_node': each.numa_node,
        'dev_type': each.dev_type.value,
        PCI_PATH: each.pci_path,
    }
    facts = device_facts.of_device(each)
    if facts:
        report[device_facts.FACTS] = facts
    parent = by_address.get(each.parent) if each.parent else None
    if parent is not None:
        report['parent_addr'] = str(parent.address)
        interface = device.parent_interface(each, parent)
        if interface:
            report['parent_ifname'] = interface
    if each.dev_type is device.DeviceType.PF and each.mac:
        report['mac_address'] = each.mac
    capabilities = _report_capabilities(each, parent)
    if capabilities:
        report['capabilities'] = capabilities
    return report


def _report_capabilities(each: device.Device,
                         parent: device.Device | None) -> dict[str, object]:
    """Return what Nova passes on to the port's ``binding:profile``.

    Only VFs carry NIC features and their place below the PF.
    """
    found: dict[str, Any] = {}
    if each.dev_type is device.DeviceType.VF:
        if each.capabilities:
            found['network'] = list(each.capabilities)
        if parent is not None and device.is_nic_vf(each, parent):
            found['sriov'] = {'pf_mac_address': parent.mac,
                              'vf_num': each.vf_index}
    serial = device.card_serial(each, parent)
    if serial:
        found['vpd'] = {'card_serial_number': serial}
    return found
