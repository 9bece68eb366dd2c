# SPDX-License-Identifier: Apache-2.0

"""What a device is, whatever its address: facts that do not change."""

import dataclasses

from nova_pci_ext.model.address import PciAddress


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Facts of one device.  None stands for not known, or for not asked.

    Those of a VF or vDPA device are those of its PF, and its number.

    :ivar vendor_id: of the device itself, as ``product_id``
    :ivar dev_type: Nova's name of the type
    :ivar serial: serial number of the card, from its vital product data
    :ivar function: number of the PF, or of the device itself, on its card
    :ivar mac: MAC address that the PF was made with, lower case
    :ivar slot: the slot of the machine and the way on from there, as
        ``model.slots`` writes it
    :ivar index: number of a VF below its PF
    :ivar offset: of a VF: its routing id less that of the PF; else 0
    """

    vendor_id: str | None = None
    product_id: str | None = None
    dev_type: str | None = None
    serial: str | None = None
    function: int = 0
    mac: str | None = None
    slot: str | None = None
    index: int | None = None
    offset: int = 0

    @property
    def has_facts(self) -> bool:
        """Whether anything is known that does not change."""
        return bool(self.serial or self.mac or self.slot)


def routing_id(address: PciAddress) -> int:
    """Return the number of a function within its domain, as PCI has it."""
    return address.bus << 8 | address.slot << 3 | address.function
