# SPDX-License-Identifier: Apache-2.0

"""An instance on a compute, its moves and its guest."""

from typing import Protocol
from typing import TYPE_CHECKING

from nova_pci_ext.novaobj.protocols.requests import InstancePCIRequests

if TYPE_CHECKING:
    from nova_pci_ext.novaobj.protocols.devices import PciDevice
    from nova_pci_ext.novaobj.protocols.devices import PciDeviceList
    from nova_pci_ext.novaobj.protocols.ports import Vif


class Instance(Protocol):
    """``nova.objects.Instance``."""

    uuid: str
    task_state: str | None
    display_name: str | None
    pci_requests: InstancePCIRequests
    pci_devices: 'PciDeviceList'

    @property
    def name(self) -> str:
        """Name of the guest."""

    def __getitem__(self, name: str, /) -> str: ...

    def get_pci_devices(self) -> 'list[PciDevice]':
        """Return the allocated devices."""

    def get_network_info(self) -> 'list[Vif]':
        """Return the ports, as last cached."""


class Migration(Protocol):
    """``nova.objects.Migration``."""

    instance_uuid: str


class Guest(Protocol):
    """``nova.virt.libvirt.guest.Guest``."""

    @property
    def uuid(self) -> str:
        """UUID of the instance."""
