# SPDX-License-Identifier: Apache-2.0

"""What allocation candidates of ours, and claims that follow them, lean on."""

from nova_pci_ext.novaobj.hooks.kinds import names
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

_SCHEDULER = frozenset({Part.SCHEDULER, Part.EXPLAIN})
_COMPUTE = frozenset({Part.COMPUTE})
_BOTH = _SCHEDULER | _COMPUTE
_ALIASES = frozenset({Part.CONDUCTOR, Part.COMPUTE})
_MANAGER = 'nova.scheduler.manager:SchedulerManager'
_REPORT = 'nova.scheduler.client.report:SchedulerReportClient'
_SPEC = 'nova.objects.request_spec:RequestSpec'

CANDIDATES = (
    Owner(path='nova.scheduler.utils', use=Use.WRAPPED, parts=_SCHEDULER,
          members={
              'resources_from_request_spec':
                  'ctxt, spec_obj, host_manager, enable_pinning_translate',
              'claim_resources': 'ctx, client, spec_obj, instance_uuid, '
                                 'alloc_req, allocation_request_version'},
          why='one device is asked for, and a late claim goes on'),
    Owner(path=_REPORT, use=Use.WRAPPED, parts=_SCHEDULER,
          members={'get_allocation_candidates': 'self, context, resources'},
          why="Placement's answer becomes offers"),
    Owner(path='nova.scheduler.host_manager:HostManager', use=Use.WRAPPED,
          parts=_SCHEDULER,
          members={'get_filtered_hosts': 'self, hosts, spec_obj, index'},
          why='filters that see only the requests know the device sets too'),
    Owner(path='nova.scheduler.host_manager:HostState', use=Use.WRAPPED,
          parts=_SCHEDULER,
          members={'consume_from_request': 'self, spec_obj'},
          why='a server takes the devices that make its sets'),
    Owner(path=f'{_MANAGER}._schedule', use=Use.ASKED_BY_NOVA,
          parts=_SCHEDULER,
          members=names('claim_resources allocation_candidates'),
          why='the first candidate of a host is claimed'),
    Owner(path='nova.exception', use=Use.READ, parts=_SCHEDULER,
          members=names('NoValidHost'),
          why='aliases that Nova cannot ask Placement for'),
    Owner(path='nova.virt.hardware', use=Use.CALLED, parts=_SCHEDULER,
          members={'numa_fit_instance_to_host':
                   'host_topology, instance_topology, provider_mapping, *, '
                   'limits'},
          why='which cells have room for a guest'),
    Owner(path='nova.compute.pci_placement_translator', use=Use.CALLED,
          parts=_BOTH,
          members={'get_resource_class':
                   'requested_name, vendor_id, product_id',
                   'get_traits': 'traits_str'},
          why='what Placement is asked for a device'),
)

FOLLOWING = (
    Owner(path='nova.compute.resource_tracker:ResourceTracker',
          use=Use.WRAPPED, parts=_COMPUTE,
          members={
              'instance_claim':
                  'self, context, instance, nodename, allocations, limits',
              '_move_claim':
                  'self, context, instance, new_flavor, nodename, migration, '
                  'allocations, move_type, image_meta, limits',
              'claim_pci_devices':
                  'self, context, pci_requests, instance_numa_topology'},
          why='a claim takes what the instance holds in Placement'),
    Owner(path=_REPORT, use=Use.CALLED, parts=_COMPUTE,
          members={'get_allocations_for_consumer': 'context, consumer'},
          why='what an instance in a live migration holds'),
)

ALIASES = (
    Owner(path='nova.pci.request', use=Use.WRAPPED, parts=_ALIASES,
          members={'_validate_multispec': 'aliases'},
          why='aliases may have several entries with Placement'),
    Owner(path='nova.pci.request:_validate_aliases', use=Use.ASKED_BY_NOVA,
          parts=_ALIASES, members=names('_validate_multispec'),
          why='aliases may have several entries with Placement'),
    Owner(path=_SPEC, use=Use.WRAPPED, parts=_ALIASES,
          members={'generate_request_groups_from_pci_requests': 'self'},
          why='what the scheduler is to ask for such an alias'),
)
