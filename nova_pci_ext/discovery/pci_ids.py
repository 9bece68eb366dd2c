# SPDX-License-Identifier: Apache-2.0

"""Names of vendors and products, from the database that ``lspci`` uses.

The package ``hwdata`` or ``pci.ids`` brings it; without it devices keep
their ids and have no names.
"""

import dataclasses
import pathlib
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.model.inventory import Inventory

PLACES = ('usr/share/hwdata/pci.ids', 'usr/share/misc/pci.ids',
          'usr/share/pci.ids', 'var/lib/pciutils/pci.ids')
_DIGITS = frozenset('0123456789abcdef')


def add_names(found: Inventory, root: pathlib.Path = pathlib.Path('/'),
              ) -> Inventory:
    """Name the devices that have no names yet.

    :param root: where the operating system of this machine is
    :returns: the same inventory where there is no database
    """
    ids = {each.vendor_id: set[str]() for each in found.devices}
    for each in found.devices:
        ids[each.vendor_id].add(each.product_id)
    names = find_names(ids, root)
    return _named(found, names) if names else found


def find_names(wanted: Mapping[str, Collection[str]],
               root: pathlib.Path = pathlib.Path('/')) -> 'Names':
    """Read the names of some ids from the database of this machine.

    :param wanted: vendor ids to product ids
    :param root: where the operating system of this machine is
    :returns: empty where there is no database
    """
    for place in PLACES:
        try:
            with open(root / place, encoding='utf-8',
                      errors='replace') as lines:
                return read_names(lines, wanted)
        except OSError:
            continue
    return {}


Names = Mapping[tuple[str, str | None], str]


def read_names(lines: Iterable[str],
               wanted: Mapping[str, Collection[str]]) -> Names:
    """Read the names of some ids.

    database = *( vendor *( TAB product *( TAB TAB subsystem ) ) );  each
    line is ``id SP SP name``; the classes behind the vendors begin with "C".

    :param wanted: vendor ids to product ids
    :returns: (vendor id, product id) or (vendor id, None) to the name
    """
    names: dict[tuple[str, str | None], str] = {}
    vendor, products = '', frozenset[str]()
    for line in lines:
        if line[0] in _DIGITS:
            vendor = line[:4]
            products = frozenset(wanted.get(vendor, ()))
            if products:
                names[vendor, None] = line[4:].strip()
        elif line[0] == '\t':
            if line[1:5] in products:
                names[vendor, line[1:5]] = line[5:].strip()
        elif line[0] == 'C':
            break
    return names


def _named(found: Inventory, names: Names) -> Inventory:
    return dataclasses.replace(found, devices=tuple(
        dataclasses.replace(
            each,
            vendor_name=each.vendor_name
            or names.get((each.vendor_id, None)),
            product_name=each.product_name
            or names.get((each.vendor_id, each.product_id)))
        for each in found.devices))
