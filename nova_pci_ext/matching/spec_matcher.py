#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.


"""Find the device_spec entry that takes a device, for many of both.

An entry is a bit of a number, the first entry the lowest.  For every id and
every part of an address that a device of this host has had, a table keeps
the number of the entries that it fits; a device's entries are the bits that
all its tables have in common.  So the cost of a device does not depend on
the number of entries, and each expression runs once for each value.
"""

import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.spec import Field

_WIDTHS = (4, 2, 2, 1)


class _Table:
    """The entries that a value of one part of an address fits."""

    def __init__(self, fields: Sequence[Field], width: int) -> None:
        self._fields = fields
        self._width = width
        self._known: dict[int, int] = {}

    def __getitem__(self, value: int) -> int:
        found = self._known.get(value)
        if found is None:
            found = self._known[value] = self._fitting(value)
        return found

    def _fitting(self, value: int) -> int:
        text = f'{value:0{self._width}x}'
        return _bits(field is None or field == value
                     or (isinstance(field, re.Pattern)
                         and field.match(text) is not None)
                     for field in self._fields)


class SpecMatcher:
    """The entries of ``[pci] device_spec``, compiled.

    :param specs: the first one that fits a device takes it
    :param devnames: network interface to the address of its device; an
        entry whose ``devname`` is not among them fits nothing
    """

    def __init__(self, specs: Sequence[DeviceSpec],
                 devnames: Mapping[str, PciAddress]) -> None:
        self.specs = tuple(specs)
        patterns = [_fields(spec, devnames) for spec in specs]
        self._parts = tuple(
            _Table([fields[part] for fields in patterns], width)
            for part, width in enumerate(_WIDTHS))
        self._usable = _bits(spec.devname is None or spec.devname in devnames
                             for spec in specs)
        self._with_children = _bits(
            spec.devname is not None
            or (spec.address is not None and spec.address.single is not None)
            for spec in specs)
        self._without_serial = ~_bits(spec.remote_managed for spec in specs)
        self._ids: dict[tuple[str, str], int] = {}

    def first(self, *, vendor_id: str, product_id: str, address: PciAddress,
              parent: PciAddress | None = None,
              has_serial: bool = False) -> int | None:
        """Find the entry that takes a device.

        :param vendor_id: four lower-case hexadecimal digits
        :param product_id: four lower-case hexadecimal digits
        :param parent: address of the PF of a VF or vDPA device
        :param has_serial: whether its card's serial number is known
        :returns: the index of the entry, None when no entry fits
        """
        found = self._fitting(vendor_id, product_id, address, parent,
                              has_serial)
        # The lowest bit that is set.
        return (found & -found).bit_length() - 1 if found else None

    def every(self, *, vendor_id: str, product_id: str, address: PciAddress,
              parent: PciAddress | None = None,
              has_serial: bool = False) -> tuple[int, ...]:
        """Find all the entries that fit a device, in their order."""
        found = self._fitting(vendor_id, product_id, address, parent,
                              has_serial)
        return tuple(index for index in range(len(self.specs))
                     if found >> index & 1)

    def _fitting(self, vendor_id: str, product_id: str, address: PciAddress,
                 parent: PciAddress | None, has_serial: bool) -> int:
        ids = self._ids.get((vendor_id, product_id))
        if ids is None:
            ids = self._ids[vendor_id, product_id] = self._fitting_ids(
                vendor_id, product_id)
        place = self._at(address)
        if parent is not None:
            place |= self._at(parent) & self._with_children
        found = ids & place
        return found if has_serial else found & self._without_serial

    def _fitting_ids(self, vendor_id: str, product_id: str) -> int:
        return self._usable & _bits(
            spec.vendor_id in (None, vendor_id)
            and spec.product_id in (None, product_id) for spec in self.specs)

    def _at(self, address: PciAddress) -> int:
        domain, bus, slot, function = self._parts
        return (domain[address.domain] & bus[address.bus]
                & slot[address.slot] & function[address.function])


def _fields(spec: DeviceSpec, devnames: Mapping[str, PciAddress],
            ) -> tuple[Field, Field, Field, Field]:
    address = devnames.get(spec.devname) if spec.devname else None
    if address is not None:
        return (address.domain, address.bus, address.slot, address.function)
    return spec.address.fields if spec.address else (None, None, None, None)


def _bits(truths: Iterable[bool]) -> int:
    found = 0
    for index, truth in enumerate(truths):
        found |= truth << index
    return found
