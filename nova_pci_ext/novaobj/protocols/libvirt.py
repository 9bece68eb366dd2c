# SPDX-License-Identifier: Apache-2.0

"""What Nova's libvirt driver builds a guest of."""

from collections.abc import Iterator
from collections.abc import MutableMapping
from typing import Protocol


class GuestConfig(Protocol):
    """``nova.virt.libvirt.config.LibvirtConfigGuestDevice``."""

    def to_xml(self) -> str:
        """Return the element as text."""


class InterfaceConfig(GuestConfig, Protocol):
    """``nova.virt.libvirt.config.LibvirtConfigGuestInterface``."""

    net_type: str | None
    source_mode: str | None
    vlan: str | int | None


class HostdevConfig(GuestConfig, Protocol):
    """``nova.virt.libvirt.config.LibvirtConfigGuestHostdevPCI``."""

    managed: str


class Element(Protocol):
    """``lxml.etree._Element``, as ``format_dom`` returns it."""

    @property
    def attrib(self) -> MutableMapping[str, str]:
        """The attributes."""

    def __len__(self) -> int: ...

    def __iter__(self) -> 'Iterator[Element]': ...

    def set(self, key: str, value: str) -> None:
        """Set an attribute."""

    def find(self, path: str) -> 'Element | None':
        """Return the first child of this path."""

    def append(self, element: 'Element', /) -> None:
        """Put a child behind the others."""

    def remove(self, element: 'Element') -> None:
        """Take a child out."""


class GuestUnderConstruction(Protocol):
    """``nova.virt.libvirt.config.LibvirtConfigGuest``.

    :ivar metadata: objects that write an element each
    """

    metadata: list[object]

    def add_device(self, dev: GuestConfig) -> None:
        """Add a device."""


class Guest(Protocol):
    """``nova.virt.libvirt.guest.Guest``."""

    @property
    def uuid(self) -> str:
        """UUID of the instance."""


class Host(Protocol):
    """``nova.virt.libvirt.host.Host``."""

    def get_vdpa_device_path(self, pci_address: str) -> str:
        """Return the character device of a vDPA device."""
