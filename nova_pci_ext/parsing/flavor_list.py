# SPDX-License-Identifier: Apache-2.0

"""Flavors as ``openstack flavor list --long -f json`` prints them.

list = "[" [flavor *("," flavor)] "]"
flavor = object with "Name", "VCPUs", "RAM"; "Disk", "Ephemeral",
         "Properties" and our own "Running" may be missing

Other keys, such as ID and Swap, are what the client prints beside.
"""

import json
from collections.abc import Mapping
from typing import NotRequired
from typing import TypedDict

from nova_pci_ext.model.listed_flavor import ListedFlavor
from nova_pci_ext.parsing import validation
from nova_pci_ext.parsing.faults import Faults

_NUMBER = {'type': 'integer', 'minimum': 0, 'maximum': 2 ** 31 - 1}
_SCHEMA: Mapping[str, object] = {
    'type': 'array', 'minItems': 1, 'items': {
        'type': 'object', 'required': ['Name', 'VCPUs', 'RAM'],
        'properties': {
            'Name': {'type': 'string', 'minLength': 1},
            'VCPUs': {**_NUMBER, 'minimum': 1}, 'RAM': _NUMBER,
            'Disk': _NUMBER, 'Ephemeral': _NUMBER, 'Running': _NUMBER,
            'Properties': {'type': 'object',
                           'additionalProperties': {'type': 'string'}}}}}
_EXPECTED = ('expected a list of flavors as openstack flavor list --long '
             '-f json prints it')
_MOST_LETTERS = 200


class _Row(TypedDict):
    """An object that obeys the schema."""

    Name: str
    VCPUs: int
    RAM: int
    Disk: NotRequired[int]
    Ephemeral: NotRequired[int]
    Running: NotRequired[int]
    Properties: NotRequired[dict[str, str]]


def parse_flavor_list(text: str, path: str,
                      faults: Faults) -> tuple[ListedFlavor, ...]:
    """Read flavors, in the order of the list.

    :param path: what messages call the text
    :returns: none where there is a fault
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        faults.refuse(path, 'not JSON', _EXPECTED)
        return ()
    fault = next(iter(sorted(
        validation.Validator(_SCHEMA).iter_errors(content),
        key=lambda error: list(map(str, error.absolute_path)))), None)
    if fault is not None:
        where = fault.json_path.removeprefix('$')
        faults.refuse(f'{path}: {where}' if where else path,
                      fault.message[:_MOST_LETTERS], _EXPECTED)
        return ()
    found = tuple(map(_flavor, content))
    for number, each in enumerate(found):
        if each.name in {other.name for other in found[:number]}:
            faults.refuse(f'{path}: [{number}].Name',
                          'the same name as an earlier flavor')
            return ()
    return found


def _flavor(content: _Row) -> ListedFlavor:
    return ListedFlavor(
        name=content['Name'], vcpus=content['VCPUs'], ram_mb=content['RAM'],
        disk_gb=content.get('Disk', 0) + content.get('Ephemeral', 0),
        extra_specs=content.get('Properties', {}),
        running=content.get('Running'))
