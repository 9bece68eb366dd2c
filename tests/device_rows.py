# SPDX-License-Identifier: Apache-2.0

"""A compute node for tests of the tracker: its rows, its host, its guests.

The database is a dictionary below Nova's own PciDevice objects, so that what
is saved and read goes through Nova's code; a write can be made to fail.
"""

import contextlib
import json
from unittest import mock

from nova import context
from nova import exception
from nova import objects
from nova.conf import CONF
from oslo_db import exception as db_exc

from nova_pci_ext.compute import tracker
from nova_pci_ext.configuration import pci_ext

SPEC = '{"vendor_id": "8086", "address": "*:*:*.*"}'
PF, VF, PCI, VDPA = 'type-PF', 'type-VF', 'type-PCI', 'vdpa'
PRODUCTS = {PF: '1521', VF: '1520', PCI: '0443', VDPA: '101e'}


def reported(address, dev_type=PCI, parent=None, numa=0, **more):
    """One device as the libvirt driver reports it."""
    return {'address': address, 'dev_id': f'pci_{address}', 'label': '',
            'vendor_id': '8086', 'product_id': PRODUCTS[dev_type],
            'dev_type': dev_type, 'parent_addr': parent, 'numa_node': numa,
            **more}


def family(bus, vfs, kind=VF, **more):
    """A PF at ``0000:<bus>:00.0`` and VFs at ``0000:<bus>:10.<n>``."""
    parent = f'0000:{bus}:00.0'
    return [reported(parent, PF, **more), *(
        reported(f'0000:{bus}:10.{number}', kind, parent, **more)
        for number in range(vfs))]


class Rows:
    """The rows of ``pci_devices`` of compute node 1, by address."""

    def __init__(self):
        self.rows = {}
        # UUID to task_state and node of the instances in the database.
        self.instances = {}
        self.writes = 0
        self._last_id = 0
        self._failure = None

    def fail(self, write, when):
        """Let a write fail, once.

        :param write: 0 for the next one
        :param when: ``before`` or ``after`` the row is changed
        """
        self._failure = (self.writes + write, when)

    def fix(self):
        """Let every write go through."""
        self._failure = None

    def _step(self, when):
        if self._failure == (self.writes, when):
            self._failure = None
            raise db_exc.DBError(f'{when} write {self.writes}')

    def all(self, _context, _node):
        return [dict(row) for row in self.rows.values()]

    def update(self, _context, _node, address, values):
        self._step('before')
        if address not in self.rows:
            self._last_id += 1
            self.rows[address] = dict.fromkeys(
                ('created_at', 'updated_at', 'deleted_at', 'dev_id', 'label',
                 'instance_uuid', 'request_id', 'numa_node', 'parent_addr'))
            self.rows[address].update(
                id=self._last_id, deleted=False, extra_info='{}')
        self.rows[address].update(values)
        self._step('after')
        self.writes += 1
        return dict(self.rows[address])

    def destroy(self, _context, node, address):
        self._step('before')
        if self.rows.pop(address, None) is None:
            raise exception.PciDeviceNotFound(node_id=node, address=address)
        self._step('after')
        self.writes += 1

    def instance(self, context, uuid, expected_attrs=None):
        if uuid not in self.instances:
            raise exception.InstanceNotFound(instance_id=uuid)
        task_state, node = self.instances[uuid]
        return objects.Instance(context, uuid=uuid, node=node,
                                task_state=task_state)

    @contextlib.contextmanager
    def in_place(self, spec=SPEC):
        """Let Nova's objects use these rows, and the tracker a spec."""
        prefix = 'nova.db.main.api.pci_device_'
        pci_ext.register_opts(CONF)
        objects.register_all()
        CONF.set_override('device_spec', [spec], 'pci')
        try:
            with mock.patch(f'{prefix}get_all_by_node', self.all), \
                    mock.patch(f'{prefix}update', self.update), \
                    mock.patch(f'{prefix}destroy', self.destroy), \
                    mock.patch.object(objects.Instance, 'get_by_uuid',
                                      self.instance):
                yield self
        finally:
            CONF.clear_override('device_spec', 'pci')


def start(host=None, *, node='compute-1', make=tracker.PciDevTracker):
    """A tracker as nova-compute makes it, on what the host reports."""
    started = make(context.get_admin_context(), objects.ComputeNode(
        id=1, hypervisor_hostname=node, numa_topology=None))
    if host is not None:
        sync(started, host)
    return started


def sync(started, host):
    """Let the tracker read a report."""
    started.update_devices_from_hypervisor_resources(json.dumps(host))


def save(started):
    started.save(context.get_admin_context())


def guest(uuid):
    return objects.Instance(uuid=uuid, pci_devices=objects.PciDeviceList())


def ask(uuid, **counts):
    """Requests of a guest: ``ask(uuid, r1=(2, VF))`` for two VFs."""
    return objects.InstancePCIRequests(instance_uuid=uuid, requests=[
        objects.InstancePCIRequest(
            request_id=request_id, count=count,
            spec=[{'vendor_id': '8086', 'product_id': PRODUCTS[kind],
                   'dev_type': kind}])
        for request_id, (count, kind) in counts.items()])


def claim(started, uuid, **counts):
    """Claim what ``ask`` asks for; returns the addresses."""
    return [dev.address for dev in started.claim_instance(
        None, ask(uuid, **counts), None)]


def states(started):
    """Address to state, with the owner where there is one."""
    # Nova's own tracker leaves the owner of a new device unset.
    owners = {dev.address: dev.instance_uuid for dev in started.pci_devs
              if dev.obj_attr_is_set('instance_uuid')}
    return {dev.address: f'{dev.status}:{owners[dev.address]}'
            if owners.get(dev.address) else str(dev.status)
            for dev in started.pci_devs}


def pooled(started):
    """The addresses that the pools offer, sorted."""
    return sorted(dev.address for dev in started.stats.get_free_devs())


def pools(started):
    """What the pools say, in an order that does not matter."""
    return sorted(
        (sorted((key, str(value)) for key, value in pool.items()
                if key != 'devices'),
         sorted(dev.address for dev in pool['devices']))
        for pool in started.stats.pools if pool['count'])


def snapshot(started):
    """All that a failed operation must leave as it was."""
    return (
        [(dev.address, dev.status, dev.instance_uuid, dev.request_id,
          dev.parent_device and dev.parent_device.address,
          [child.address for child in dev.child_devices])
         for dev in started.pci_devs],
        pools(started),
        {uuid: [dev.address for dev in held]
         for uuid, held in started.claims.items() if held},
        {uuid: [dev.address for dev in held]
         for uuid, held in started.allocations.items() if held})
