# SPDX-License-Identifier: Apache-2.0

"""A host as scheduler and resource tracker see it."""

import datetime
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Any
from typing import NotRequired
from typing import Protocol
from typing import TypedDict

from nova_pci_ext.novaobj.protocols.devices import DeviceFilter
from nova_pci_ext.novaobj.protocols.devices import PciDevicePoolList
from nova_pci_ext.novaobj.protocols.objects import VersionedObject
from nova_pci_ext.novaobj.protocols.requests import InstanceNUMACell
from nova_pci_ext.novaobj.protocols.requests import InstancePCIRequest
from nova_pci_ext.novaobj.protocols.requests import RequestSpec


class NUMACell(VersionedObject, Protocol):
    """``nova.objects.NUMACell`` of a host."""

    id: int
    socket: int | None


class NUMATopology(VersionedObject, Protocol):
    """``nova.objects.NUMATopology`` of a host."""

    cells: list[NUMACell]


class ComputeNode(Protocol):
    """``nova.objects.ComputeNode``.

    :ivar numa_topology: JSON text
    """

    id: int
    hypervisor_hostname: str
    numa_topology: str | None

    def __contains__(self, name: str, /) -> bool: ...


class AllocationCandidate(TypedDict):
    """What Placement offers for one server on one host.

    :ivar mappings: request group to the providers that it comes from
    """

    mappings: dict[str, list[str]]
    allocations: NotRequired[dict[str, Any]]


class PciStats(Protocol):
    """``nova.pci.stats.PciDeviceStats``, whoever wrote the class."""

    @property
    def numa_topology(self) -> NUMATopology | None:
        """Topology of the host."""

    @property
    def dev_filter(self) -> DeviceFilter:
        """The device_spec of the host; only a compute has one."""

    @property
    def pools(self) -> list[dict[str, object]]:
        """The free devices in pools; with ``devices`` on a compute."""

    def __iter__(self) -> Iterator[dict[str, object]]: ...

    def support_requests(
            self, requests: Sequence[InstancePCIRequest],
            provider_mapping: dict[str, list[str]] | None,
            numa_cells: Sequence[InstanceNUMACell] | None = None) -> bool:
        """Whether the host can serve the requests."""

    def apply_requests(
            self, requests: Sequence[InstancePCIRequest],
            provider_mapping: dict[str, list[str]] | None,
            numa_cells: Sequence[InstanceNUMACell] | None = None) -> None:
        """Take what the requests need."""

    def to_device_pools_obj(self) -> PciDevicePoolList:
        """Return the pools for publishing."""


class HostState(Protocol):
    """``nova.scheduler.host_manager.HostState``.

    :ivar updated: ``updated_at`` of the row of the compute node
    """

    host: str
    nodename: str
    uuid: str | None
    cell_uuid: str | None
    updated: datetime.datetime | None
    pci_stats: PciStats | None
    numa_topology: NUMATopology | None
    allocation_candidates: list[AllocationCandidate]
    limits: dict[str, object]
    free_ram_mb: int
    total_usable_ram_mb: int
    total_usable_disk_gb: int
    disk_mb_used: int
    vcpus_total: int
    vcpus_used: int
    disk_allocation_ratio: float | None
    cpu_allocation_ratio: float | None
    ram_allocation_ratio: float | None

    def consume_from_request(self, spec_obj: RequestSpec) -> None:
        """Take what a server needs."""


class WeighedHost(Protocol):
    """``nova.weights.WeighedObject`` of a host."""

    obj: HostState


class HostFilter(Protocol):
    """``nova.scheduler.filters.BaseHostFilter``."""

    def filter_all(self, filter_obj_list: Iterable[HostState],
                   spec_obj: RequestSpec) -> Iterable[HostState]:
        """Return the hosts that pass."""

    def host_passes(self, host_state: HostState,
                    filter_properties: RequestSpec) -> bool:
        """Whether one host passes."""


class CellMapping(Protocol):
    """``nova.objects.CellMapping``."""

    uuid: str
    name: str | None
    disabled: bool

    def is_cell0(self) -> bool:
        """Whether it is the cell of servers that found no host."""
