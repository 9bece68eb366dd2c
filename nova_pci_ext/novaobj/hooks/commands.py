# SPDX-License-Identifier: Apache-2.0

"""What our commands lean on."""

from nova_pci_ext.novaobj.hooks.kinds import names
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

_EXPLAIN = frozenset({Part.EXPLAIN})
_DEVICES = frozenset({Part.DEVICES})

EXPLAIN = (
    Owner(path='nova.scheduler.client.report:SchedulerReportClient',
          use=Use.CALLED, parts=_EXPLAIN,
          members={'get_allocation_candidates': 'context, resources'},
          why='what Placement offers'),
    Owner(path='nova.scheduler.utils', use=Use.CALLED, parts=_EXPLAIN,
          members={'resources_from_request_spec':
                   'ctxt, spec_obj, host_manager, *, '
                   'enable_pinning_translate'},
          why='what Placement is asked'),
    Owner(path='nova.scheduler.request_filter', use=Use.CALLED,
          parts=_EXPLAIN, members={'process_reqspec': 'ctxt, request_spec'},
          why='what Placement is asked'),
    Owner(path='nova.scheduler.host_manager', use=Use.CALLED, parts=_EXPLAIN,
          members={'HostManager': '', 'HostState': 'host, node, cell_uuid'},
          why='the hosts as the scheduler sees them'),
    Owner(path='nova.scheduler.host_manager:HostManager', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'refresh_cells_caches': '',
                   'get_host_states_by_uuids':
                       'context, compute_uuids, spec_obj'},
          why='the hosts as the scheduler sees them'),
    Owner(path='nova.scheduler.host_manager:HostManager', use=Use.READ,
          parts=_EXPLAIN, members=names('enabled_filters cells'),
          why='the other filters, and the cells'),
    Owner(path='nova.scheduler.filters.numa_topology_filter', use=Use.CALLED,
          parts=_EXPLAIN, members={'NUMATopologyFilter': ''},
          why='whether the guest has room on NUMA nodes'),
    Owner(path='nova.virt.hardware', use=Use.CALLED, parts=_EXPLAIN,
          members={
              'numa_fit_instance_to_host':
                  'host_topology, instance_topology, provider_mapping, *, '
                  'limits, pci_requests, pci_stats',
              'numa_get_constraints': 'flavor, image_meta',
              'get_pci_numa_policy_constraint': 'flavor, image_meta'},
          why='where the cells of a guest go'),
    Owner(path='nova.context', use=Use.CALLED, parts=_EXPLAIN,
          members={'get_admin_context': '',
                   'target_cell': 'context, cell_mapping'},
          why='the databases'),
    Owner(path='nova.config', use=Use.CALLED, parts=_EXPLAIN,
          members={'parse_args': 'argv'}, why="the cloud's options"),
    Owner(path='nova.pci.request', use=Use.CALLED, parts=_EXPLAIN,
          members={'get_pci_requests_from_flavor':
                   'flavor, *, affinity_policy'},
          why='the requests that the API would make'),
    Owner(path='nova.pci.request', use=Use.READ, parts=_EXPLAIN,
          members=names('get_alias_from_config'),
          why='aliases that Nova remembers and has to forget'),
    Owner(path='nova.network.neutron:API', use=Use.CALLED, parts=_EXPLAIN,
          members={'create_resource_requests':
                   'context, requested_networks, pci_requests, *, '
                   'affinity_policy'},
          why='the requests that the API would make'),
    Owner(path='nova.network.neutron', use=Use.READ, parts=_EXPLAIN,
          members=names('get_client'),
          why='replaced while ports are described by words'),
    Owner(path='nova.objects.request_spec:RequestSpec', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'from_components':
                   'context, instance_uuid, image, flavor, numa_topology, '
                   'pci_requests, filter_properties, instance_group, '
                   'availability_zone, *, port_resource_requests, '
                   'request_level_params'},
          why='the request that the API would make'),
    Owner(path='nova.objects.compute_node:ComputeNode', use=Use.CALLED,
          parts=_EXPLAIN, members={'get_by_uuid': 'context, compute_uuid'},
          why='whose rows are read'),
    Owner(path='nova.objects.instance_pci_requests:InstancePCIRequests',
          use=Use.CALLED, parts=_EXPLAIN,
          members={'get_by_instance_uuid': 'context, instance_uuid'},
          why='what the owner of a device asked for'),
    Owner(path='nova.exception', use=Use.READ, parts=_EXPLAIN,
          members=names('InstanceNotFound RequestFilterFailed'),
          why='what Nova raises'),
    Owner(path='nova.context', use=Use.CALLED, parts=_EXPLAIN,
          members={'RequestContext': ''}, why='who asks'),
    Owner(path='nova.db.main.api', use=Use.CALLED, parts=_EXPLAIN,
          members={'configure': 'conf'}, why='the databases'),
    Owner(path='nova.db.api.api', use=Use.CALLED, parts=_EXPLAIN,
          members={'configure': 'conf'}, why='the databases'),
    Owner(path='nova.objects.cell_mapping:CellMappingList', use=Use.CALLED,
          parts=_EXPLAIN, members={'get_all': 'context'},
          why='whether each database answers'),
    Owner(path='nova.objects.service:Service', use=Use.CALLED,
          parts=_EXPLAIN, members={'get_minimum_version': 'context, binary'},
          why='whether each database answers'),
    Owner(path='nova.objects', use=Use.CALLED,
          parts=_EXPLAIN | _DEVICES | {Part.RECORDED},
          members={'register_all': ''}, why="Nova's objects"),
    Owner(path='nova.objects.numa', use=Use.CALLED,
          parts=_EXPLAIN | {Part.RECORDED},
          members={
              'NUMATopology': '*, cells',
              'NUMACell': '*, id, cpuset, pcpuset, memory, cpu_usage, '
                          'memory_usage, mempages, pinned_cpus, siblings, '
                          'socket',
              'NUMAPagesTopology': '*, size_kb, total, used',
              'NUMATopologyLimits':
                  '*, cpu_allocation_ratio, ram_allocation_ratio'},
          why='the cells of a recorded host, and limits'),
    Owner(path='nova.objects.image_meta:ImageMeta', use=Use.CALLED,
          parts=_EXPLAIN, members={'from_dict': 'image_meta'},
          why='an image without properties'),
    Owner(path='nova.objects.network_request', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'NetworkRequest': '*, port_id',
                   'NetworkRequestList': '*, objects'},
          why='the ports that are asked about'),
)

