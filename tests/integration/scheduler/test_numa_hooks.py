# SPDX-License-Identifier: Apache-2.0

"""Nova's host states and NUMATopologyFilter, with our reading of topologies.
"""

import itertools
import json
import random
import uuid

import pytest
from nova import objects
from nova.scheduler.filters import numa_topology_filter

from nova_pci_ext.novaobj import published_rows
from nova_pci_ext.novaobj import row_objects
from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import host_notices
from nova_pci_ext.scheduler import numa_hooks
from tests import nova_hosts
from tests.integration.novaobj import test_numa_fitting as scenes

pytestmark = pytest.mark.nova
NUMA_FILTER = numa_topology_filter.NUMATopologyFilter


@pytest.fixture(autouse=True)
def installed():
    numa_hooks.install()


def text(topology):
    return json.dumps(topology.obj_to_primitive())


def state(row, name='host'):
    """Return a host state as ``HostState._update_from_compute_node`` does."""
    found = nova_hosts.host_state(name, None)
    found.numa_topology = objects.NUMATopology.obj_from_db_obj(row)
    found.cpu_allocation_ratio = found.ram_allocation_ratio = 1.0
    return found


def request(topology=None, extra_specs=None, properties=None):
    return objects.RequestSpec(
        numa_topology=topology, pci_requests=None, requested_resources=[],
        instance_uuid=str(uuid.uuid4()),
        flavor=objects.Flavor(
            extra_specs=extra_specs or {}, root_gb=1, ephemeral_gb=0,
            memory_mb=128, vcpus=1),
        image=objects.ImageMeta(properties=objects.ImageMetaProps(
            **(properties or {}))))


def hosts(count=8):
    rnd = random.Random(3)
    return [text(scenes.random_host(rnd, rnd.choice([1, 2])))
            for _ in range(count)]


def test_a_topology_is_text_until_somebody_looks():
    row = text(nova_hosts.topology(0, 1))
    host = state(row)
    assert row_objects.row(host.numa_topology)[0] == row
    assert [cell.socket for cell in host.numa_topology.cells] == [0, 1]
    assert row_objects.row(host.numa_topology) is None


def test_a_topology_that_is_no_text_is_novas_to_read():
    with pytest.raises(TypeError):
        objects.NUMATopology.obj_from_db_obj(5)


def test_the_text_is_read_once():
    row = text(nova_hosts.topology(0, 1))
    for _ in range(3):
        assert len(state(row).numa_topology) == 2
    assert (host_cache.WORKER.topologies.misses,
            host_cache.WORKER.topologies.hits) == (1, 2)


@pytest.mark.parametrize(('policy', 'threads', 'in_image'), [
    each for each in itertools.product(
        (None, 'dedicated', 'shared'), (None, 'require', 'isolate'),
        (False, True))])
def test_a_guest_without_topology_is_answered_as_by_nova(
        policy, threads, in_image):
    wanted = {key: value for key, value in (
        ('cpu_policy', policy), ('cpu_thread_policy', threads)) if value}
    spec = request(
        extra_specs={} if in_image else {
            f'hw:{key}': value for key, value in wanted.items()},
        properties={f'hw_{key}': value for key, value in wanted.items()}
        if in_image else {})
    threadless = objects.NUMATopology(cells=[objects.NUMACell(
        id=0, cpuset={0}, siblings=[{0}])])
    nova = wrapping.original(NUMA_FILTER.host_passes)
    for row in (text(threadless), *hosts(2), None):
        host = nova_hosts.host_state('host', None)
        host.numa_topology = row and objects.NUMATopology.obj_from_db_obj(row)
        expected = nova(NUMA_FILTER(), nova_hosts.host_state('one', None)
                        if row is None else state(row), spec)
        assert NUMA_FILTER().host_passes(host, spec) is expected


def test_nobody_looks_at_a_topology_for_a_guest_without_one():
    host = state(text(nova_hosts.topology(0, 1)))
    assert NUMA_FILTER().host_passes(host, request(
        extra_specs={'hw:cpu_policy': 'dedicated'}))
    assert row_objects.row(host.numa_topology) is not None


