# SPDX-License-Identifier: Apache-2.0

"""What a server asks for: Nova's requests, flavor and guest topology."""

from collections.abc import Sequence
from typing import Protocol
from typing import TYPE_CHECKING

from nova_pci_ext.novaobj.protocols.objects import ImageMeta
from nova_pci_ext.novaobj.protocols.objects import VersionedObject

if TYPE_CHECKING:
    from nova_pci_ext.novaobj.protocols.instances import Instance


class InstancePCIRequest(VersionedObject, Protocol):
    """``nova.objects.InstancePCIRequest``: devices of one kind.

    An unset field is set when it is read, so ask ``name in request`` first.
    """

    count: int
    spec: list[dict[str, str | None]]
    alias_name: str | None
    request_id: str | None
    requester_id: str | None
    numa_policy: str | None
    _obj_count: int
    _obj_spec: list[dict[str, str | None]]


class InstancePCIRequests(Protocol):
    """``nova.objects.InstancePCIRequests``: all of one server."""

    instance_uuid: str
    requests: list[InstancePCIRequest]


class InstanceNUMACell(Protocol):
    """``nova.objects.InstanceNUMACell``; its id is that of a host cell."""

    id: int
    _obj_id: int


class InstanceNUMATopology(VersionedObject, Protocol):
    """``nova.objects.InstanceNUMATopology``."""

    cells: list[InstanceNUMACell]
    emulator_threads_policy: str | None

    def __len__(self) -> int: ...


class Flavor(VersionedObject, Protocol):
    """``nova.objects.Flavor``."""

    name: str
    flavorid: str
    vcpus: int
    memory_mb: int
    root_gb: int
    ephemeral_gb: int
    extra_specs: dict[str, str]


class RequestGroup(Protocol):
    """``nova.objects.RequestGroup``: what Placement was asked for."""

    requester_id: str
    provider_uuids: list[str]
    resources: dict[str, int]
    required_traits: set[str]


class InstanceGroup(Protocol):
    """``nova.objects.InstanceGroup``: servers together, or apart."""

    uuid: str
    name: str | None
    policy: str | None


class NetworkMetadata(VersionedObject, Protocol):
    """``nova.objects.NetworkMetadata``: the networks of a server."""

    physnets: set[str]
    tunneled: bool


class RequestSpec(VersionedObject, Protocol):
    """``nova.objects.RequestSpec``: one server on its way to a host."""

    instance_uuid: str
    num_instances: int
    image: ImageMeta | None
    availability_zone: str | None
    force_hosts: list[str] | None
    force_nodes: list[str] | None
    scheduler_hints: dict[str, list[str]] | None
    instance_group: InstanceGroup | None
    is_bfv: bool
    requested_destination: object
    request_level_params: object
    flavor: Flavor | None
    pci_requests: InstancePCIRequests | None
    numa_topology: InstanceNUMATopology | None
    requested_resources: Sequence[RequestGroup]
    network_metadata: NetworkMetadata | None

    def ensure_project_and_user_id(self, instance: 'Instance') -> None:
        """Take whose it is from the instance, where that is not known."""

    def ensure_network_information(self, instance: 'Instance') -> None:
        """Take the networks from what is cached of the ports."""

    def generate_request_groups_from_pci_requests(self) -> object:
        """Ask Placement for the devices, where those are in there."""

    @property
    def vcpus(self) -> int:
        """The vCPUs of the flavor."""

    @property
    def memory_mb(self) -> int:
        """The memory of the flavor."""

    @property
    def root_gb(self) -> int:
        """The root disk of the flavor."""

    @property
    def ephemeral_gb(self) -> int:
        """The ephemeral disks of the flavor."""
