# SPDX-License-Identifier: Apache-2.0

"""Parsed configuration: what a compute hands out, what an alias asks for."""

import dataclasses
import enum
import re
from collections.abc import Mapping

from nova_pci_ext import exceptions
from nova_pci_ext.model import device
from nova_pci_ext.model import request
from nova_pci_ext.model.address import PciAddress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value stands in the configuration.

    :ivar option: name of the option as written, ``device_spec``
    :ivar index: number of the value among all values of the option, from 0
    :ivar group: configuration group, ``pci``
    :ivar file: path of the file, None for a value that was passed in
    :ivar line: line of the file, from 1
    :ivar item: index inside a JSON list, None when the value is one dict
    """

    option: str
    index: int = 0
    group: str = 'pci'
    file: str | None = None
    line: int | None = None
    item: int | None = None

    def __str__(self) -> str:
        where = f'{self.file}:{self.line}: ' if self.file else ''
        item = '' if self.item is None else f'[{self.item}]'
        return f'{where}[{self.group}] {self.option}[{self.index}]{item}'


@dataclasses.dataclass(frozen=True, slots=True)
class OptionValue:
    """One value of an option, not yet read."""

    text: str
    source: Source


class AddressForm(enum.StrEnum):
    """How the address of a device_spec entry was written."""

    GLOB = 'glob'
    CARD = 'card'
    REGEX = 'regex'


Field = int | re.Pattern[str] | None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AddressPattern:
    """An address of a device_spec entry, one pattern a field.

    A field is None where any value fits, a number where one value fits
    (glob form), or a compiled expression that must match from the first
    character on (regex form; a prefix is enough, as in Nova).

    :ivar text: as the operator wrote it
    :ivar card_serial: serial number of the card that is meant, whatever its
        address; None for any
    :ivar card_slot: the slot of the machine that is meant, or the beginning
        of a way as ``model.slots.path`` writes it; None for any
    """

    form: AddressForm
    text: str
    domain: Field = None
    bus: Field = None
    slot: Field = None
    function: Field = None
    card_serial: str | None = None
    card_slot: str | None = None

    @property
    def fields(self) -> tuple[Field, Field, Field, Field]:
        """Domain, bus, slot and function."""
        return self.domain, self.bus, self.slot, self.function

    @property
    def single(self) -> PciAddress | None:
        """The one address that is written out, None when several may fit.

        The address of a PF stands for its VFs too, in either form.  A regex
        is such an address when it reads exactly like one.
        """
        match self.fields:
            case int(domain), int(bus), int(slot), int(function):
                return PciAddress(domain, bus, slot, function)
            case (re.Pattern() as domain_re, re.Pattern() as bus_re,
                  re.Pattern() as slot_re, re.Pattern() as function_re):
                return _written_out(
                    f'{domain_re.pattern}:{bus_re.pattern}:'
                    f'{slot_re.pattern}.{function_re.pattern}')
            case _:
                return None


def _written_out(text: str) -> PciAddress | None:
    try:
        address = PciAddress.parse(text)
    except exceptions.AddressError:
        return None
    return address if str(address) == text else None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSpec:
    """One entry of ``[pci] device_spec``.

    :ivar vendor_id: four lower-case hexadecimal digits, None for any
    :ivar product_id: four lower-case hexadecimal digits, None for any
    :ivar address: None for any
    :ivar devname: network interface whose device (and its VFs) is meant
    :ivar tags: every other key, values as strings; a known yes-or-no tag is
        ``true`` or ``false``; None only for ``"physical_network": null``,
        which stands for the tunnelled networks
    :ivar remote_managed: whether a DPU manages the devices
    :ivar has_live_migratable_trait: whether Nova gives the devices a trait
        for ``live_migratable``
    :ivar is_refused: whether it has an error, so that no service starts with
        it; what it says may be incomplete
    """

    source: Source
    vendor_id: str | None = None
    product_id: str | None = None
    address: AddressPattern | None = None
    devname: str | None = None
    tags: Mapping[str, str | None] = dataclasses.field(default_factory=dict)
    remote_managed: bool = False
    has_live_migratable_trait: bool = True
    is_refused: bool = False


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AliasEntry:
    """One entry of ``[pci] alias``: one alternative of the alias.

    :ivar resource_class: as written, for Placement
    :ivar traits: as written (comma separated), for Placement
    """

    source: Source
    vendor_id: str | None = None
    product_id: str | None = None
    dev_type: device.DeviceType | None = None
    resource_class: str | None = None
    traits: str | None = None
    live_migratable: bool | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """All entries of one name; a device that fits one of them will do.

    :ivar entries: in the order of the configuration
    """

    name: str
    numa_policy: request.NumaPolicy
    entries: tuple[AliasEntry, ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AliasCount:
    """One item of a flavor's ``pci_passthrough:alias``, ``a1:2``.

    :ivar count: number of devices, at least 1
    """

    name: str
    count: int
