# SPDX-License-Identifier: Apache-2.0

"""A damaged row of one host stops nobody, and harms no other host.

Every key of a published row is taken away and given wrong values, one at a
time.  Nova's own reader of rows, host states, filters and weight handler see
the damaged host between two that are whole.
"""

import copy
import itertools
import json
import logging

import pytest
from nova import objects
from nova.objects import pci_device_pool
from nova.scheduler import weights as nova_weights

from nova_pci_ext import stats
from nova_pci_ext.novaobj import published_rows
from nova_pci_ext.scheduler import filters
from nova_pci_ext.scheduler import host_notices
from nova_pci_ext.scheduler import weights
from tests import nova_hosts
from tests.nova_hosts import asked

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '1520', 'numa_node': 0, 'count': 2,
      'dev_type': 'type-VF', 'address': '0000:81:00.0',
      'physical_network': 'p1'}
FULL = dict(VF, physical_network='p2')
WRONG = (None, '', -1, 0, True, 'x', [], {}, 1.5, 10**20)
#: Names of tags that Nova's dict of a pool has for something else.
FIELDS = ('count', 'vendor_id', 'product_id', 'numa_node', 'devices')
SPEC = {'physical_network': 'p1'}


def row(*pools):
    """Return the row of a host as its compute writes it."""
    return objects.PciDevicePoolList(objects=[
        objects.PciDevicePool.from_dict(pool) for pool in pools]
        ).obj_to_primitive()


def paths(value, above=()):
    """Yield the way to each value of a row."""
    keys = (value if isinstance(value, dict)
            else range(len(value)) if isinstance(value, list) else ())
    for key in keys:
        yield (*above, key)
        yield from paths(value[key], (*above, key))


def damaged():
    """Yield rows of which one key is missing, wrong or too many."""
    whole = row(VF, dict(VF, address='0000:82:00.0'))
    for path in paths(whole):
        for wrong in ('missing', *WRONG):
            content = copy.deepcopy(whole)
            *above, last = path
            place = content
            for key in above:
                place = place[key]
            if wrong == 'missing':
                del place[last]
            else:
                place[last] = wrong
            yield json.dumps(content)
    for name, value in itertools.product(FIELDS, ('x', '5', None)):
        content = copy.deepcopy(whole)
        pool = content['nova_object.data']['objects'][0]
        pool['nova_object.data']['tags'][name] = value
        yield json.dumps(content)
    # As Nova wrote rows before they were objects.
    for name in VF:
        yield json.dumps([{key: value for key, value in VF.items()
                           if key != name}, VF])


def broken():
    """Yield rows that are no JSON, or that no reader of JSON takes."""
    whole = json.dumps(row(VF))
    yield from ('', 'x', '\x00', whole[:-1], f'{whole}{whole}')
    for begin, end in ('[]', ('{"x":', '}')):
        yield begin * 10_000 + '1' + end * 10_000


ROWS = sorted({*damaged(), *broken()})


def state(name, text):
    """Return a host as Nova's host manager reads it."""
    found = nova_hosts.host_state(name, stats.PciDeviceStats(
        nova_hosts.topology(0, 1), pci_device_pool.from_pci_stats(text)))
    found.numa_topology = nova_hosts.topology(0, 1)
    return found


@pytest.fixture
def notices(monkeypatch):
    """What the process said of hosts, from the start."""
    found = host_notices.HostNotices()
    monkeypatch.setattr(host_notices, 'WORKER', found)
    return found


def scheduled(text):
    """Return the hosts that pass the filter, and those that are weighed."""
    hosts = [state('good', json.dumps(row(VF))), state('damaged', text),
             state('full', json.dumps(row(FULL)))]
    request = asked(SPEC)
    spec = nova_hosts.request_spec(request, numa_topology=None)
    passed = list(filters.PciPassthroughFilter().filter_all(hosts, spec))
    spec.numa_topology = objects.InstanceNUMATopology(
        cells=nova_hosts.cells(0))
    weighed = nova_weights.HostWeightHandler().get_weighed_objects(
        [weights.PciFitWeigher()], passed, spec)
    for found in passed:
        # What the filter saw is what a server gets.
        assert found.pci_stats.support_requests([request], {})
        found.pci_stats.apply_requests([request], {})
    return ([found.host for found in passed],
            sorted(found.obj.host for found in weighed))


def test_there_are_enough_rows():
    assert len(ROWS) >= 200


@pytest.mark.parametrize('first', range(0, len(ROWS), 25))
def test_a_damaged_row_changes_nothing_for_other_hosts(
        first, notices, caplog):
    published_rows.guard()
    for text in ROWS[first:first + 25]:
        caplog.clear()
        notices.__init__()
        passed, weighed = scheduled(text)
        assert passed in (['good'], ['good', 'damaged']), text
        assert weighed == sorted(passed), text
        ours = [record for record in caplog.records
                if record.name.startswith('nova_pci_ext')
                and record.levelno >= logging.WARNING]
        assert {record.levelname for record in ours} <= {'WARNING'}, text
        said = [record.getMessage() for record in ours]
        assert len(said) <= 1, text
        assert all('Host damaged publishes' in line for line in said)


