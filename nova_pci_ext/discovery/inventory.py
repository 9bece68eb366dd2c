# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts: an ``Inventory`` as a JSON file, read and written.

A recording is what one support engineer sends to another, and what the
embedded computes report to Nova.  ``schemas/inventory.json`` beside this
module is the file's schema; keys that hold the default are left out.
"""

import dataclasses
import json
import pathlib
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import inventory_schema
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.model import ancestry
from nova_pci_ext.model import device
from nova_pci_ext.model import inventory
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.parsing import documents

FORMAT = inventory_schema.FORMAT
VERSION = 1

# JSON has no addresses and no tuples; every other value goes in as it is.
_READERS: Mapping[str, Callable[[Any], object]] = {
    'address': PciAddress.parse, 'parent': PciAddress.parse,
    'dev_type': device.DeviceType, 'capabilities': tuple, 'netdevs': tuple,
    'cpus': tuple, 'host_uses': tuple, 'pci_path': tuple,
    'firmware_tables': tuple, 'kernel_options': tuple, 'cpu_flags': tuple,
    'vfio_pci': inventory.ModuleState, 'mdevs': tuple,
}


def read_inventory(path: pathlib.Path) -> inventory.Inventory:
    """Read one recorded host.

    :raises DiscoveryError: when the file is missing, is no JSON, does not
        obey the schema, or contradicts itself
    """
    return parse_inventory(whole_files.read(path), str(path))


def parse_inventory(text: str, source: str) -> inventory.Inventory:
    """Turn the text of an inventory file into values.

    :param source: what messages call the text, usually its path
    :raises DiscoveryError: as ``read_inventory``
    """
    content = documents.decode(text, source)
    inventory_schema.check(content, source)
    assert isinstance(content, dict)
    try:
        found = _build_inventory(content)
    except exceptions.AddressError as exc:
        raise exceptions.DiscoveryError(source, str(exc)) from exc
    _check_devices(found.devices, source)
    return found


def _build_inventory(content: Mapping[str, Any]) -> inventory.Inventory:
    devices = [device.Device(**_decode(each))
               for each in content['devices']]
    cells = [inventory.NumaCell(**_decode(each))
             for each in content.get('numa_cells', ())]
    ready = content.get('readiness')
    return inventory.Inventory(
        host=content['host'], origin=content.get('origin', ''),
        devices=tuple(sorted(devices, key=lambda each: each.address)),
        numa_cells=tuple(sorted(cells, key=lambda each: each.id)),
        readiness=None if ready is None
        else inventory.HostReadiness(**_decode(ready)),
        unfollowed=tuple(inventory.Unfollowed(**each)
                         for each in content.get('unfollowed', ())),
        hypervisor=inventory.Hypervisor(**content['hypervisor'])
        if 'hypervisor' in content else None)


def _decode(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _READERS[key](value) if key in _READERS else value
            for key, value in plain.items()}


def _check_devices(devices: Collection[device.Device], source: str) -> None:
    """Refuse what no host can report: twins, and children without parents.

    A VF whose PF is not recorded is refused because the tracker could not
    keep the two apart.
    """
    types: dict[PciAddress, device.DeviceType] = {}
    children = []
    for each in devices:
        if each.address in types:
            raise exceptions.DiscoveryError(
                source, f'device {each.address} is recorded twice')
        types[each.address] = each.dev_type
        if each.dev_type in device.CHILD_TYPES:
            children.append(each)
    for child in children:
        if child.parent is None:
            raise exceptions.DiscoveryError(
                source, f'device {child.address} is a {child.dev_type} '
                        f'without a parent')
        if types.get(child.parent) is not device.DeviceType.PF:
            raise exceptions.DiscoveryError(
                source, f'device {child.address} names {child.parent} as '
                        f'its parent, which is not a recorded type-PF')
    fault = ancestry.fault(devices)
    if fault is not None:
        raise exceptions.DiscoveryError(source, fault)


def write_inventory(found: inventory.Inventory, path: pathlib.Path) -> None:
    """Write a file that ``read_inventory`` turns into the same value."""
    whole_files.write(path, format_inventory(found))


def format_inventory(found: inventory.Inventory) -> str:
    """Return the text of an inventory file, one line per device or cell."""
    head = {'format': FORMAT, 'version': VERSION, 'host': found.host,
            'origin': found.origin}
    lines = [f'  {json.dumps(key)}: {json.dumps(value)}'
             for key, value in head.items()]
    if found.readiness is not None:
        ready = json.dumps(_encode(found.readiness))
        lines.append(f'  "readiness": {ready}')
    if found.hypervisor is not None:
        runs = json.dumps(_encode(found.hypervisor))
        lines.append(f'  "hypervisor": {runs}')
    if found.unfollowed:
        lines.append(_format_list('unfollowed', found.unfollowed))
    lines.append(_format_list('numa_cells', found.numa_cells))
    lines.append(_format_list('devices', found.devices))
    return '{\n' + ',\n'.join(lines) + '\n}\n'


def _format_list(key: str, values: Iterable[
        device.Device | inventory.NumaCell | inventory.Unfollowed]) -> str:
    rows = ',\n'.join(f'    {json.dumps(_encode(each))}' for each in values)
    return f'  "{key}": [\n{rows}\n  ]' if rows else f'  "{key}": []'


def _encode(value: device.Device | inventory.NumaCell
            | inventory.HostReadiness | inventory.Unfollowed
            | inventory.Hypervisor,
            ) -> dict[str, Any]:
    """Return the fields that do not hold their default, in their order."""
    plain: dict[str, Any] = {}
    for field in dataclasses.fields(value):
        content = getattr(value, field.name)
        if content != field.default:
            plain[field.name] = (
                str(content) if isinstance(content, PciAddress) else content)
    return plain
