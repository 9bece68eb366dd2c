# SPDX-License-Identifier: Apache-2.0

"""What of Nova we put ours in place of, and where Nova asks for it."""

from nova_pci_ext.novaobj.hooks.kinds import names
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

_ALL = frozenset(Part) - {Part.API, Part.FLAVORS, Part.CONDUCTOR,
                          Part.DEVICES}
_COMPUTE = frozenset({Part.COMPUTE})
_SCHEDULER = frozenset({Part.SCHEDULER, Part.EXPLAIN})

#: Nova's classes and ours; ``install`` sets them, in this order.
CLASSES = (
    Owner(path='nova.pci.whitelist:Whitelist', use=Use.REPLACED, parts=_ALL,
          ours='nova_pci_ext.compute.device_filter:DeviceFilter',
          members=names('__init__ device_assignable get_devspec'),
          why='[pci] device_spec, parsed as we parse it'),
    Owner(path='nova.pci.stats:PciDeviceStats', use=Use.REPLACED, parts=_ALL,
          ours='nova_pci_ext.stats:PciDeviceStats',
          members=names(
              '__init__ add_device remove_device update_device get_free_devs '
              'consume_requests support_requests apply_requests clear '
              'to_device_pools_obj has_remote_managed_device_pools '
              'populate_pools_metadata_from_assigned_devices'),
          why='the free devices of a host'),
    Owner(path='nova.pci.manager:PciDevTracker', use=Use.REPLACED, parts=_ALL,
          ours='nova_pci_ext.compute.tracker:PciDevTracker',
          members=names(
              '__init__ save update_devices_from_hypervisor_resources '
              'claim_instance allocate_instance free_device '
              'free_instance_allocations free_instance_claims free_instance '
              'update_pci_for_instance clean_usage pci_stats'),
          why='who has which device of a compute'),
)

WRAPPED = (
    Owner(path='nova.network.neutron:API', use=Use.WRAPPED, parts=_COMPUTE,
          members={
              '_unbind_ports':
                  'self, context, ports, neutron, port_client, detach',
              '_get_pci_device_profile': 'self, pci_dev'},
          why="a port's profile follows its device"),
    Owner(path='nova.compute.manager:ComputeManager', use=Use.WRAPPED,
          parts=_COMPUTE,
          members={'_update_migrate_vifs_profile_with_pci':
                   'self, migrate_vifs, port_id_to_pci_dev'},
          why='the profile of a live migration describes one device'),
    Owner(path='nova.compute.utils', use=Use.WRAPPED,
          parts=_COMPUTE | {Part.CONDUCTOR},
          members={'update_pci_request_with_placement_allocations':
                   'context, report_client, pci_requests, provider_mapping'},
          why='a port is on the PF that Placement chose for it'),
    Owner(path='nova.network.neutron', use=Use.CALLED,
          parts=_COMPUTE | {Part.CONDUCTOR},
          members={'get_client': 'context, *, admin'},
          why='a port is on the PF that Placement chose for it'),
    Owner(path='nova.exception', use=Use.READ,
          parts=_COMPUTE | {Part.CONDUCTOR},
          members=names('NovaException'),
          why='who does not say which PF that is'),
    Owner(path='nova.objects.instance:Instance', use=Use.WRAPPED,
          parts=_COMPUTE | {Part.CONDUCTOR},
          members={'save': 'self, expected_vm_state, expected_task_state, '
                           'admin_state_reset'},
          why='what Placement chose for a port is not kept'),
    Owner(path='nova.compute.manager:ComputeManager', use=Use.WRAPPED,
          parts=_COMPUTE,
          members={'_live_migration_claim':
                   'self, ctxt, instance, migrate_data, migration, limits, '
                   'allocs'},
          why='it saves an instance before its ports are claimed for'),
    Owner(path='nova.objects.pci_device_pool', use=Use.WRAPPED,
          parts=_SCHEDULER, members={'from_pci_stats': 'pci_stats'},
          why='rows stay text until somebody looks, and one that Nova cannot '
              'read ends no request'),
    Owner(path='nova.virt.hardware', use=Use.WRAPPED,
          parts=_COMPUTE | _SCHEDULER,
          members={'numa_fit_instance_to_host':
                   'host_topology, instance_topology, provider_mapping, '
                   'limits, pci_requests, pci_stats'},
          why='each order of NUMA cells is fitted on copies'),
    Owner(path='nova.compute.pci_placement_translator', use=Use.WRAPPED,
          parts=_COMPUTE,
          members={'update_provider_tree_for_pci':
                   'provider_tree, nodename, pci_tracker, allocations, '
                   'instances_under_same_host_resize'},
          why='what is drained is reserved in Placement'),
)

