# SPDX-License-Identifier: Apache-2.0

"""What ``nova-pci explain --server`` leans on."""

from nova_pci_ext.novaobj.hooks.kinds import names
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

_EXPLAIN = frozenset({Part.EXPLAIN})

SERVERS = (
    Owner(path='nova.objects.instance_mapping:InstanceMapping',
          use=Use.CALLED, parts=_EXPLAIN,
          members={'get_by_instance_uuid': 'context, instance_uuid'},
          why='the cell of a server'),
    Owner(path='nova.objects.cell_mapping:CellMapping', use=Use.CALLED,
          parts=_EXPLAIN, members={'get_by_uuid': 'context, uuid'},
          why='the cell of a server'),
    Owner(path='nova.objects.request_spec:RequestSpec', use=Use.CALLED,
          parts=_EXPLAIN, members={
              '_get_by_instance_uuid_from_db': 'context, instance_uuid',
              '_from_db_object': 'context, spec, db_spec'},
          why='the request of a server, read and not written anew'),
    Owner(path='nova.objects.instance:Instance', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'get_by_uuid': 'context, uuid, *, expected_attrs'},
          why='what a server has'),
    Owner(path='nova.objects.flavor:Flavor', use=Use.CALLED, parts=_EXPLAIN,
          members={'get_by_name': 'context, name',
                   'get_by_flavor_id': 'context, flavor_id',
                   'get_by_id': 'context, id'},
          why='what a flavor is today'),
    Owner(path='nova.objects.instance_group:InstanceGroup', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'get_by_instance_uuid': 'context, instance_uuid'},
          why='the server group of a server'),
    Owner(path='nova.objects.service:ServiceList', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'get_by_binary': 'context, binary, *, include_disabled'},
          why='which computes are down or disabled'),
    Owner(path='nova.servicegroup', use=Use.CALLED, parts=_EXPLAIN,
          members={'API': ''}, why='which computes are down'),
    Owner(path='nova.servicegroup.api:API', use=Use.CALLED, parts=_EXPLAIN,
          members={'service_is_up': 'member'}, why='which computes are down'),
    Owner(path='nova.objects.request_spec', use=Use.CALLED, parts=_EXPLAIN,
          members={'Destination': '*, cell', 'RequestLevelParams': ''},
          why='the cell in which a server stays, and what its ports ask'),
    Owner(path='nova.objects.request_spec:RequestLevelParams',
          use=Use.CALLED, parts=_EXPLAIN,
          members={'extend_with': 'other_req_lvl_params'},
          why='what several ports ask'),
    Owner(path='nova.objects.network_metadata', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'NetworkMetadata': '*, physnets, tunneled'},
          why='the networks of a server'),
    Owner(path='nova.scheduler.utils', use=Use.CALLED, parts=_EXPLAIN,
          members={'setup_instance_group': 'context, request_spec'},
          why='the hosts of a server group'),
    Owner(path='nova.scheduler.host_manager:HostManager', use=Use.CALLED,
          parts=_EXPLAIN,
          members={'get_weighed_hosts': 'hosts, spec_obj'},
          why='which host would be chosen'),
    Owner(path='nova.network.neutron:API', use=Use.CALLED, parts=_EXPLAIN,
          members={'get_requested_resource_for_instance':
                   'context, instance_uuid'},
          why='what the ports of a server ask of Placement'),
    Owner(path='nova.network.neutron', use=Use.CALLED, parts=_EXPLAIN,
          members={'get_client': 'context, *, admin', 'API': ''},
          why='whether the ports of a server are there'),
    Owner(path='nova.api.openstack.common', use=Use.CALLED, parts=_EXPLAIN,
          members={'status_from_state': 'vm_state, task_state'},
          why='the state of a server as the API names it'),
    Owner(path='nova.exception', use=Use.READ, parts=_EXPLAIN,
          members=names('FlavorNotFound InstanceGroupNotFound '
                        'InstanceMappingNotFound NovaException PortNotFound '
                        'PciRequestAliasNotDefined RequestSpecNotFound'),
          why='what Nova raises'),
    Owner(path='nova.db.main.models', use=Use.READ, parts=_EXPLAIN,
          members=names('ComputeNode Instance InstanceAction '
                        'InstanceActionEvent InstanceFault Migration '
                        'PciDevice'),
          why='the records of a server'),
    Owner(path='nova.db.main.models:Instance', use=Use.READ, parts=_EXPLAIN,
          members=names('uuid display_name vm_state task_state host '
                        'availability_zone created_at launched_at '
                        'deleted_at deleted'), why='a server'),
    Owner(path='nova.db.main.models:InstanceFault', use=Use.READ,
          parts=_EXPLAIN, members=names(
              'id instance_uuid created_at code message host'),
          why='why a server failed'),
    Owner(path='nova.db.main.models:InstanceAction', use=Use.READ,
          parts=_EXPLAIN, members=names(
              'id action instance_uuid request_id message start_time'),
          why='what was asked of a server'),
    Owner(path='nova.db.main.models:InstanceActionEvent', use=Use.READ,
          parts=_EXPLAIN, members=names(
              'id action_id event result host start_time'),
          why='what was done for a server'),
    Owner(path='nova.db.main.models:Migration', use=Use.READ,
          parts=_EXPLAIN, members=names(
              'id instance_uuid created_at updated_at migration_type status '
              'source_compute dest_compute old_instance_type_id '
              'new_instance_type_id'), why='the moves of a server'),
    Owner(path='nova.db.main.models:PciDevice', use=Use.READ,
          parts=_EXPLAIN, members=names(
              'created_at updated_at deleted_at deleted address vendor_id '
              'product_id status numa_node request_id extra_info '
              'instance_uuid compute_node_id'),
          why='the devices of a server, and what has changed'),
    Owner(path='nova.db.main.models:ComputeNode', use=Use.READ,
          parts=_EXPLAIN, members=names('id host uuid'),
          why='the hosts of devices'),
)
