# SPDX-License-Identifier: Apache-2.0

"""PCI addresses: parsed once, compared as numbers."""

import dataclasses
import re

from nova_pci_ext import exceptions

# The kernel prints "%04x:%02x:%02x.%d" (drivers/pci/probe.c,
# pci_setup_device): a domain has four digits, or more where it needs them
# (Intel VMD controllers make 32-bit domains such as 10000).
_ADDRESS = re.compile(
    '([0-9a-fA-F]{4,8}):([0-9a-fA-F]{2}):([0-9a-fA-F]{2})[.]([0-7])')
MAX_SLOT = 0x1f
#: Nova has no room for the 32-bit domains that the kernel makes.
MAX_DOMAIN = 0xffff


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class PciAddress:
    """``domain:bus:slot.function`` of one device.

    :ivar domain: 0 to 0xffffffff
    :ivar bus: 0 to 0xff
    :ivar slot: 0 to 0x1f
    :ivar function: 0 to 7
    """

    domain: int
    bus: int
    slot: int
    function: int

    @classmethod
    def parse(cls, text: str) -> 'PciAddress':
        """Read an address as the kernel, libvirt and Nova write it.

        address = 4*8HEX ":" 2HEX ":" 2HEX "." ("0" to "7")

        :raises AddressError: for anything else
        """
        found = _ADDRESS.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            raise exceptions.AddressError(text)
        domain, bus, slot, function = (int(part, 16)
                                       for part in found.groups())
        if slot > MAX_SLOT:
            raise exceptions.AddressError(text)
        return cls(domain, bus, slot, function)

    @property
    def is_trackable(self) -> bool:
        """Whether Nova can keep the address: a domain has four digits."""
        return self.domain <= MAX_DOMAIN

    def __str__(self) -> str:
        return (f'{self.domain:04x}:{self.bus:02x}:{self.slot:02x}'
                f'.{self.function:x}')
