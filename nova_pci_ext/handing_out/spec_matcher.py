# SPDX-License-Identifier: Apache-2.0

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

from nova_pci_ext import exceptions
from nova_pci_ext.model import slots
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.spec import Field

_WIDTHS = (4, 2, 2, 1)
_SHORTEST = len('0:00:00.0')


class _Table(dict[str, int]):
    """The entries that the text of one part of an address fits."""

    def __init__(self, fields: Sequence[Field], width: int) -> None:
        super().__init__()
        self._width = width
        self._any = 0
        self._numbers: dict[int, int] = {}
        patterns: dict[re.Pattern[str], int] = {}
        for index, field in enumerate(fields):
            bit = 1 << index
            if field is None:
                self._any |= bit
            elif isinstance(field, int):
                self._numbers[field] = self._numbers.get(field, 0) | bit
            else:
                patterns[field] = patterns.get(field, 0) | bit
        self._patterns = [(pattern.match, bits)
                          for pattern, bits in patterns.items()]

    def __missing__(self, part: str) -> int:
        value = int(part, 16)
        found = self._any | self._numbers.get(value, 0)
        text = f'{value:0{self._width}x}'
        for match, bits in self._patterns:
            if match(text):
                found |= bits
        self[part] = found
        return found


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
        self._domain, self._bus, self._slot, self._function = (
            _Table([fields[part] for fields in patterns], width)
            for part, width in enumerate(_WIDTHS))
        self._ids = _Ids(self.specs, _bits(
            spec.devname is None or spec.devname in devnames
            for spec in specs))
        self._with_children = _bits(
            spec.devname is not None
            or (spec.address is not None and spec.address.single is not None)
            for spec in specs)
        self._without_serial = ~_bits(spec.remote_managed for spec in specs)
        self._cards = _Cards(specs)

    def first(self, vendor_id: str, product_id: str, address: str,
              parent: str | None = None, *,
              has_serial: bool = False, serial: str | None = None,
              slot: str | None = None) -> int | None:
        """Find the entry that takes a device.

        :param vendor_id: four lower-case hexadecimal digits
        :param product_id: four lower-case hexadecimal digits
        :param address: as the kernel prints it
        :param parent: address of the PF of a VF or vDPA device
        :param has_serial: whether its card's serial number is known to Nova
        :param serial: of its card, or that of its PF
        :param slot: the way from its slot, or that of its PF
        :returns: the index of the entry, None when no entry fits
        :raises AddressError: if an address is none
        """
        found = self._fitting(vendor_id, product_id, address, parent,
                              has_serial) & self._cards.fitting(serial, slot)
        # The lowest bit that is set.
        return (found & -found).bit_length() - 1 if found else None

    def every(self, vendor_id: str, product_id: str, address: str,
              parent: str | None = None, *,
              has_serial: bool = False, serial: str | None = None,
              slot: str | None = None) -> tuple[int, ...]:
        """Find all the entries that fit a device, in their order."""
        found = self._fitting(vendor_id, product_id, address, parent,
                              has_serial) & self._cards.fitting(serial, slot)
        return tuple(index for index in range(len(self.specs))
                     if found >> index & 1)

    def _fitting(self, vendor_id: str, product_id: str, address: str,
                 parent: str | None, has_serial: bool) -> int:
        place = self._at(address)
        if parent:
            place |= self._at(parent) & self._with_children
        found = place & self._ids[vendor_id, product_id]
        return found if has_serial else found & self._without_serial

    def _at(self, address: str) -> int:
        """Find the entries that an address fits.

        The text is cut at fixed places, because a regular expression and
        a ``PciAddress`` would cost more than all the rest.
        """
        if (len(address) < _SHORTEST or address[-8] != ':'
                or address[-5] != ':' or address[-2] != '.'):
            raise exceptions.AddressError(address)
        try:
            return (self._domain[address[:-8]] & self._bus[address[-7:-5]]
                    & self._slot[address[-4:-2]]
                    & self._function[address[-1]])
        except ValueError as exc:
            raise exceptions.AddressError(address) from exc


class _Cards:
    """The entries that a card and its slot fit."""

    def __init__(self, specs: Sequence[DeviceSpec]) -> None:
        self._any = _bits(
            spec.address is None
            or spec.address.card_serial is spec.address.card_slot is None
            for spec in specs)
        self._serials: dict[str, int] = {}
        self._slots: dict[str, int] = {}
        for index, spec in enumerate(specs):
            if spec.address is None:
                continue
            for name, bits in ((spec.address.card_serial, self._serials),
                               (spec.address.card_slot, self._slots)):
                if name is not None:
                    bits[name] = bits.get(name, 0) | 1 << index

    def fitting(self, serial: str | None, slot: str | None) -> int:
        found = self._any
        if serial is not None:
            found |= self._serials.get(serial, 0)
        if slot is not None:
            for name, bits in self._slots.items():
                if slots.is_in(slot, name):
                    found |= bits
        return found


class _Ids(dict[tuple[str, str], int]):
    """The entries that a vendor and product id fit."""

    def __init__(self, specs: Sequence[DeviceSpec], usable: int) -> None:
        super().__init__()
        self._specs = specs
        self._usable = usable

    def __missing__(self, ids: tuple[str, str]) -> int:
        vendor_id, product_id = ids
        found = self[ids] = self._usable & _bits(
            spec.vendor_id in (None, vendor_id)
            and spec.product_id in (None, product_id)
            for spec in self._specs)
        return found


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
