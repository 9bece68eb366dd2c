# SPDX-License-Identifier: Apache-2.0

"""A small run of ``benchmarks/packing.py``, and its parts."""

import random

import pytest
from nova import conf
from nova.scheduler import weights as nova_weights
from oslo_config import fixture as config_fixture

from benchmarks import packing_chain
from benchmarks import packing_cloud
from benchmarks import packing_mixed
from benchmarks import packing_trace
from cloud import layout
from cloud import settings

pytestmark = pytest.mark.nova

NODES = """sn,cpu_milli,memory_mib,gpu,model
a,16000,65536,2,T4
b,32000,131072,2,T4
c,96000,131072,4,G2
d,48000,262144,4,T4
"""
TASKS = """name,cpu_milli,memory_mib,num_gpu,gpu_milli,gpu_spec
a,4000,8192,1,1000,
b,2500,4096,1,330,
c,1000,1024,0,0,
d,8000,4096,1,500,G2|P100
e,6000,8192,2,1000,T4
"""


@pytest.fixture(autouse=True)
def options():
    fixture = config_fixture.Config(conf.CONF)
    fixture.setUp()
    conf.CONF([], project='nova', default_config_files=[])
    yield fixture
    fixture.cleanUp()


@pytest.fixture(scope='module')
def runs():
    """Both moments of a run in each way, by its name."""
    return {way: packing_mixed.run(way, 0, 20, packing_mixed.MANY)
            for way in packing_mixed.WAYS}


@pytest.mark.parametrize(('ours', 'other'), [
    *packing_mixed.RIVALS.items(), ('alone', 'none')])
def test_ours_places_no_fewer_servers_until_one_is_refused(runs, ours, other):
    assert runs[ours][0].placed >= runs[other][0].placed


def test_ours_leaves_fewer_gpus_unused_in_the_end_than_none(runs):
    assert runs['alone'][1].used['gpu'] > runs['none'][1].used['gpu']


def test_every_run_uses_every_class_of_device(runs):
    for moments in runs.values():
        for moment in moments:
            assert set(moment.used) == {'gpu', *packing_mixed.NETWORKS}
            assert all(0 < share <= 1 for share in moment.used.values())


def test_the_same_seed_gives_the_same_run(runs):
    again = packing_mixed.run('alone', 0, 20, packing_mixed.MANY)
    assert again == runs['alone']


@pytest.fixture
def trace(tmp_path):
    (tmp_path / packing_trace.NODES).write_text(NODES)
    path = tmp_path / f'{packing_trace.TASKS}small.csv'
    path.write_text(TASKS)
    return path


def test_a_trace_is_read(trace):
    assert packing_trace.samples([trace.parent]) == [trace]
    assert packing_trace.samples([trace]) == [trace]
    assert packing_trace.name(trace) == 'small'
    nodes, tasks = packing_trace.read(trace)
    assert [row['gpu'] for row in nodes] == ['2', '2', '4', '4']
    assert tasks == [packing_trace.Task(4000, 8192, 1, 100),
                     packing_trace.Task(2500, 4096, 1, 33),
                     packing_trace.Task(1000, 1024, 0, 0),
                     packing_trace.Task(8000, 4096, 1, 50, ('G2', 'P100')),
                     packing_trace.Task(6000, 8192, 2, 100, ('T4',))]


def free_vfs(cloud):
    return [[pool.free for pool in host.pci_stats.remaining()
             if not pool.is_pf] for host in cloud.hosts]


def test_a_share_goes_to_the_gpu_that_is_broken_already(trace):
    packing_chain.configure('as shipped')
    nodes, tasks = packing_trace.read(trace)
    cloud = packing_trace.Cloud(nodes[:2])
    assert len({cloud.place(tasks[1]) for _ in range(3)}) == 1
    assert sorted(free_vfs(cloud)) == [[1, 100], [100, 100]]


def test_a_task_gets_the_models_that_it_names(trace):
    packing_chain.configure('as shipped')
    nodes, tasks = packing_trace.read(trace)
    cloud = packing_trace.Cloud(nodes)
    assert {cloud.place(tasks[3]) for _ in range(3)} == {2}
    assert free_vfs(cloud)[2] == [50, 100, 100] or free_vfs(cloud)[2] == [
        50, 100, 100, 100]
    assert 2 not in {cloud.place(tasks[4]) for _ in range(4)}
    assert cloud.place(tasks[4]) is None


@pytest.mark.parametrize('way', packing_chain.WAYS)
def test_hosts_are_those_that_nova_chooses(trace, way):
    """With nothing kept, and Nova's own handler of weights."""
    packing_chain.configure(way)
    nodes, tasks = packing_trace.read(trace)
    cloud, plain = packing_trace.Cloud(nodes), packing_trace.Cloud(nodes)
    filter_ = packing_cloud.Filter()
    handler, weighers = nova_weights.HostWeightHandler(), packing_chain.load()
    pick = random.Random(0)
    chosen = []
    for _ in range(30):
        task = pick.choice(tasks)
        spec = packing_trace.build_server(task)
        hosts = list(filter_.filter_all(
            packing_cloud.offer(plain.hosts, spec), spec))
        expected = None
        if hosts:
            state = handler.get_weighed_objects(weighers, hosts, spec)[0].obj
            expected = plain.hosts.index(state)
            packing_cloud.place(state, spec)
        chosen.append((cloud.place(task), expected))
    assert [one for one, _ in chosen] == [other for _, other in chosen]
    assert free_vfs(cloud) == free_vfs(plain)


def test_a_trace_is_placed_until_it_asked_for_enough(trace):
    first, last = packing_trace.run(trace, 'as shipped', 0)
    assert (first, last) == packing_trace.run(trace, 'as shipped', 0)
    assert first.refused == 0 < last.refused
    assert 0.5 < first.used <= last.used <= last.in_use <= 1
    assert last.fragments == pytest.approx(last.in_use - last.used)


def test_the_setting_is_that_of_the_pages():
    lines = settings.OURS.splitlines()[-2:]
    assert [line.partition(' = ')[0] for line in lines] == [
        'weight_classes', 'pci_weight_multiplier']
    for page in ('install.rst', 'reference/weigher.rst'):
        text = (layout.ROOT / 'doc' / 'source' / page).read_text()
        assert ''.join(f'   {line}\n' for line in lines) in text
