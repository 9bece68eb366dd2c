# SPDX-License-Identifier: Apache-2.0

"""What NUMATopologyFilter said of a host is asked once."""

import pytest
from nova import objects
from nova.scheduler.filters import numa_topology_filter

from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.novaobj import published_rows
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import numa_hooks
from tests import nova_hosts
from tests.integration.novaobj import test_numa_fitting as scenes
from tests.integration.scheduler import test_numa_hooks as hooks

pytestmark = pytest.mark.nova
NUMA_FILTER = numa_topology_filter.NUMATopologyFilter


@pytest.fixture(autouse=True)
def installed():
    published_rows.guard()
    numa_hooks.install()


def pools(numa=0):
    """Return published statistics with one device."""
    return nova_hosts.scheduler_stats(nova_hosts.compute_stats(
        [nova_hosts.device('0000:01:00.1', numa=numa)]))


def topology(used=0):
    """Return the text of a topology of two cells."""
    return hooks.text(objects.NUMATopology(cells=[
        scenes.host_cell(number, 4, used, 256, 4) for number in (0, 1)]))


def state(row=None, numa=0, name='host', mappings=None):
    found = hooks.state(row or topology(), name)
    found.pci_stats = pools(numa)
    found.allocation_candidates = [{'mappings': mappings or {'': ['root']}}]
    return found


def request(memory=64, count=1, extra_specs=None):
    spec = hooks.request(objects.InstanceNUMATopology(cells=[
        objects.InstanceNUMACell(id=0, cpuset={0}, pcpuset=set(),
                                 memory=memory, pagesize=None)]),
        extra_specs)
    spec.pci_requests = objects.InstancePCIRequests(requests=[
        nova_hosts.asked({'product_id': '0001'}, count=count,
                         policy='required')])
    return spec


@pytest.fixture
def asked(monkeypatch):
    """The hosts about which Nova's filter is asked."""
    found = []
    passes = numa_hooks._passes

    def noted(original, novas, host_state, spec_obj):
        found.append(host_state.host)
        return passes(original, novas, host_state, spec_obj)
    monkeypatch.setattr(numa_hooks, '_passes', noted)
    return found


def passed(states, spec):
    return [state.host for state in NUMA_FILTER().filter_all(states, spec)]


@pytest.mark.parametrize(('spec', 'fits'), [
    (request, True), (lambda: request(memory=4096), False),
    (lambda: request(count=2), False)],
    ids=['fits', 'no memory', 'no device'])
def test_servers_that_ask_the_same_are_answered_once(spec, fits, asked):
    for _ in range(3):
        host = state()
        assert bool(passed([host], spec())) is fits
        assert len(host.allocation_candidates) == fits
        assert ('numa_topology' in host.limits) is fits
    assert asked == ['host']


class _Refusing(NUMA_FILTER):
    """An operator's own, which decides in another method."""

    def _satisfies_cpu_policy(self, *_args):
        return False


class _Choosing(NUMA_FILTER):
    def filter_candidates(self, _host_state, _filter_func):
        return []


@pytest.mark.parametrize('other', [_Refusing, _Choosing])
def test_a_filter_of_another_class_has_its_own_answers(other):
    for _ in range(2):
        assert passed([state()], request()) == ['host']
        assert list(other().filter_all([state()], request())) == []


def test_a_request_that_cannot_be_read_is_refused_by_each_host():
    spec = request()
    spec.image = None
    assert passed([state()], spec) == []


@pytest.mark.parametrize('other', [
    lambda: (state(topology(used=1)), request()),
    lambda: (state(numa=1), request()),
    lambda: (state(), request(memory=128)),
    lambda: (state(), request(count=3)),
    lambda: (state(name='other'), request()),
    lambda: (state(mappings={'': ['root'], 'group': ['device']}), request()),
    lambda: (state(), request(extra_specs={
        'hw:cpu_thread_policy': 'prefer'})),
], ids=['topology', 'pools', 'memory', 'devices', 'host', 'mapping',
        'threads'])
def test_whatever_the_answer_follows_from_is_asked_anew(other, asked):
    for make in (lambda: (state(), request()), other):
        host, spec = make()
        passed([host], spec)
    assert len(asked) == 2


def test_ratios_are_asked_anew(asked):
    for ratio in (1.0, 2.0, 2.0):
        host = state()
        host.cpu_allocation_ratio = ratio
        assert passed([host], request())
        assert host.limits['numa_topology'].cpu_allocation_ratio == ratio
    assert len(asked) == 2


def test_a_host_that_was_looked_at_is_asked_each_time(asked):
    for _ in range(2):
        host = state()
        assert len(host.numa_topology.cells) == 2
        assert passed([host], request())
    assert len(asked) == 2


def test_equal_hosts_with_other_topologies_do_not_push_each_other_out(asked):
    for _ in range(3):
        assert passed([state(name='one'), state(topology(1), name='two')],
                      request()) == ['one', 'two']
    assert asked == ['one', 'two']


def test_a_failure_is_not_kept(asked, monkeypatch):
    damaged = hooks.text(nova_hosts.topology(0, 1)).replace(
        '"cells"', '"rooms"')
    for _ in range(2):
        assert passed([state(damaged)], request()) == []
    assert len(asked) == 2


def test_the_oldest_answer_goes_first(asked):
    for memory in range(1, 67):
        passed([state()], request(memory=memory))
    assert len(host_cache.WORKER.fits.find('host-uuid').answers) == 64


def test_what_is_kept_is_compared_where_that_is_asked(monkeypatch):
    told = []
    monkeypatch.setattr(KEPT, 'report', lambda *found: told.append(found))
    for _ in range(2):
        assert passed([state()], request())
    assert told == []
    answers = host_cache.WORKER.fits.find('host-uuid').answers
    answers.update(dict.fromkeys(answers, False))
    assert passed([state()], request()) == ['host']
    assert told == [('the fit of a NUMA topology', False, True)]
