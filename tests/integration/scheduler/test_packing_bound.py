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


def outcomes(sizes):
    """Yield what a host with two GPUs allocates in the end, for any policy.

    It may refuse whole GPUs at will, and shares while no GPU is free.
    """
    for places in itertools.product((None, 0, 1), repeat=len(sizes)):
        used = [0, 0]
        for size, gpu in zip(sizes, places, strict=True):
            if gpu is not None:
                used[gpu] += size
            elif size < 100 and 0 in used:
                break
            if max(used) > 100:
                break
        else:
            yield sum(used) / 200


@pytest.mark.parametrize('first', (11, 32, 47, 81, 100))
def test_no_policy_that_takes_shares_exceeds_its_bound(first):
    for rest in itertools.product((11, 32, 47, 81, 100), repeat=3):
        tasks = [Task(1, 1, 1, size) for size in (first, *rest)]
        assert max(outcomes((first, *rest))) <= (
            packing_bound.bound_taking(nodes(WIDE), tasks) + 1e-9)


SHARE, GPU = Task(1, 1, 1, 81), Task(1, 1, 1, 100)


@pytest.mark.parametrize(('tasks', 'expected'), [
    pytest.param([SHARE, GPU, GPU], 0.905, id='it has to be taken'),
    pytest.param([GPU, GPU, SHARE], 1.0, id='too late'),
    pytest.param([SHARE, Task(1, 1, 1, 11), GPU, GPU], 0.96,
                 id='what smaller ones ask for'),
    pytest.param([Task(1, 1, 1, 81, ('T4',)), GPU, GPU], 1.0,
                 id='maybe no such GPU'),
    pytest.param([SHARE], 0.405, id='what is asked')])
def test_shares_that_have_to_be_taken_lower_the_bound(tasks, expected):
    assert packing_bound.bound_taking(
        nodes(WIDE), tasks) == pytest.approx(expected)
