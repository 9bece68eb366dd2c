# SPDX-License-Identifier: Apache-2.0

"""Nova's objects of rows, as nova-scheduler reads them."""

import datetime
import gc
import weakref

import pytest
from nova import context
from nova import objects
from nova.db.main import models
from nova.objects import compute_node

from benchmarks import realistic_hosts
from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.novaobj import pools as novaobj_pools
from nova_pci_ext.novaobj import published_rows
from nova_pci_ext.novaobj import row_objects
from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import row_hooks

pytestmark = pytest.mark.nova
objects.register_all()
CONTEXT = context.get_admin_context()
BEGIN = datetime.datetime(2026, 11, 28, 12)


@pytest.fixture(autouse=True)
def installed():
    published_rows.guard()
    row_hooks.install()


def node_row(**values):
    """Return a row as the database has it."""
    host = realistic_hosts.Host(1, 4, 1, in_placement=False)
    return models.ComputeNode(**{
        **dict.fromkeys(models.ComputeNode.__table__.columns.keys()),
        'id': 1, 'uuid': host.uuid, 'host': 'host', 'vcpus': 64,
        'hypervisor_hostname': 'host', 'created_at': BEGIN,
        'updated_at': BEGIN, 'deleted': 0, 'free_disk_gb': 1000,
        'disk_available_least': 900, 'local_gb': 1000, 'local_gb_used': 0,
        'memory_mb': 1024, 'memory_mb_used': 0, 'free_ram_mb': 1024,
        'vcpus_used': 0, 'numa_topology': host.topology(),
        'pci_stats': host.published(), 'host_ip': '192.0.2.1',
        'hypervisor_type': 'QEMU', 'hypervisor_version': 1, 'cpu_info': '{}',
        'supported_instances': '[["x86_64", "kvm", "hvm"]]',
        'stats': '{"failed_builds": "0"}', 'metrics': '[]', 'mapped': 1,
        'cpu_allocation_ratio': 4.0, 'ram_allocation_ratio': 1.0,
        'disk_allocation_ratio': 1.0, **values})


def service_row(**values):
    """Return the row of a service."""
    return models.Service(**{
        **dict.fromkeys(models.Service.__table__.columns.keys()),
        'id': 1, 'uuid': realistic_hosts.uuid_of('service'), 'host': 'host',
        'binary': 'nova-compute', 'topic': 'compute', 'report_count': 1,
        'disabled': False, 'forced_down': False, 'version': 60,
        'deleted': 0, 'created_at': BEGIN, 'updated_at': BEGIN,
        'last_seen_up': BEGIN, **values})


def read(cls, row):
    """Read a row, with what is kept; and as Nova reads it."""
    novas = wrapping.original(cls._from_db_object)
    return (cls._from_db_object(CONTEXT, cls(), row),
            novas(CONTEXT, cls(), row))


def test_a_row_is_read_once_and_is_what_nova_reads():
    for _ in range(3):
        ours, novas = read(objects.ComputeNode, node_row())
        # Nobody looked at its pools meanwhile.
        assert row_objects.row(ours.pci_device_pools) is not None
        assert ours.obj_to_primitive() == novas.obj_to_primitive()
        assert ours.obj_what_changed() == novas.obj_what_changed()
        assert ours._context is CONTEXT
    nodes = host_cache.WORKER.nodes
    assert (nodes.misses, nodes.hits) == (1, 2)


@pytest.mark.parametrize('changed', [
    {'vcpus_used': 3, 'updated_at': BEGIN + datetime.timedelta(seconds=9)},
    {'free_ram_mb': None}, {'disk_available_least': None},
    {'stats': '{"failed_builds": "2", "num_instances": "1"}'},
    {'stats': None}, {'supported_instances': '[["aarch64", "kvm", "hvm"]]'},
    {'supported_instances': None}, {'pci_stats': None},
    {'numa_topology': None}, {'host_ip': '192.0.2.9'},
    {'cpu_allocation_ratio': 8.0}, {'mapped': None}, {'mapped': 0},
    {'hypervisor_hostname': 'other', 'host': 'other'},
], ids=str)
def test_a_row_that_changed_is_what_nova_reads(changed):
    for _ in range(2):
        read(objects.ComputeNode, node_row())
        for _ in range(2):
            ours, novas = read(objects.ComputeNode, node_row(**changed))
            assert ours.obj_to_primitive() == novas.obj_to_primitive()
            for name in ours.fields:
                assert (name in ours) is (name in novas), name


def test_what_is_changed_in_an_object_reaches_no_other():
    first, novas = read(objects.ComputeNode, node_row())
    first.stats['failed_builds'] = '7'
    for _ in range(2):
        ours, _ = read(objects.ComputeNode, node_row())
        assert ours.stats == novas.stats
        ours.stats['failed_builds'] = '8'
        ours.supported_hv_specs[0].arch = 'aarch64'
        ours.supported_hv_specs.append(ours.supported_hv_specs[0])
        ours.vcpus = 1
        assert 'vcpus' in ours.obj_what_changed()


def test_a_bad_value_is_refused_as_by_nova():
    read(objects.ComputeNode, node_row())
    for bad in (node_row(vcpus_used='many'), node_row(stats='{')):
        with pytest.raises(ValueError):
            objects.ComputeNode._from_db_object(
                CONTEXT, objects.ComputeNode(), bad)
    ours, novas = read(objects.ComputeNode, node_row())
    assert ours.obj_to_primitive() == novas.obj_to_primitive()


