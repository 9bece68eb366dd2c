# SPDX-License-Identifier: Apache-2.0

"""``[pci_ext] device_group``: which devices of a host belong together."""

import json
from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext import exceptions
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.spec import OptionValue
from nova_pci_ext.model.spec import Source
from nova_pci_ext.parsing import entries
from nova_pci_ext.parsing import keys
from nova_pci_ext.parsing import schema
from nova_pci_ext.parsing.faults import Faults
from nova_pci_ext.parsing.faults import shown
from nova_pci_ext.parsing.faults import shown_key


def read(values: Iterable[OptionValue], faults: Faults,
         ) -> tuple[DeviceGroup, ...]:
    """Read all values of the option: each a group or a list of groups.

    :param faults: takes what is wrong; a group with a fault is left out, for
        a smaller one would be another group
    :returns: in the order in which they stand
    """
    found: dict[tuple[str, str], DeviceGroup] = {}
    for value in values:
        for source, entry in entries.objects(value, faults):
            group = _group(entry, source, faults)
            if group is None:
                continue
            first = found.setdefault((group.type, group.name), group)
            if first is not group:
                faults.refuse(
                    str(source), f'declares {group} again',
                    f'{first.source} declares it; choose another name',
                    Fault.DUPLICATE)
    return tuple(found.values())


def line(group: DeviceGroup) -> str:
    """Write a group as a line of a file that ``read`` reads."""
    value = json.dumps({'type': group.type, 'name': group.name,
                        'addresses': list(map(str, group.addresses))})
    return f'device_group = {value}'


def _group(entry: entries.JsonObject, source: Source, faults: Faults,
           ) -> DeviceGroup | None:
    before = len(faults.errors)
    known = schema.known_keys(schema.DEVICE_GROUP)
    for key in entry:
        if key not in known:
            guess = keys.meant(key, known)
            faults.refuse(
                f'{source}.{shown_key(key)}', 'unknown key',
                f'did you mean {guess!r}?' if guess else
                f'expected {", ".join(known[:-1])} and {known[-1]}',
                Fault.TYPO)
    broken = schema.broken_keys(schema.DEVICE_GROUP, entry)
    for key in known:
        hint = schema.expected(schema.DEVICE_GROUP, key)
        if key not in entry:
            faults.refuse(str(source), f'has no {key}', hint)
        elif key in broken:
            faults.refuse(f'{source}.{key}', f'cannot be {shown(entry[key])}',
                          hint)
    if len(faults.errors) > before:
        return None
    addresses = tuple(_addresses(entry['addresses'], source, faults))
    if len(faults.errors) > before:
        return None
    return DeviceGroup(
        type=entry['type'].lower(), name=entry['name'].lower(),
        addresses=tuple(sorted(addresses)), source=source)


def _addresses(texts: Iterable[str], source: Source, faults: Faults,
               ) -> Iterator[PciAddress]:
    """Yield the addresses that are some, each once."""
    seen: set[PciAddress] = set()
    for index, text in enumerate(texts):
        path = f'{source}.addresses[{index}]'
        try:
            address = PciAddress.parse(text)
        except exceptions.AddressError:
            faults.refuse(path, f'cannot be {shown(text)}',
                          'expected domain:bus:slot.function, such as '
                          '"0000:0f:00.0"')
            continue
        if not address.is_trackable:
            faults.refuse(path, f'cannot be {shown(text)}',
                          'Nova has no room for a domain of more than four '
                          'digits')
        elif address in seen:
            faults.refuse(path, f'is {address} again',
                          'write each address once', Fault.DUPLICATE)
        else:
            seen.add(address)
            yield address