def test_a_guest_with_topology_is_placed_where_it_fits():
    limits = objects.NUMATopologyLimits(cpu_allocation_ratio=1.0,
                                        ram_allocation_ratio=1.0)
    rnd = random.Random(5)
    answers = set()
    for row in hosts(30):
        guest = scenes.random_guest(rnd, 1)
        spec = request(guest)
        before = spec.obj_to_primitive()
        host = state(row)
        expected = bool(scenes.possible(
            objects.NUMATopology.obj_from_db_obj(row), guest, limits))
        assert NUMA_FILTER().host_passes(host, spec) is expected
        assert len(host.allocation_candidates) == expected
        assert spec.obj_to_primitive() == before
        answers.add(expected)
    assert answers == {True, False}


def test_no_request_changes_what_is_kept():
    """Guests are filtered and consumed; the text stays what is kept."""
    rnd = random.Random(11)
    rows = hosts()
    fresh = wrapping.original(objects.NUMATopology.obj_from_db_obj)
    consumed = 0
    for _ in range(60):
        host = state(rnd.choice(rows))
        for _ in range(rnd.randrange(3)):
            spec = request(scenes.random_guest(rnd, rnd.choice([1, 2])))
            if NUMA_FILTER().host_passes(host, spec):
                host.consume_from_request(spec)
                consumed += 1
        for row in rows:
            assert objects.NUMATopology.obj_from_db_obj(row) == fresh(row)
    assert consumed > 0
    assert host_cache.WORKER.topologies.hits > 0


@pytest.mark.parametrize('asked', [None, 1, 3], ids=str)
def test_a_guest_with_a_topology_leaves_the_pools_as_published(asked):
    published_rows.guard()
    stats = nova_hosts.scheduler_stats(nova_hosts.compute_stats(
        [nova_hosts.device(f'0000:0{number}:00.1', numa=numa)
         for number, numa in ((1, 0), (2, 1), (3, 1))]))
    guest = objects.InstanceNUMATopology(cells=[objects.InstanceNUMACell(
        id=0, cpuset={0}, pcpuset=set(), memory=64, pagesize=None)])
    spec = request(guest)
    spec.pci_requests = asked and objects.InstancePCIRequests(requests=[
        nova_hosts.asked({'product_id': '0001'}, count=asked,
                         policy='required')])
    host = state(text(objects.NUMATopology(cells=[
        scenes.host_cell(number, 4, 0, 256, 4)
        for number in (0, 1)])))
    host.pci_stats = stats

    assert NUMA_FILTER().host_passes(host, spec) is (asked != 3)
    assert stats.published is not None
    assert stats.published.known is host_cache.WORKER.host(
        host, stats.published)
    assert stats.compiled() is stats.published.known.pools


def damaged_topologies():
    """Rows of one host that cannot be read, or whose values cannot be."""
    whole = json.loads(text(nova_hosts.topology(0, 1)))
    whole['nova_object.data']['cells'][0]['nova_object.data']['id'] = 'x'
    yield json.dumps(whole)
    whole['nova_object.data']['cells'] = None
    yield json.dumps(whole)
    del whole['nova_object.data']
    yield json.dumps(whole)
    yield from ('x', '5', '[]', 'NaN', '[' * 20_000)


@pytest.mark.parametrize('row', [
    pytest.param(row, id=str(number))
    for number, row in enumerate(damaged_topologies())])
def test_a_damaged_topology_refuses_its_host_and_no_other(
        row, monkeypatch, caplog):
    monkeypatch.setattr(host_notices, 'WORKER', host_notices.HostNotices())
    rnd = random.Random(1)
    whole = text(scenes.random_host(rnd, 2))
    spec = request(scenes.random_guest(rnd, 1))
    alone = NUMA_FILTER().host_passes(state(whole), spec)
    for _ in range(2):
        hosts = [state(whole, 'first'), state(row, 'damaged'),
                 state(whole, 'last')]
        passed = [found.host for found in
                  NUMA_FILTER().filter_all(hosts, spec)]
        assert passed == (['first', 'last'] if alone else [])
    assert [record.getMessage().split(';')[0] for record in caplog.records
            if record.levelname == 'ERROR'] == [
        'Fitting a NUMA topology to host damaged failed']
