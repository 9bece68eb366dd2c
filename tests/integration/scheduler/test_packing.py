# SPDX-License-Identifier: Apache-2.0

"""A small run of ``benchmarks/packing.py``, and its parts."""

import pytest
from nova import conf
from oslo_config import fixture as config_fixture

from benchmarks import packing_mixed
from benchmarks import packing_trace

pytestmark = pytest.mark.nova

NODES = """sn,cpu_milli,memory_mib,gpu,model
a,16000,65536,2,T4
b,32000,131072,2,T4
"""
TASKS = """name,cpu_milli,memory_mib,num_gpu,gpu_milli
a,4000,8192,1,1000
b,2500,4096,1,330
c,1000,1024,0,0
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
    """Both moments of a run with each weigher, by its name."""
    conf.CONF([], project='nova', default_config_files=[])
    return {name: packing_mixed.run(name, 0, 20, packing_mixed.MANY)
            for name in packing_mixed.WEIGHERS}


@pytest.mark.parametrize('other', ['PCIWeigher', 'none'])
def test_ours_places_no_fewer_servers_until_one_is_refused(runs, other):
    assert runs['PciFitWeigher'][0].placed >= runs[other][0].placed


def test_ours_leaves_fewer_gpus_unused_in_the_end_than_none(runs):
    assert (runs['PciFitWeigher'][1].used['gpu']
            > runs['none'][1].used['gpu'])


def test_every_run_uses_every_class_of_device(runs):
    for moments in runs.values():
        for moment in moments:
            assert set(moment.used) == {'gpu', *packing_mixed.NETWORKS}
            assert all(0 < share <= 1 for share in moment.used.values())


def test_the_same_seed_gives_the_same_run(runs):
    again = packing_mixed.run('PciFitWeigher', 0, 20, packing_mixed.MANY)
    assert again == runs['PciFitWeigher']


@pytest.fixture
def trace(tmp_path):
    (tmp_path / packing_trace.NODES).write_text(NODES)
    (tmp_path / packing_trace.TASKS).write_text(TASKS)
    return tmp_path


def test_a_trace_is_read(trace):
    nodes, tasks = packing_trace.read(trace)
    assert [row['gpu'] for row in nodes] == ['2', '2']
    assert tasks == [packing_trace.Task(4000, 8192, 1, 100),
                     packing_trace.Task(2500, 4096, 1, 33),
                     packing_trace.Task(1000, 1024, 0, 0)]


def test_a_share_goes_to_the_gpu_that_is_broken_already(trace):
    nodes, tasks = packing_trace.read(trace)
    cloud = packing_trace.Cloud(nodes)
    share = tasks[1]
    for _ in range(3):
        assert cloud.place(share)
    free = sorted(tuple(pool.free for pool in host.pci_stats.remaining()
                        if not pool.is_pf) for host in cloud.hosts)
    assert free == [(1, 100), (100, 100)]


def test_a_trace_is_placed_until_it_asked_for_enough(trace):
    found = packing_trace.run(trace, 0)
    assert found == packing_trace.run(trace, 0)
    assert 0.5 < found['first'] <= found['used'] <= 1
