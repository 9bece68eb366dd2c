# SPDX-License-Identifier: Apache-2.0

"""What our tracker, and what both services, call and read of Nova."""

from nova_pci_ext.novaobj.hooks.kinds import names
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

_COMPUTE = frozenset({Part.COMPUTE})
_BOTH = frozenset({Part.COMPUTE, Part.SCHEDULER, Part.EXPLAIN})
_WITH_EXPLAIN = frozenset({Part.COMPUTE, Part.EXPLAIN})

COMPUTE = (
    Owner(path='nova.objects.pci_device:PciDevice', use=Use.CALLED,
          parts=_WITH_EXPLAIN, members={'create': 'context, dev_dict'},
          why='a device that the host reports for the first time'),
    Owner(path='nova.objects.pci_device:PciDeviceList', use=Use.CALLED,
          parts=_WITH_EXPLAIN,
          members={'get_by_compute_node': 'context, node_id'},
          why='the rows of a compute'),
    Owner(path='nova.objects.pci_device_pool:PciDevicePool', use=Use.CALLED,
          parts=_BOTH, members={'from_dict': 'value',
                                'obj_from_primitive': 'primitive'},
          why='a pool to publish, and one that was published'),
    Owner(path='nova.objects.pci_device_pool', use=Use.CALLED, parts=_BOTH,
          members={'PciDevicePoolList': None}, why='pools to publish'),
    Owner(path='nova.objects.numa:NUMATopology', use=Use.CALLED,
          parts=_COMPUTE, members={'obj_from_db_obj': 'db_obj'},
          why="the host's topology, out of its column"),
    Owner(path='nova.exception', use=Use.READ, parts=_BOTH,
          members=names(
              'NovaException InvalidConfiguration PciConfigInvalidSpec '
              'InstanceNotFound ComputeResourcesUnavailable '
              'PciDeviceRequestFailed PciDevicePoolEmpty PciDeviceNotFound '
              'PciDeviceInvalidStatus PciDeviceInvalidOwner '
              'PciDevicePFInvalidStatus PciDeviceVFInvalidStatus'),
          why="what Nova's callers catch"),
    Owner(path='nova.objects.fields:PciDeviceType', use=Use.READ, parts=_BOTH,
          members=names('STANDARD SRIOV_PF SRIOV_VF VDPA'),
          why='types of devices'),
    Owner(path='nova.objects.fields:PciDeviceStatus', use=Use.READ,
          parts=_BOTH,
          members=names('AVAILABLE CLAIMED ALLOCATED REMOVED DELETED '
                        'UNAVAILABLE UNCLAIMABLE'),
          why='states of devices'),
    Owner(path='nova.config', use=Use.CALLED, parts=_COMPUTE,
          members={'parse_args': 'argv'},
          why='after it nova-compute-pci may import what reads options'),
    Owner(path='nova.network.neutron', use=Use.CALLED, parts=_COMPUTE,
          members={'get_client': 'context, *, admin'},
          why='the client that unbinds ports'),
    Owner(path='nova.network.constants', use=Use.READ, parts=_COMPUTE,
          members=names('BINDING_PROFILE'), why='a key of a port'),
    Owner(path='nova.compute.manager:ComputeManager', use=Use.READ,
          parts=_COMPUTE, members=names('network_api'),
          why='who describes the device of a live migration'),
    Owner(path='nova.objects.instance:Instance', use=Use.CALLED,
          parts=_COMPUTE,
          members={'get_by_uuid': 'context, uuid, expected_attrs'},
          why='where an instance is that an update does not name'),
    Owner(path='nova.compute.task_states', use=Use.READ, parts=_COMPUTE,
          members=names('MIGRATING RESIZE_REVERTING'),
          why='devices of another host, and instances between two'),
    Owner(path='nova.virt.driver:ComputeDriver', use=Use.OVERRIDDEN,
          parts=_COMPUTE, ours='nova_pci_ext.virt.driver:PciExtDriver',
          members={'get_available_resource': 'nodename'},
          why='each report of the driver goes to our tracker'),
    Owner(path='nova.compute.provider_tree:ProviderTree', use=Use.CALLED,
          parts=_COMPUTE,
          members={'exists': 'name_or_uuid', 'data': 'name_or_uuid',
                   'update_inventory': 'name_or_uuid, inventory'},
          why='what is drained is reserved in Placement'),
    Owner(path='nova.privsep', use=Use.READ, parts=_COMPUTE,
          members=names('sys_admin_pctxt'),
          why='what servers left on VFs is put right in its daemon'),
    Owner(path='nova.conf', use=Use.READ, parts=_BOTH, members=names('CONF'),
          why='options of Nova and ours'),
    Owner(path='nova.virt', use=Use.READ, parts=_COMPUTE,
          members=names('__path__'), why='where Nova looks for drivers'),
)
