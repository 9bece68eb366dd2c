# SPDX-License-Identifier: Apache-2.0

"""No policy exceeds the bound of ``benchmarks/packing_bound.py``."""

import itertools

import pytest

from benchmarks import packing_bound
from benchmarks.packing_trace import Task

pytestmark = pytest.mark.nova


def nodes(*found):
    return [dict(zip(('cpu_milli', 'memory_mib', 'gpu'), map(str, each),
                     strict=True)) for each in found]


WIDE = (1000, 1000, 2)


@pytest.mark.parametrize(('hosts', 'tasks', 'expected'), [
    pytest.param([WIDE], [Task(1, 1, 1, 100)], 0.5, id='what is asked'),
    pytest.param([WIDE], [Task(1, 1, 1, 100)] * 3, 1.0, id='all GPUs'),
    pytest.param([WIDE], [Task(1, 1, 1, 81)] * 3, 0.81,
                 id='a GPU has one large share'),
    pytest.param([WIDE], [Task(1, 1, 1, 81)] * 3 + [Task(1, 1, 1, 16)],
                 0.89, id='and the small ones that there are'),
    pytest.param([WIDE], [Task(1, 1, 1, 30)] * 9, 0.9,
                 id='three shares of a GPU'),
    pytest.param([(10, 1000, 2)], [Task(10, 1, 1, 100)] * 2, 0.5,
                 id='vCPUs'),
    pytest.param([(1000, 15, 2)], [Task(1, 10, 1, 100)] * 2, 0.75,
                 id='memory, of which tasks can be cut'),
    pytest.param([WIDE], [Task(1, 1, 0, 0)], 0.0, id='no devices'),
])
def test_the_bound(hosts, tasks, expected):
    assert packing_bound.bound(nodes(*hosts), tasks) == pytest.approx(expected)


def best(tasks):
    """Return what the best choice of GPUs allocates on one host with two."""
    found = 0
    for places in itertools.product((None, 0, 1), repeat=len(tasks)):
        used = [0, 0]
        for task, gpu in zip(tasks, places, strict=True):
            if gpu is not None:
                used[gpu] += task.vfs
        if max(used) <= 100:
            found = max(found, sum(used))
    return found / 200


@pytest.mark.parametrize('sizes', [
    each for each in itertools.combinations_with_replacement(
        (11, 32, 47, 53, 81, 100), 5)])
def test_no_choice_of_gpus_exceeds_it(sizes):
    tasks = [Task(1, 1, 1, size) for size in sizes]
    assert best(tasks) <= packing_bound.bound(nodes(WIDE), tasks) + 1e-9
