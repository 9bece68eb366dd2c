# SPDX-License-Identifier: Apache-2.0

"""``benchmarks/packing_model.py`` chooses what Nova's objects choose."""

import random

import pytest
from nova import conf
from oslo_config import fixture as config_fixture

from benchmarks import packing_chain
from benchmarks import packing_model
from benchmarks import packing_trace

pytestmark = pytest.mark.nova

NODES = [(16000, 65536, 2, 'T4'), (104000, 524288, 2, 'T4'),
         (96000, 393216, 8, 'G2'), (64000, 131072, 4, 'G2'),
         (8000, 32768, 1, 'P100')]
# A task for which no rest is left, shares that pair, sets, and no devices.
TASKS = [packing_trace.Task(3152, 5600, 1, 81),
         packing_trace.Task(11908, 47104, 1, 47),
         packing_trace.Task(4000, 22888, 1, 32),
         packing_trace.Task(2000, 8192, 1, 11),
         packing_trace.Task(11300, 49152, 1, 100),
         packing_trace.Task(9000, 30000, 1, 100, ('T4', 'P100')),
         packing_trace.Task(6000, 8192, 1, 65, ('G2', 'missing')),
         packing_trace.Task(16000, 65536, 4, 100),
         packing_trace.Task(32000, 49152, 0, 0),
         packing_trace.Task(4000, 57344, 0, 0)]
SERVERS = 150


@pytest.fixture(autouse=True)
def options():
    fixture = config_fixture.Config(conf.CONF)
    fixture.setUp()
    yield fixture
    fixture.cleanUp()


@pytest.mark.parametrize('way', packing_chain.WAYS)
def test_the_model_chooses_the_hosts_that_nova_chooses(options, way):
    packing_chain.configure(way)
    options.config(group='pci_ext',
                   weigher_vcpus_per_device=8 * packing_trace.MILLI)
    names = ('cpu_milli', 'memory_mib', 'gpu', 'model')
    pick = random.Random(0)
    nodes = [dict(zip(names, map(str, pick.choice(NODES)), strict=True))
             for _ in range(24)]
    real = packing_trace.Cloud(nodes)
    model = packing_model.Cloud(nodes, way)
    tasks = pick.choices(TASKS, [9, 6, 4, 2, 9, 3, 3, 1, 2, 2], k=SERVERS)
    chosen = [(real.place(task), model.place(task)) for task in tasks]
    assert [one for one, _ in chosen] == [other for _, other in chosen]
    assert None in dict(chosen)
    assert real.moment(0, 0) == model.moment(0, 0)