PLANNING = (
    Owner(path='nova.objects.flavor:FlavorList', use=Use.CALLED,
          parts=_EXPLAIN, members={'get_all': 'context, *, filters'},
          why='the flavors of the cloud'),
    Owner(path='nova.objects.instance:InstanceList', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'get_by_filters': 'context, filters, *, expected_attrs'},
          why='the servers that run'),
    Owner(path='nova.objects.instance_group:InstanceGroupList',
          use=Use.CALLED, parts=_EXPLAIN, members={'get_all': 'context'},
          why='which servers must not share a host'),
    Owner(path='nova.objects.request_spec:RequestSpec', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'get_by_instance_uuid': 'context, instance_uuid'},
          why='what a server that could move asked for'),
    Owner(path='nova.exception', use=Use.READ, parts=_EXPLAIN,
          members=names('RequestSpecNotFound'), why='what Nova raises'),
    Owner(path='nova.virt.hardware', use=Use.CALLED, parts=_EXPLAIN,
          members={'numa_usage_from_instance_numa':
                   'host_topology, instance_topology, *, free'},
          why='the cells that a server leaves'),
    Owner(path='nova.objects.base', use=Use.READ, parts=_EXPLAIN,
          members=names('NovaObject'), why='objects as text'),
)

DEVICES = (
    Owner(path='nova.conf.scheduler', use=Use.READ, parts=_DEVICES,
          members=names('filter_scheduler_opts metrics_weight_opts '
                        'scheduler_opts'),
          why='what filters and weighers default to'),
    Owner(path='nova.compute.pci_placement_translator', use=Use.CALLED,
          parts=_DEVICES,
          members={'PlacementView': 'hypervisor_hostname, '
                   'instances_under_same_host_resize'},
          why='what nova-compute cannot report to Placement'),
    Owner(path='nova.compute.pci_placement_translator:PlacementView',
          use=Use.CALLED, parts=_DEVICES,
          members={'process_dev': 'dev, dev_spec'},
          why='what nova-compute cannot report to Placement'),
    Owner(path='nova.exception', use=Use.READ, parts=_DEVICES,
          members=names('PlacementPciException'),
          why='what nova-compute cannot report to Placement'),
    Owner(path='nova.config', use=Use.READ, parts=_DEVICES,
          members=names('CONF'), why='where the database is'),
    Owner(path='nova.exception', use=Use.READ, parts=_DEVICES,
          members=names('ComputeHostNotFound'),
          why='a host that the database does not know'),
    Owner(path='nova.scheduler.filters', use=Use.CALLED, parts=_DEVICES,
          members={'HostFilterHandler': ''},
          why='whether the enabled filters are there'),
    Owner(path='nova.scheduler.weights', use=Use.CALLED, parts=_DEVICES,
          members={'HostWeightHandler': ''},
          why='whether the weighers are there'),
    Owner(path='nova.loadables:BaseLoader', use=Use.CALLED, parts=_DEVICES,
          members={'get_matching_classes': 'loadable_class_names'},
          why='whether filters and weighers are there'),
    Owner(path='nova.conf.opts', use=Use.CALLED, parts=_DEVICES,
          members={'list_opts': ''},
          why='values of other options within an option'),
    Owner(path='nova.db.main.api', use=Use.CALLED, parts=_DEVICES,
          members={'configure': 'conf'}, why='the database with the owners'),
    Owner(path='nova.config', use=Use.CALLED, parts=_DEVICES,
          members={'parse_args': 'argv, *, configure_db, init_rpc'},
          why='where the database is'),
    Owner(path='nova.objects.compute_node:ComputeNodeList', use=Use.CALLED,
          parts=_DEVICES, members={'get_all_by_host': 'context, host'},
          why='the nodes of a host'),
    Owner(path='nova.api.validation.extra_specs.validators', use=Use.CALLED,
          parts=_DEVICES, members={'validate': 'name, value'},
          why='values of extra specs'),
    Owner(path='nova.api.validation.extra_specs.validators', use=Use.READ,
          parts=_DEVICES, members=names('VALIDATORS'),
          why='which values an extra spec has'),
)