def test_an_object_that_is_renewed_is_novas_to_fill():
    ours, _ = read(objects.ComputeNode, node_row())
    hits = host_cache.WORKER.nodes.hits
    ours._from_db_object(CONTEXT, ours, node_row(vcpus_used=5))
    assert ours.vcpus_used == 5
    assert host_cache.WORKER.nodes.hits == hits


def test_a_service_is_what_nova_reads():
    for number in range(4):
        ours, novas = read(objects.Service, service_row(
            report_count=number // 2, disabled=number == 3))
        assert dict(ours) == dict(novas)
        assert ours.obj_to_primitive() == novas.obj_to_primitive()
    assert host_cache.WORKER.services.hits == 3


def test_a_row_may_be_a_dictionary():
    columns = dict(vars(node_row()))
    del columns['_sa_instance_state']
    for row in (columns, node_row(), {**columns, 'more': 1}, columns):
        ours, novas = read(objects.ComputeNode, row)
        assert ours.obj_to_primitive() == novas.obj_to_primitive()


def test_a_row_without_a_key_is_novas_to_refuse():
    with pytest.raises(ValueError):
        read(objects.ComputeNode, node_row(uuid=None))


def test_what_is_kept_is_compared_where_that_is_asked(monkeypatch):
    told = []
    monkeypatch.setattr(KEPT, 'report', lambda *found: told.append(found))
    read(objects.ComputeNode, node_row())
    ours, _ = read(objects.ComputeNode, node_row(vcpus_used=1))
    assert (told, ours.vcpus_used) == ([], 1)
    entry = host_cache.WORKER.nodes.find(ours.uuid)
    columns, attributes = entry.state
    entry.state = columns, {**attributes, '_obj_vcpus': 1}
    ours, novas = read(objects.ComputeNode, node_row(vcpus_used=1))
    assert [what for what, _, _ in told] == ['the row of a host']
    assert ours.vcpus == novas.vcpus == 64


def test_no_object_waits_for_the_garbage_collector():
    read(objects.ComputeNode, node_row())
    gc.disable()
    try:
        ours, _ = read(objects.ComputeNode, node_row())
        gone = weakref.ref(ours)
        del ours
        assert gone() is None
    finally:
        gc.enable()


def test_it_is_a_static_method_still():
    assert isinstance(vars(compute_node.ComputeNode)['_from_db_object'],
                      staticmethod)


@pytest.mark.parametrize(('cls', 'name', 'item', 'row', 'arguments'), [
    (objects.ComputeNodeList, '_db_compute_node_get_all_by_uuids',
     objects.ComputeNode, node_row, ('get_all_by_uuids', ['uuid'])),
    (objects.ComputeNodeList, 'db.compute_node_get_all',
     objects.ComputeNode, node_row, ('get_all',)),
    (objects.ServiceList, 'db.service_get_all_by_binary',
     objects.Service, service_row, ('get_by_binary', 'nova-compute')),
])
def test_the_rows_of_a_request_go_with_the_last_reference(
        monkeypatch, cls, name, item, row, arguments):
    if name.startswith('db.'):
        monkeypatch.setattr(f'nova.db.main.api.{name[3:]}',
                            lambda *_, **__: [row()])
    else:
        monkeypatch.setattr(cls, name, lambda *_, **__: [row()])
    method, *others = arguments
    # What Nova's code reads, once for a row, knows itself.
    getattr(cls, method)(CONTEXT, *others)
    gc.collect()
    gc.disable()
    try:
        found = getattr(cls, method)(CONTEXT, *others)
        assert [each.id for each in found] == [1]
        assert all(isinstance(each, item) for each in found)
        # Nova's list is still one of such objects only.
        with pytest.raises(ValueError, match='objects'):
            found.objects.append(7)
        gone = [weakref.ref(each) for each in found]
        del found
        assert [ref() for ref in gone] == [None]
    finally:
        gc.enable()


def test_a_row_has_the_text_that_is_kept():
    state = type('State', (), {'host': 'host'})()
    text = node_row().pci_stats
    first, _ = read(objects.ComputeNode, node_row())
    published = novaobj_pools.pool_objects(first.pci_device_pools)
    known = host_cache.WORKER.host(state, published)
    again, _ = read(objects.ComputeNode, node_row(pci_stats=(
        text + ' ')[:-1]))
    assert row_objects.row(again.pci_device_pools)[0] is known.text
    # Another text is its own.
    other = text.replace('"count": ', '"count":  ')
    changed, _ = read(objects.ComputeNode, node_row(pci_stats=other))
    assert row_objects.row(changed.pci_device_pools)[0] is other


def test_pools_that_were_compiled_are_text_again():
    state = type('State', (), {'host': 'elsewhere'})()
    made, _ = read(objects.ComputeNode, node_row(host='elsewhere'))
    published = novaobj_pools.pool_objects(made.pci_device_pools)
    count = len(published)
    known = host_cache.WORKER.host(state, published)
    compiled = known.compiled(published)
    assert published._pools is None
    assert len(compiled) == len(published) == count
