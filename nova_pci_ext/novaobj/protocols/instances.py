# SPDX-License-Identifier: Apache-2.0

"""An instance on a compute, and its moves."""

from typing import Protocol
from typing import TYPE_CHECKING

from nova_pci_ext.novaobj.protocols.objects import ImageMeta
from nova_pci_ext.novaobj.protocols.requests import Flavor
from nova_pci_ext.novaobj.protocols.requests import InstanceNUMATopology
from nova_pci_ext.novaobj.protocols.requests import InstancePCIRequests

if TYPE_CHECKING:
    from nova_pci_ext.novaobj.protocols.devices import PciDevice
    from nova_pci_ext.novaobj.protocols.devices import PciDeviceList
    from nova_pci_ext.novaobj.protocols.ports import Vif


class Instance(Protocol):
    """``nova.objects.Instance``."""

    uuid: str
    project_id: str
    user_id: str
    availability_zone: str | None
    host: str | None
    vm_state: str | None
    task_state: str | None
    display_name: str | None
    pci_requests: InstancePCIRequests
    pci_devices: 'PciDeviceList'
    flavor: Flavor
    image_meta: ImageMeta
    numa_topology: InstanceNUMATopology | None
    old_flavor: Flavor | None
    migration_context: 'MigrationContext | None'
    info_cache: 'InfoCache | None'

    @property
    def name(self) -> str:
        """Name of the guest."""

    def __getitem__(self, name: str, /) -> str: ...

    def get_pci_devices(self) -> 'list[PciDevice]':
        """Return the allocated devices."""

    def get_network_info(self) -> 'list[Vif]':
        """Return the ports, as last cached."""


class MigrationContext(Protocol):
    """``nova.objects.MigrationContext``: both sides of a move."""

    old_numa_topology: InstanceNUMATopology | None
    new_numa_topology: InstanceNUMATopology | None


class InfoCache(Protocol):
    """``nova.objects.InstanceInfoCache``: the ports, as last cached."""

    network_info: 'list[Vif] | None'


class Migration(Protocol):
    """``nova.objects.Migration``."""

    instance_uuid: str
