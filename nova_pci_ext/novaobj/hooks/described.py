# SPDX-License-Identifier: Apache-2.0

"""Which class of Nova each protocol describes; its attributes are hooks."""

import dataclasses
import inspect
from collections.abc import Callable
from collections.abc import Iterator
from typing import Protocol

from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj.hooks.kinds import Hook
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

_ALL = frozenset({Part.COMPUTE, Part.SCHEDULER, Part.EXPLAIN})
_COMPUTE = frozenset({Part.COMPUTE})
_SCHEDULER = frozenset({Part.SCHEDULER, Part.EXPLAIN})
_EXPLAIN = frozenset({Part.EXPLAIN})
_LIBVIRT = frozenset({Part.LIBVIRT, Part.RECORDED})
_HOST = frozenset({Part.LIBVIRT})

#: Protocol or TypedDict, the class that it describes, and who uses it.
DESCRIBED: tuple[tuple[type, str, frozenset[Part]], ...] = (
    (protocols.PciDevice, 'nova.objects.pci_device:PciDevice', _ALL),
    (protocols.PciDeviceList, 'nova.objects.pci_device:PciDeviceList', _ALL),
    (protocols.PciDevicePool, 'nova.objects.pci_device_pool:PciDevicePool',
     _ALL),
    (protocols.PciDevicePoolList,
     'nova.objects.pci_device_pool:PciDevicePoolList', _ALL),
    (protocols.InstancePCIRequest,
     'nova.objects.instance_pci_requests:InstancePCIRequest', _ALL),
    (protocols.InstancePCIRequests,
     'nova.objects.instance_pci_requests:InstancePCIRequests', _ALL),
    (protocols.InstanceNUMACell,
     'nova.objects.instance_numa:InstanceNUMACell', _ALL),
    (protocols.InstanceNUMATopology,
     'nova.objects.instance_numa:InstanceNUMATopology', _ALL),
    (protocols.NUMACell, 'nova.objects.numa:NUMACell', _ALL),
    (protocols.NUMATopology, 'nova.objects.numa:NUMATopology', _ALL),
    (protocols.ComputeNode, 'nova.objects.compute_node:ComputeNode', _ALL),
    (protocols.Instance, 'nova.objects.instance:Instance', _COMPUTE),
    (protocols.Migration, 'nova.objects.migration:Migration', _COMPUTE),
    (protocols.VifMigrateData, 'nova.objects.migrate_data:VIFMigrateData',
     _COMPUTE),
    (protocols.NeutronClient, 'neutronclient.v2_0.client:Client', _COMPUTE),
    (protocols.Vif, 'nova.network.model:VIF', _COMPUTE),
    (protocols.HostState, 'nova.scheduler.host_manager:HostState',
     _SCHEDULER),
    (protocols.RequestSpec, 'nova.objects.request_spec:RequestSpec',
     _SCHEDULER),
    (protocols.InstanceGroup, 'nova.objects.instance_group:InstanceGroup',
     _EXPLAIN),
    (protocols.NetworkMetadata,
     'nova.objects.network_metadata:NetworkMetadata', _EXPLAIN),
    (protocols.MigrationContext,
     'nova.objects.migration_context:MigrationContext', _EXPLAIN),
    (protocols.InfoCache,
     'nova.objects.instance_info_cache:InstanceInfoCache', _EXPLAIN),
    (protocols.WeighedHost, 'nova.weights:WeighedObject', _SCHEDULER),
    (protocols.HostFilter, 'nova.scheduler.filters:BaseHostFilter',
     _SCHEDULER),
    (protocols.Flavor, 'nova.objects.flavor:Flavor', _EXPLAIN),
    (protocols.CellMapping, 'nova.objects.cell_mapping:CellMapping',
     _EXPLAIN),
    (protocols.RequestGroup, 'nova.objects.request_spec:RequestGroup',
     _EXPLAIN),
    (protocols.InterfaceConfig,
     'nova.virt.libvirt.config:LibvirtConfigGuestInterface', _LIBVIRT),
    (protocols.HostdevConfig,
     'nova.virt.libvirt.config:LibvirtConfigGuestHostdevPCI', _LIBVIRT),
    (protocols.GuestUnderConstruction,
     'nova.virt.libvirt.config:LibvirtConfigGuest', _LIBVIRT),
    (protocols.Guest, 'nova.virt.libvirt.guest:Guest', _HOST),
    (protocols.Host, 'nova.virt.libvirt.host:Host', _LIBVIRT),
)

_SPECIAL = frozenset({'__contains__', '__iter__', '__len__', '__getitem__'})


def hooks() -> Iterator[Hook]:
    """Yield the attributes of all described classes."""
    for described, path, parts in DESCRIBED:
        why = f'``{described.__name__}`` of ``novaobj.protocols``'
        for member in members(described):
            yield Hook(owner=path, name=member.name, parts=parts, why=why,
                       use=Use.READ if member.parameters is None
                       else Use.CALLED, parameters=member.parameters)


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """An attribute of a protocol.

    :ivar parameters: of a method, without ``self``; None for a value
    """

    name: str
    parameters: str | None


def members(described: type) -> Iterator[Member]:
    """Yield what a protocol or a TypedDict lists, its bases' first."""
    seen = set()
    for base in reversed(described.__mro__):
        if base in (object, dict, Protocol) or base.__module__ == 'typing':
            continue
        for name in inspect.get_annotations(base):
            if name not in seen:
                seen.add(name)
                yield Member(name, None)
        for name, value in vars(base).items():
            is_ours = getattr(
                value.fget if isinstance(value, property) else value,
                '__module__', None) == base.__module__
            if is_ours and name not in seen and (
                    name in _SPECIAL or not name.startswith('__')):
                seen.add(name)
                yield Member(name, _parameters(name, value))


def _parameters(name: str,
                value: property | Callable[..., object]) -> str | None:
    if isinstance(value, property) or name in _SPECIAL:
        return None
    return ', '.join(list(inspect.signature(value).parameters)[1:])
