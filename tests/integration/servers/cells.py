# SPDX-License-Identifier: Apache-2.0

"""Explain servers of a cloud with two cells, whose databases are Nova's.

Run as a program with a folder in which ``tests.fleet_databases`` has made
them, because Nova's configuration is global to a process. Placement is the
real one; nova-compute runs nowhere. Prints what is told of each server.
"""

import json
import pathlib
import sys

from nova import config
from nova import context as nova_context
from nova import objects
from nova.scheduler.client import report as placement_client

from nova_pci_ext import exceptions
from nova_pci_ext.servers import data
from nova_pci_ext.servers import run
from tests import gpu_hosts
from tests import real_placement

CONF = """\
[pci]
alias = {"vendor_id":"10de","product_id":"20b0","name":"gpu"}
[filter_scheduler]
available_filters = nova_pci_ext.scheduler.filters.PciPassthroughFilter
enabled_filters = PciPassthroughFilter
"""
HOSTS = {'cell1': {'a': ['0000:10:00.0', '0000:11:00.0']},
         'cell2': {'b': ['0000:20:00.0', '0000:21:00.0']}}
#: The only server that runs; it has both devices of host b.
OWNER = '11111111-0000-4000-8000-000000000000'
FAILED = '22222222-0000-4000-8000-000000000000'
DELETED = '33333333-0000-4000-8000-000000000000'


def databases():
    """Return what ``tests.fleet_databases`` is to make."""
    used = {'status': 'allocated', 'instance_uuid': OWNER}
    return {cell: {host: [{'address': each, **(used if host == 'b' else {})}
                          for each in addresses]
                   for host, addresses in hosts.items()}
            for cell, hosts in HOSTS.items()}


class Cloud:
    """Fills the databases."""

    def __init__(self, folder):
        self.admin = nova_context.get_admin_context()
        cell0 = objects.CellMapping(
            self.admin, uuid=objects.CellMapping.CELL0_UUID, name='cell0',
            transport_url='none:///',
            database_connection=f'sqlite:///{folder}/cell0.sqlite')
        cell0.create()
        self.cells = {each.name: each for each in
                      objects.CellMappingList.get_all(self.admin)}

    def publish(self):
        """Write what computes publish; return Placement's trees."""
        trees = []
        for cell, hosts in HOSTS.items():
            with nova_context.target_cell(
                    self.admin, self.cells[cell]) as targeted:
                for host, addresses in hosts.items():
                    trees.append(self._node(
                        targeted, host, addresses if host == 'a' else ()))
            objects.HostMapping(self.admin, host=host,
                                cell_mapping=self.cells[cell]).create()
        return trees

    def _node(self, targeted, host, free):
        (node,) = objects.ComputeNodeList.get_all_by_host(targeted, host)
        node.pci_device_pools = objects.PciDevicePoolList(objects=[
            objects.PciDevicePool(
                vendor_id='10de', product_id='20b0', numa_node=0, count=1,
                tags={'dev_type': 'type-PCI', 'address': address})
            for address in free])
        node.free_ram_mb = node.free_disk_gb = 1 << 16
        node.disk_available_least = 1 << 16
        node.running_vms = node.current_workload = 0
        node.supported_hv_specs, node.stats = [], {}
        node.cpu_allocation_ratio = node.ram_allocation_ratio = 1.0
        node.disk_allocation_ratio = 1.0
        node.save()
        return node.uuid, gpu_hosts.ROOM, []

    def server(self, uuid, cell, alias, **more):
        """Add a server, its request and where it is."""
        spec = gpu_hosts.alias_spec(alias)
        spec.instance_uuid = uuid
        spec.pci_requests.instance_uuid = uuid
        with nova_context.target_cell(
                self.admin, self.cells[cell]) as targeted:
            objects.Instance(
                targeted, uuid=uuid, user_id='u', project_id='p',
                display_name=uuid[:2], flavor=spec.flavor,
                pci_requests=spec.pci_requests, **more).create()
        objects.InstanceMapping(
            self.admin, instance_uuid=uuid, project_id='p', user_id='u',
            cell_mapping=self.cells[cell], queued_for_delete=False).create()
        made = objects.RequestSpec(self.admin, **{
            name: getattr(spec, name) for name in spec.fields
            if name in spec and name != 'id'})
        made.create()

    def delete(self, uuid, cell):
        """Delete a server as nova-compute does."""
        with nova_context.target_cell(
                self.admin, self.cells[cell]) as targeted:
            objects.Instance.get_by_uuid(targeted, uuid).destroy()


def told(text):
    """Return what is told of a server, or why nothing is."""
    try:
        found = data.document(run.explain(text), 0)
    except exceptions.PciExtError as error:
        return str(error)
    server = found['server']
    return {'cell': server['cell'], 'status': server['status'],
            'deleted': server['deleted'], 'unread': server['unread'],
            'devices': [each['address'] for each in server['devices']],
            'hosts': {each['host']: each['answer']
                      for each in found['hosts']},
            'warnings': found['verdict']['warnings']}


def main(folder):
    """Add the servers, explain each, and lose a cell."""
    conf = folder / 'nova.conf'
    conf.write_text(conf.read_text() + CONF)
    config.parse_args(['x', '--config-file', str(conf)])
    objects.register_all()
    placement = real_placement.RealPlacement(folder)
    placement_client.report_client_singleton = placement.client
    cloud = Cloud(folder)
    placement.add(cloud.publish())
    cloud.server(OWNER, 'cell2', 'gpu:2', vm_state='active', host='b')
    cloud.server(FAILED, 'cell0', 'gpu:3', vm_state='error')
    cloud.server(DELETED, 'cell1', 'gpu:1', vm_state='deleted', host='a')
    cloud.delete(DELETED, 'cell1')
    with gpu_hosts.without_database():
        found = {name: told(text) for name, text in (
            ('runs', OWNER), ('by name', '11'), ('failed', FAILED),
            ('deleted', DELETED))}
        lost = cloud.cells['cell2']
        lost.database_connection = f'sqlite:///{folder}/nowhere/cell.sqlite'
        lost.save()
        nova_context.CELL_CACHE.clear()
        found.update((f'{name}, cell2 lost', told(text)) for name, text in (
            ('runs', OWNER), ('failed', FAILED), ('by name', '11')))
    print(json.dumps(found))


if __name__ == '__main__':
    main(pathlib.Path(sys.argv[1]))
