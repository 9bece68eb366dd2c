# SPDX-License-Identifier: Apache-2.0

"""What our filter and our weigher lean on."""

from nova_pci_ext.novaobj.hooks.kinds import names
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

_SCHEDULER = frozenset({Part.SCHEDULER, Part.EXPLAIN})
_FILTER = 'nova_pci_ext.scheduler.filters:PciPassthroughFilter'
_NUMA_FILTER = ('nova.scheduler.filters.numa_topology_filter:'
                'NUMATopologyFilter')
_WEIGHER = 'nova_pci_ext.scheduler.weights:PciFitWeigher'

SCHEDULER = (
    Owner(path='nova.scheduler.filters:BaseHostFilter', use=Use.OVERRIDDEN,
          parts=_SCHEDULER, ours=_FILTER,
          members={'host_passes': None,
                   'filter_all': 'filter_obj_list, spec_obj'},
          why='our filter decides'),
    Owner(path='nova.scheduler.filters:BaseHostFilter', use=Use.READ,
          parts=_SCHEDULER, members=names('RUN_ON_REBUILD'),
          why='a rebuild passes'),
    Owner(path='nova.scheduler.filters', use=Use.READ, parts=_SCHEDULER,
          members=names('CandidateFilterMixin'),
          why='our filter filters allocation candidates'),
    Owner(path='nova.filters:BaseFilterHandler.get_filtered_objects',
          use=Use.ASKED_BY_NOVA, parts=_SCHEDULER,
          members=names('filter_all'), why='our filter is asked once'),
    Owner(path='nova.scheduler.host_manager:HostManager.__init__',
          use=Use.ASKED_BY_NOVA, parts=_SCHEDULER,
          members=names('available_filters filter_cls_map'),
          why="our filter takes the place of Nova's, by its name"),
    Owner(path='nova.scheduler.weights:BaseHostWeigher', use=Use.OVERRIDDEN,
          parts=_SCHEDULER, ours=_WEIGHER,
          members=names('weight_multiplier _weigh_object weigh_objects'),
          why='our weigher weighs'),
    Owner(path='nova.weights:BaseWeightHandler.get_weighed_objects',
          use=Use.ASKED_BY_NOVA, parts=_SCHEDULER,
          members=names('weigh_objects weight_multiplier'),
          why='our weigher is asked once for all hosts'),
    Owner(path='nova.weights:BaseWeightHandler.get_weighed_objects',
          use=Use.ASKED_BY_NOVA, parts=_SCHEDULER,
          members=names('minval maxval'),
          why='the places of hosts are not brought to the range from 0 to 1'),
    Owner(path='nova.scheduler.weights', use=Use.CALLED, parts=_SCHEDULER,
          members={'all_weighers': ''},
          why="our list of weighers is Nova's but for one"),
    Owner(path='nova.scheduler.weights.pci', use=Use.READ, parts=_SCHEDULER,
          members=names('PCIWeigher'), why='ours takes its place'),
    Owner(path='nova.objects.numa:NUMATopology', use=Use.WRAPPED,
          parts=_SCHEDULER, members={'obj_from_db_obj': 'db_obj'},
          why='a topology is read once for each text'),
    Owner(path='nova.scheduler.host_manager:'
               'HostState._update_from_compute_node',
          use=Use.ASKED_BY_NOVA, parts=_SCHEDULER,
          members=names('NUMATopology obj_from_db_obj'),
          why='a topology is read once for each text'),
    Owner(path='nova.objects.compute_node:ComputeNode', use=Use.WRAPPED,
          parts=_SCHEDULER,
          members={'_from_db_object': 'context, compute, db_compute'},
          why='a column is converted when it changes'),
    Owner(path='nova.objects.service:Service', use=Use.WRAPPED,
          parts=_SCHEDULER,
          members={'_from_db_object': 'context, service, db_service'},
          why='a column is converted when it changes'),
    Owner(path='nova.objects.compute_node:ComputeNodeList', use=Use.WRAPPED,
          parts=_SCHEDULER,
          members={'get_all': 'context',
                   'get_all_by_uuids': 'context, compute_uuids'},
          why='rows go when nobody needs them any more'),
    Owner(path='nova.objects.service:ServiceList', use=Use.WRAPPED,
          parts=_SCHEDULER,
          members={'get_by_binary': 'context, binary, include_disabled'},
          why='rows go when nobody needs them any more'),
    Owner(path=_NUMA_FILTER, use=Use.WRAPPED, parts=_SCHEDULER,
          members={'host_passes': 'self, host_state, spec_obj'},
          why='no request is copied for a host'),
    Owner(path=_NUMA_FILTER, use=Use.WRAPPED, parts=_SCHEDULER,
          members={'filter_all': 'self, filter_obj_list, spec_obj'},
          why='an answer is kept while it is the same'),
    Owner(path=f'{_NUMA_FILTER}.host_passes', use=Use.ASKED_BY_NOVA,
          parts=_SCHEDULER,
          members=names('obj_clone _satisfies_cpu_policy '
                        'numa_fit_instance_to_host'),
          why='all that it asks of a host'),
    Owner(path=_NUMA_FILTER, use=Use.CALLED, parts=_SCHEDULER,
          members={'_satisfies_cpu_policy':
                   'host_state, extra_specs, image_props'},
          why='all that a guest without topology asks of a host'),
    Owner(path='nova.objects.pci_device_pool', use=Use.READ,
          parts=_SCHEDULER, members=names('PciDevicePool PciDevicePoolList'),
          why='the objects of a row'),
    Owner(path='nova.scheduler.utils', use=Use.CALLED, parts=_SCHEDULER,
          members={
              'request_is_rebuild': 'spec_obj',
              'get_weight_multiplier':
                  'host_state, multiplier_name, multiplier_config'},
          why='which requests are rebuilds, and how weights count'),
    Owner(path='nova.scheduler.client.report', use=Use.CALLED,
          parts=_SCHEDULER, members={'report_client_singleton': ''},
          why='Placement is asked for the names of providers'),
    Owner(path='nova.scheduler.client.report:SchedulerReportClient',
          use=Use.CALLED, parts=_SCHEDULER,
          members={'get': 'url, *, version'},
          why='Placement is asked for the names of providers'),
)
