# SPDX-License-Identifier: Apache-2.0

"""Vendor and product ids that are nearly those of a device."""

from typing import Protocol

from nova_pci_ext.model.device import Device
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.parsing import keys


class Ids(Protocol):
    """An entry that may name either id."""

    @property
    def vendor_id(self) -> str | None:
        """Four lower-case hexadecimal digits, None for any."""

    @property
    def product_id(self) -> str | None:
        """Likewise."""


def is_near(alias: Alias, device: Device) -> bool:
    """Whether one entry of an alias names a device but for a slip."""
    return any(is_slip(entry, device) for entry in alias.entries)


def is_slip(entry: Ids, device: Device) -> bool:
    """Whether ids are swapped, or one digit is another or elsewhere."""
    written = entry.vendor_id, entry.product_id
    if written == (device.product_id, device.vendor_id):
        return True
    slips = [keys.slips(one, other) for one, other in zip(
        written, (device.vendor_id, device.product_id), strict=True) if one]
    return sum(slips) == 1


def named(device: Device) -> str:
    """Name a device by what an entry says of it."""
    return (f'"vendor_id": "{device.vendor_id}", "product_id": '
            f'"{device.product_id}", as {device.address} has')
