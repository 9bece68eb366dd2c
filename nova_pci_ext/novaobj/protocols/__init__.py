# SPDX-License-Identifier: Apache-2.0

"""Nova's objects as types: the attributes that this package touches.

mypy knows nothing of Nova, which has no types.  Whoever is handed an object
of Nova says so with one of these, and uses no attribute that is not here:
``novaobj.hooks`` makes sure at start that Nova has them all, private ones
included.  Values that are only passed on are ``object``.
"""

from nova_pci_ext.novaobj.protocols.devices import DeviceFilter
from nova_pci_ext.novaobj.protocols.devices import DeviceSpec
from nova_pci_ext.novaobj.protocols.devices import PciDevice
from nova_pci_ext.novaobj.protocols.devices import PciDeviceList
from nova_pci_ext.novaobj.protocols.devices import PciDevicePool
from nova_pci_ext.novaobj.protocols.devices import PciDevicePoolList
from nova_pci_ext.novaobj.protocols.hosts import AllocationCandidate
from nova_pci_ext.novaobj.protocols.hosts import CellMapping
from nova_pci_ext.novaobj.protocols.hosts import ComputeNode
from nova_pci_ext.novaobj.protocols.hosts import HostFilter
from nova_pci_ext.novaobj.protocols.hosts import HostState
from nova_pci_ext.novaobj.protocols.hosts import NUMACell
from nova_pci_ext.novaobj.protocols.hosts import NUMATopology
from nova_pci_ext.novaobj.protocols.hosts import PciStats
from nova_pci_ext.novaobj.protocols.hosts import WeighedHost
from nova_pci_ext.novaobj.protocols.instances import InfoCache
from nova_pci_ext.novaobj.protocols.instances import Instance
from nova_pci_ext.novaobj.protocols.instances import Migration
from nova_pci_ext.novaobj.protocols.instances import MigrationContext
from nova_pci_ext.novaobj.protocols.libvirt import Element
from nova_pci_ext.novaobj.protocols.libvirt import Guest
from nova_pci_ext.novaobj.protocols.libvirt import GuestConfig
from nova_pci_ext.novaobj.protocols.libvirt import GuestUnderConstruction
from nova_pci_ext.novaobj.protocols.libvirt import Host
from nova_pci_ext.novaobj.protocols.libvirt import HostdevConfig
from nova_pci_ext.novaobj.protocols.libvirt import InterfaceConfig
from nova_pci_ext.novaobj.protocols.objects import Context
from nova_pci_ext.novaobj.protocols.objects import ImageMeta
from nova_pci_ext.novaobj.protocols.objects import VersionedObject
from nova_pci_ext.novaobj.protocols.ports import NeutronClient
from nova_pci_ext.novaobj.protocols.ports import Vif
from nova_pci_ext.novaobj.protocols.ports import VifMigrateData
from nova_pci_ext.novaobj.protocols.requests import Flavor
from nova_pci_ext.novaobj.protocols.requests import InstanceGroup
from nova_pci_ext.novaobj.protocols.requests import InstanceNUMACell
from nova_pci_ext.novaobj.protocols.requests import InstanceNUMATopology
from nova_pci_ext.novaobj.protocols.requests import InstancePCIRequest
from nova_pci_ext.novaobj.protocols.requests import InstancePCIRequests
from nova_pci_ext.novaobj.protocols.requests import NetworkMetadata
from nova_pci_ext.novaobj.protocols.requests import RequestGroup
from nova_pci_ext.novaobj.protocols.requests import RequestSpec

__all__ = [
    'AllocationCandidate', 'CellMapping', 'ComputeNode', 'Context',
    'DeviceFilter', 'DeviceSpec', 'Element', 'Flavor', 'Guest', 'GuestConfig',
    'GuestUnderConstruction', 'Host', 'HostFilter', 'HostState',
    'HostdevConfig', 'ImageMeta', 'InfoCache', 'Instance', 'InstanceGroup',
    'InstanceNUMACell', 'InstanceNUMATopology', 'InstancePCIRequest',
    'InstancePCIRequests', 'InterfaceConfig', 'Migration', 'MigrationContext',
    'NUMACell', 'NUMATopology', 'NetworkMetadata', 'NeutronClient',
    'PciDevice', 'PciDeviceList', 'PciDevicePool', 'PciDevicePoolList',
    'PciStats', 'RequestGroup', 'RequestSpec', 'VersionedObject', 'Vif',
    'VifMigrateData', 'WeighedHost',
]