@pytest.mark.parametrize(('pool', 'fault'), [
    pytest.param(lambda pool: pool.pop('vendor_id'), 'it has no vendor_id',
                 id='no vendor'),
    pytest.param(lambda pool: pool.pop('product_id'), 'it has no product_id',
                 id='no product'),
    pytest.param(lambda pool: pool.pop('count'), 'it has no count',
                 id='no count'),
    pytest.param(lambda pool: pool.pop('tags'), 'it has no tags',
                 id='no tags'),
    pytest.param(lambda pool: pool.update(count=-1), 'its count is -1',
                 id='a negative count'),
    pytest.param(lambda pool: pool['tags'].update(devices='5'),
                 'it has a tag named devices', id='a tag of this name'),
    pytest.param(lambda pool: pool.update(count='many'),
                 'Nova cannot read it', id='no number'),
])
def test_the_pool_is_left_out_and_said_once(notices, caplog, pool, fault):
    published_rows.guard()
    content = row(VF, dict(VF, address='0000:82:00.0', numa_node=1))
    pool(content['nova_object.data']['objects'][0]['nova_object.data'])
    weigher = weights.PciFitWeigher()
    filter_ = filters.PciPassthroughFilter()
    for _ in range(3):
        host = state('damaged', json.dumps(content))
        spec = nova_hosts.request_spec(asked(SPEC, count=2))
        assert list(filter_.filter_all([host], spec)) == [host]
        weigher.weigh_hosts([host], spec)
        # The devices of the other pool are all there are.
        assert list(filter_.filter_all([host], nova_hosts.request_spec(
            asked(SPEC, count=3)))) == []
        host = state('damaged', json.dumps(content))
        assert [found['address'] for found in host.pci_stats.pools] == [
            '0000:82:00.0']
    assert [record.getMessage() for record in caplog.records
            if record.levelno >= logging.WARNING] == [
        'Host damaged publishes 1 PCI pools that cannot be read and are left '
        f'out, such as number 0: {fault}. Restart its nova-compute, which '
        'writes them anew']


def test_a_pool_without_numa_node_is_on_an_unknown_node(notices, caplog):
    content = row(VF)
    pool = content['nova_object.data']['objects'][0]['nova_object.data']
    del pool['numa_node']
    host = state('old', json.dumps(content))
    near = nova_hosts.cells(0)
    answers = [host.pci_stats.support_requests(
        [asked(SPEC, policy=policy)], {}, near)
        for policy in ('legacy', 'required')]
    assert answers == [True, False]
    assert host.pci_stats.pools[0]['numa_node'] is None
    assert caplog.messages == []


class Broken(stats.PciDeviceStats):
    """Statistics that nobody can ask."""

    @property
    def published(self):
        raise RuntimeError('no statistics today')


def test_an_exception_refuses_one_host_and_is_logged_once(notices, caplog):
    caplog.set_level(logging.INFO, 'nova_pci_ext')
    filter_, weigher = filters.PciPassthroughFilter(), weights.PciFitWeigher()
    spec = nova_hosts.request_spec(asked(SPEC))
    for _ in range(2):
        hosts = [nova_hosts.host_state('broken', Broken(None)),
                 state('good', json.dumps(row(VF)))]
        assert list(filter_.filter_all(hosts, spec)) == [hosts[1]]
        worst, best = weigher.weigh_hosts(hosts, spec)
        assert worst < best
    found = filter_.refusal(hosts[0], spec)
    assert found.reason.value == 'host_error'
    assert [(record.levelname, record.getMessage())
            for record in caplog.records] == [
        ('ERROR', 'Filtering host broken failed; other hosts are not '
                  'concerned: RuntimeError: no statistics today')]
    assert list(filter_.filter_all([hosts[0]], spec)) == []
    assert caplog.messages[-1] == (
        '0 of 1 hosts can serve the PCI requests: '
        '1 host_error (such as broken)')


def test_no_line_of_a_failure_can_be_forged(notices, caplog):
    """The words of the exception come from the row of the host."""
    forged = '\x1b[31m\r\nERROR forged\u202e'
    try:
        raise ValueError(f'{forged} is invalid')
    except ValueError as error:
        notices.failed(f'host{forged}', 'Filtering', error)
    (record,) = caplog.records
    shown = r'\x1b[31m\r\nERROR forged\u202e'
    assert record.getMessage() == (
        f'Filtering host host{shown} failed; other hosts are not concerned: '
        f'ValueError: {shown} is invalid')
    *trace, last = logging.Formatter().formatException(
        record.exc_info).split('\n')
    assert last == ('nova_pci_ext.exceptions.PciExtError: '
                    f'ValueError: {shown} is invalid')
    assert trace[0] == 'Traceback (most recent call last):'
    assert 'test_no_line_of_a_failure_can_be_forged' in trace[1]


def test_what_numatopologyfilter_asks_reads_the_same_pools(notices):
    published_rows.guard()
    content = row(VF, dict(VF, numa_node=1))
    pool = content['nova_object.data']['objects'][0]['nova_object.data']
    pool['count'] = -1
    host = state('damaged', json.dumps(content))
    assert not host.pci_stats.support_requests(
        [asked(SPEC, policy='required')], {}, nova_hosts.cells(0))
    assert host.pci_stats.support_requests(
        [asked(SPEC, policy='required')], {}, nova_hosts.cells(1))