_TRACKER = 'nova.compute.resource_tracker:ResourceTracker'

ASKED = (
    Owner(path='nova.scheduler.host_manager:'
               'HostState._update_from_compute_node',
          use=Use.ASKED_BY_NOVA, parts=_SCHEDULER,
          members=names('pci_stats PciDeviceStats'),
          why='each host state is given our statistics'),
    Owner(path='nova.objects.compute_node:ComputeNode._from_db_object',
          use=Use.ASKED_BY_NOVA, parts=_SCHEDULER,
          members=names('pci_device_pool from_pci_stats'),
          why='rows are read through our guard'),
    Owner(path=f'{_TRACKER}._setup_pci_tracker', use=Use.ASKED_BY_NOVA,
          parts=_COMPUTE,
          members=names('pci_manager PciDevTracker stats to_device_pools_obj '
                        'update_devices_from_hypervisor_resources'),
          why='our tracker is made, and given the first report'),
    Owner(path=f'{_TRACKER}.update_available_resource',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('get_available_resource _update_available_resource'),
          why='the driver is asked for a report, and then the tracker'),
    Owner(path=f'{_TRACKER}._update_available_resource',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('clean_usage'),
          why='the tracker takes in each new report here'),
    Owner(path=f'{_TRACKER}._update', use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('pci_tracker save'), why='the rows are written'),
    Owner(path=f'{_TRACKER}._update_to_placement', use=Use.ASKED_BY_NOVA,
          parts=_COMPUTE,
          members=names('pci_placement_translator '
                        'update_provider_tree_for_pci'),
          why='what is drained is reserved in Placement'),
    Owner(path=f'{_TRACKER}.instance_claim', use=Use.ASKED_BY_NOVA,
          parts=_COMPUTE, members=names('claim_instance'),
          why='devices are claimed for a new server'),
    Owner(path=f'{_TRACKER}._move_claim', use=Use.ASKED_BY_NOVA,
          parts=_COMPUTE, members=names('claim_instance'),
          why='devices are claimed for a moved server'),
    Owner(path=f'{_TRACKER}._drop_pci_devices', use=Use.ASKED_BY_NOVA,
          parts=_COMPUTE, members=names('free_device'),
          why='devices of a moved server are freed'),
    Owner(path=f'{_TRACKER}._update_usage_from_instance',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('update_pci_for_instance'),
          why='claims become allocations, and end with the server'),
    Owner(path=f'{_TRACKER}.claim_pci_devices', use=Use.ASKED_BY_NOVA,
          parts=_COMPUTE, members=names('claim_instance save'),
          why='devices of an attached port'),
    Owner(path=f'{_TRACKER}.unclaim_pci_devices', use=Use.ASKED_BY_NOVA,
          parts=_COMPUTE, members=names('free_device save'),
          why='devices of a detached port'),
    Owner(path=f'{_TRACKER}.allocate_pci_devices_for_instance',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('allocate_instance save'),
          why='devices of an attached port'),
    Owner(path='nova.compute.pci_placement_translator:'
               'update_provider_tree_for_pci',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('dev_filter specs get_devspec pci_devs stats '
                        'populate_pools_metadata_from_assigned_devices'),
          why='PCI in Placement reads our tracker'),
    Owner(path='nova.compute.manager:ComputeManager.init_host',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('whitelist Whitelist'),
          why='device_spec is parsed at the start'),
    Owner(path='nova.compute.manager:'
               'ComputeManager.check_can_live_migrate_destination',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('_claim_pci_for_instance_vifs '
                        '_update_migrate_vifs_profile_with_pci'),
          why='a live migration claims, and describes what it claimed'),
    Owner(path='nova.network.neutron:API.__init__', use=Use.ASKED_BY_NOVA,
          parts=_COMPUTE, members=names('pci_whitelist Whitelist'),
          why="a profile's physical network comes from our device_spec"),
    Owner(path='nova.network.neutron:API.deallocate_for_instance',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('_unbind_ports'), why='a deleted server'),
    Owner(path='nova.network.neutron:API.unbind_ports',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('_unbind_ports'), why='a shelved server'),
    Owner(path='nova.network.neutron:API._populate_neutron_binding_profile',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('_get_pci_device_profile'), why='a new server'),
    Owner(path='nova.network.neutron:API._update_port_binding_for_instance',
          use=Use.ASKED_BY_NOVA, parts=_COMPUTE,
          members=names('_get_pci_device_profile'), why='a moved server'),
)

REPLACED = (*CLASSES, *WRAPPED, *ASKED)
