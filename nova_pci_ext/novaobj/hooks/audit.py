# SPDX-License-Identifier: Apache-2.0

"""What the readers and the repairs of ``nova-pci audit`` lean on."""

from nova_pci_ext.novaobj.hooks.kinds import names
from nova_pci_ext.novaobj.hooks.kinds import Owner
from nova_pci_ext.novaobj.hooks.kinds import Part
from nova_pci_ext.novaobj.hooks.kinds import Use

_AUDIT = frozenset({Part.AUDIT})

AUDIT = (
    Owner(path='nova.config', use=Use.CALLED, parts=_AUDIT,
          members={'parse_args': 'argv, *, configure_db, init_rpc'},
          why="the cloud's options"),
    Owner(path='nova.virt.node', use=Use.CALLED, parts=_AUDIT,
          members={'read_local_node_uuid': ''},
          why='which compute node this machine is'),
    Owner(path='nova.db.main.api', use=Use.CALLED, parts=_AUDIT,
          members={'configure': 'conf', 'get_context_manager': 'context'},
          why='the databases of the cells'),
    Owner(path='nova.db.api.api', use=Use.CALLED, parts=_AUDIT,
          members={'configure': 'conf'}, why='which cells there are'),
    Owner(path='nova.db.main.models', use=Use.READ, parts=_AUDIT,
          members=names('ComputeNode Instance InstanceAction '
                        'InstanceActionEvent InstanceExtra Migration '
                        'PciDevice Service'),
          why='columns that Nova itself may not be able to read'),
    Owner(path='nova.db.main.models:ComputeNode', use=Use.READ,
          parts=_AUDIT, members=names(
              'id deleted host hypervisor_hostname uuid pci_stats'),
          why='nodes and their pools'),
    Owner(path='nova.db.main.models:Service', use=Use.READ, parts=_AUDIT,
          members=names('host binary disabled deleted'),
          why='hosts that get no new servers'),
    Owner(path='nova.db.main.models:PciDevice', use=Use.READ, parts=_AUDIT,
          members=names(
              'id deleted deleted_at updated_at compute_node_id address '
              'parent_addr dev_type vendor_id product_id numa_node status '
              'instance_uuid request_id extra_info'), why='the rows'),
    Owner(path='nova.db.main.models:Instance', use=Use.READ, parts=_AUDIT,
          members=names('uuid deleted host vm_state task_state'),
          why='who may own a device'),
    Owner(path='nova.db.main.models:InstanceExtra', use=Use.READ,
          parts=_AUDIT, members=names('instance_uuid pci_requests'),
          why='what an instance asked for'),
    Owner(path='nova.db.main.models:InstanceAction', use=Use.READ,
          parts=_AUDIT, members=names('id deleted instance_uuid'),
          why='what is under way'),
    Owner(path='nova.db.main.models:InstanceActionEvent', use=Use.READ,
          parts=_AUDIT, members=names(
              'action_id deleted start_time finish_time'),
          why='what is under way'),
    Owner(path='nova.db.main.models:Migration', use=Use.READ, parts=_AUDIT,
          members=names('uuid deleted instance_uuid source_compute '
                        'dest_compute status'),
          why='what is under way'),
    Owner(path='nova.objects.pci_device_pool', use=Use.CALLED, parts=_AUDIT,
          members={'from_pci_stats': 'pci_stats'},
          why='published pools as the scheduler reads them'),
    Owner(path='nova.objects.instance_pci_requests:InstancePCIRequests',
          use=Use.CALLED, parts=_AUDIT,
          members={'obj_from_db': 'context, instance_uuid, db_requests'},
          why='requests as Nova reads them'),
    Owner(path='nova.objects.instance_mapping:InstanceMappingList',
          use=Use.CALLED, parts=_AUDIT,
          members={'get_by_instance_uuids': 'context, uuids'},
          why='instances on their way to a cell'),
    Owner(path='nova.objects.cell_mapping:CellMapping', use=Use.CALLED,
          parts=_AUDIT, members={'get_by_uuid': 'context, uuid'},
          why='the cell of a row that is repaired'),
    Owner(path='nova.objects.cell_mapping:CellMappingList', use=Use.CALLED,
          parts=_AUDIT, members={'get_all': 'context'},
          why='the cells'),
    Owner(path='nova.objects.pci_device:PciDevice', use=Use.CALLED,
          parts=_AUDIT, members={'get_by_dev_id': 'context, id'},
          why='the device that a port is to name'),
    Owner(path='nova.scheduler.client.report', use=Use.CALLED, parts=_AUDIT,
          members={'report_client_singleton': ''}, why='Placement'),
    Owner(path='nova.scheduler.client.report:SchedulerReportClient',
          use=Use.CALLED, parts=_AUDIT,
          members={'get': 'url, *, version', 'put': 'url, data, *, version',
                   'delete': 'url, *, version'}, why='Placement'),
    Owner(path='nova.network.neutron', use=Use.CALLED, parts=_AUDIT,
          members={'get_client': 'context, *, admin', 'API': ''},
          why='Neutron'),
    Owner(path='nova.network.neutron:API', use=Use.CALLED, parts=_AUDIT,
          members={'_get_pci_device_profile': 'pci_dev'},
          why='what a profile says of a device'),
    Owner(path='nova.network.constants', use=Use.READ, parts=_AUDIT,
          members=names('BINDING_PROFILE'), why='the profile of a port'),
    Owner(path='nova.exception', use=Use.READ, parts=_AUDIT,
          members=names('NovaException InvalidNodeConfiguration '
                        'NeutronAdminCredentialConfigurationInvalid'),
          why='errors of its clients, and of the file compute_id'),
    Owner(path='nova.context', use=Use.CALLED, parts=_AUDIT,
          members={'get_admin_context': '',
                   'target_cell': 'context, cell_mapping'},
          why='the databases of the cells'),
    Owner(path='nova.objects', use=Use.CALLED, parts=_AUDIT,
          members={'register_all': ''}, why="Nova's objects"),
)
