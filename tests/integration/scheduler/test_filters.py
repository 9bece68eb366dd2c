# SPDX-License-Identifier: Apache-2.0

"""The filter's contract with Nova, and what it says and remembers."""

import concurrent.futures
import datetime
import logging
import uuid

import pytest
from nova import objects
from nova.scheduler.filters import numa_topology_filter
from oslo_utils import timeutils

from nova_pci_ext import stats
from nova_pci_ext.scheduler import filters
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import weights
from tests import nova_hosts
from tests.nova_hosts import asked
from tests.nova_hosts import device
from tests.nova_hosts import family

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '0001', 'dev_type': 'type-VF'}
PCI = {'vendor_id': '8086', 'product_id': '000a'}
LOGGER = 'nova_pci_ext.scheduler.filters'


def published(*devices, **more):
    """Return what the scheduler knows of a host with some devices."""
    return nova_hosts.scheduler_stats(
        nova_hosts.compute_stats(devices, **more))


def gpu(number, provider=None):
    """Return a whole device."""
    return device(f'0000:{number:02x}:00.0', 'type-PCI', product='000a',
                  provider=provider)


def passing(hosts, spec, filter_=None):
    """Return the names of the hosts that pass."""
    found = (filter_ or filters.PciPassthroughFilter()).filter_all(
        hosts, spec)
    return [host.host for host in found]


def test_no_requests_pass_everywhere():
    host = nova_hosts.host_state('one', None)
    assert passing([host], nova_hosts.request_spec()) == ['one']
    assert passing([host], objects.RequestSpec(pci_requests=None)) == ['one']


def test_a_rebuild_passes_and_keeps_its_candidates():
    host = nova_hosts.host_state('one', published())
    spec = nova_hosts.request_spec(
        asked(VF), scheduler_hints={'_nova_check_type': ['rebuild']})
    assert passing([host], spec) == ['one']
    assert host.allocation_candidates == [{'mappings': {}}]


def test_a_host_without_statistics_is_refused():
    assert passing([nova_hosts.host_state('one', None)],
                   nova_hosts.request_spec(asked(VF))) == []


def test_a_host_without_candidates_is_refused():
    host = nova_hosts.host_state('one', published(gpu(1)), [])
    assert passing([host], nova_hosts.request_spec(asked(PCI))) == []


def test_host_passes_alone_decides_as_filter_all_does():
    spec = nova_hosts.request_spec(asked(PCI))
    filter_ = filters.PciPassthroughFilter()
    assert filter_.host_passes(
        nova_hosts.host_state('one', published(gpu(1))), spec) is True
    assert filter_.host_passes(
        nova_hosts.host_state('two', published()), spec) is False


def test_a_subclass_is_asked_host_by_host():
    class OnlyTwo(filters.PciPassthroughFilter):
        def host_passes(self, host_state, spec_obj):
            return host_state.host == 'two'

    hosts = [nova_hosts.host_state(name, published(gpu(1)))
             for name in ('one', 'two')]
    assert passing(hosts, nova_hosts.request_spec(asked(PCI)),
                   OnlyTwo()) == ['two']


def candidates(request, *choices):
    """Return a candidate for each choice of providers."""
    return [{'mappings': {
        f'{request.request_id}-{number}': [provider]
        for number, provider in enumerate(choice)}} for choice in choices]


@pytest.mark.parametrize('port', [False, True],
                         ids=['alone', 'with an SR-IOV port'])
def test_candidates_are_filtered_in_their_order(port):
    request = asked(PCI, count=2)
    requests = [request]
    devices = [gpu(1, 'rp-1'), gpu(2, 'rp-2'), gpu(3, 'rp-3')]
    if port:
        requests.append(asked({'physical_network': 'p1'}, alias=None))
        devices += family('0000:81:00.0', 2)[1:]
    spec = [{'address': '0000:81:*.*', 'physical_network': 'p1'},
            {'address': '*:*:*.*'}]
    offered = candidates(request, ('rp-3', 'rp-1'), ('rp-2', 'rp-2'),
                         ('rp-1', 'rp-2'), ('rp-9', 'rp-1'))
    host = nova_hosts.host_state(
        'one', published(*devices, device_spec=spec), offered)
    assert passing([host], nova_hosts.request_spec(*requests)) == ['one']
    assert host.allocation_candidates == [offered[0], offered[2]]


def test_candidates_of_requests_that_compete_are_decided_exactly():
    # Both aliases take any GPU; provider rp-1 has one, rp-2 has two VFs.
    one, two = asked(PCI), asked({'vendor_id': '8086'}, alias='a2')
    host = nova_hosts.host_state(
        'one', published(gpu(1, 'rp-1'), gpu(2, 'rp-2')),
        [{'mappings': {f'{one.request_id}-0': [first],
                       f'{two.request_id}-0': [second]}}
         for first, second in [('rp-1', 'rp-1'), ('rp-1', 'rp-2')]])
    offered = list(host.allocation_candidates)
    assert passing([host], nova_hosts.request_spec(one, two)) == ['one']
    assert host.allocation_candidates == offered[1:]


def test_groups_of_qos_ports_are_no_devices():
    request = asked(PCI)
    host = nova_hosts.host_state('one', published(gpu(1, 'rp-1')), [
        {'mappings': {f'{request.request_id}-0': ['rp-1'],
                      'a-port': ['rp-of-its-pf']}}])
    assert passing([host], nova_hosts.request_spec(request)) == ['one']


@pytest.mark.parametrize('mappings', [
    pytest.param({}, id='no group at all'),
    pytest.param({'': ['the-host']}, id='RAM and CPUs'),
    pytest.param({'': ['the-host'], 'a-port': ['a-pf']}, id='a QoS port')])
def test_without_groups_of_ours_any_device_will_do(mappings):
    filter_ = filters.PciPassthroughFilter()
    for names in (['one'], ['one']):
        hosts = [nova_hosts.host_state(name, published(*devices), [
            {'mappings': mappings}]) for name, devices in [
                ('one', [gpu(1, 'rp-1')]), ('two', [])]]
        assert passing(hosts, nova_hosts.request_spec(asked(PCI)),
                       filter_) == names


def test_a_group_too_many_is_decided_exactly():
    request = asked(PCI)
    host = nova_hosts.host_state(
        'one', published(gpu(1, 'rp-1'), gpu(2, 'rp-2')),
        candidates(request, ('rp-1', 'rp-2'), ('rp-1',)))
    offered = list(host.allocation_candidates)
    assert passing([host], nova_hosts.request_spec(request)) == ['one']
    assert host.allocation_candidates == offered[1:]


def test_one_info_line_counts_the_reasons(caplog):
    caplog.set_level(logging.INFO, LOGGER)
    hosts = [
        nova_hosts.host_state('b', published(gpu(1))),
        nova_hosts.host_state('a', published(gpu(1))),
        nova_hosts.host_state('c', published(*family('0000:81:00.0', 1))),
        nova_hosts.host_state('d', published()),
        nova_hosts.host_state('e', None)]
    assert passing(hosts, nova_hosts.request_spec(
        asked(PCI, count=2))) == []
    assert caplog.messages == [
        '0 of 5 hosts can serve the PCI requests: 2 too_few (such as a), '
        '1 identity (such as c), 1 no_devices (such as d), '
        '1 no_statistics (such as e)']


def test_no_info_line_while_a_host_is_left(caplog):
    caplog.set_level(logging.INFO, LOGGER)
    hosts = [nova_hosts.host_state('a', published()),
             nova_hosts.host_state('b', published(gpu(1)))]
    assert passing(hosts, nova_hosts.request_spec(asked(PCI))) == ['b']
    assert caplog.messages == []


def test_a_debug_line_names_host_requests_and_devices(caplog):
    caplog.set_level(logging.DEBUG, LOGGER)
    host = nova_hosts.host_state('a', published(gpu(1)))
    filter_ = filters.PciPassthroughFilter()
    for alias in ('a1', 'a2'):
        caplog.clear()
        # The second is answered from memory, and has its own name.
        passing([host], nova_hosts.request_spec(
            asked(PCI, count=2, alias=alias)), filter_)
        assert caplog.messages[0] == (
            f'a/a-node: not enough free devices: request {alias} (2) needs 2 '
            f'devices, and only 1 free device can serve it: 0000:01:00.0')
        host.allocation_candidates = [{'mappings': {}}]


def test_a_debug_line_counts_servers_that_were_accepted_before(caplog):
    caplog.set_level(logging.DEBUG, LOGGER)
    host = nova_hosts.host_state('a', published(gpu(1)))
    spec = nova_hosts.request_spec(asked(PCI))
    host.pci_stats.apply_requests(spec.pci_requests.requests, {})
    assert passing([host], spec) == []
    assert caplog.messages[0] == (
        'a/a-node: not enough free devices for all requests together: '
        'requests a1 (1) and a1 (1) need 2 devices, and only 1 free '
        'device can serve any of them: 0000:01:00.0')


@pytest.mark.parametrize('count, passes', [
    pytest.param(1, True, id='the first pools have enough'),
    pytest.param(12, True, id='all pools together have enough'),
    pytest.param(13, False, id='too few, and all free devices are counted')])
def test_a_new_host_with_many_pools_is_decided_on_all(caplog, count,
                                                      passes):
    caplog.set_level(logging.DEBUG, LOGGER)
    pools = published(*(gpu(number, str(uuid.uuid4()))
                        for number in range(12)))
    host = nova_hosts.host_state('a', pools)
    assert len(pools.published) == 12
    assert passing([host], nova_hosts.request_spec(
        asked(PCI, count=count))) == (['a'] if passes else [])
    assert ['only 12 free devices' in line for line in caplog.messages] == (
        [] if passes else [True, False])


def test_our_statistics_take_the_place_of_nova_s():
    class Theirs:
        numa_topology = None
        dev_filter = None
        pools = [{'vendor_id': '8086', 'product_id': '000a', 'count': 1,
                  'numa_node': 0, 'dev_type': 'type-PCI',
                  'address': '0000:01:00.0'}]

    Theirs.__module__ = 'nova.pci.stats'
    host = nova_hosts.host_state('one', Theirs())
    assert passing([host], nova_hosts.request_spec(asked(PCI))) == ['one']
    assert type(host.pci_stats) is stats.PciDeviceStats
    assert host.pci_stats.pools == Theirs.pools


def test_consuming_a_request_is_seen_by_the_next_filter_run():
    host = nova_hosts.host_state('one', published(gpu(1)))
    spec = nova_hosts.request_spec(asked(PCI))
    filter_ = filters.PciPassthroughFilter()
    assert passing([host], spec, filter_) == ['one']
    host.pci_stats.apply_requests(spec.pci_requests.requests, {})
    assert passing([host], spec, filter_) == []


class TestMemory:
    """What is kept of a host between requests."""

    def ask(self, filter_, pci_stats, updated):
        host = nova_hosts.host_state('one', pci_stats, updated=updated)
        return passing([host], nova_hosts.request_spec(asked(PCI)), filter_)

    def test_a_row_with_another_stamp_is_read_again(self):
        filter_ = filters.PciPassthroughFilter()
        now = nova_hosts.LONG_AGO
        assert self.ask(filter_, published(gpu(1)), now) == ['one']
        later = now + datetime.timedelta(seconds=1)
        assert self.ask(filter_, published(), later) == []

    def test_a_clock_that_is_ahead_leaves_no_wrong_refusal(self):
        # The scheduler's clock is three seconds ahead of the compute's: a
        # row looks old when it is written.  It is written twice in one
        # second, first with the GPU on another network.
        filter_ = filters.PciPassthroughFilter()
        stamp = timeutils.utcnow(with_timezone=True) - datetime.timedelta(
            seconds=3)

        def row(network):
            gpu_pool = dict(gpu_row, physical_network=network)
            return stats.PciDeviceStats(None, objects.PciDevicePoolList(
                objects=[objects.PciDevicePool.from_dict(gpu_pool)]))

        def ask(network):
            host = nova_hosts.host_state('skewed', row(network),
                                         updated=stamp)
            return passing([host], nova_hosts.request_spec(asked(
                {'physical_network': 'p1'})), filter_)

        gpu_row = {'vendor_id': '8086', 'product_id': '000a', 'count': 1,
                   'numa_node': 0, 'dev_type': 'type-PCI',
                   'address': '0000:01:00.0'}
        assert [ask('p2') for _ in range(3)] == [[], [], []]
        assert [ask('p1') for _ in range(3)] == [['skewed']] * 3

    def test_filter_and_weigher_keep_the_pools_once(self):
        filter_ = filters.PciPassthroughFilter()
        weigher = weights.PciFitWeigher()
        spec = nova_hosts.request_spec(asked(PCI))
        known = []
        for _ in range(3):
            host = nova_hosts.host_state('shared', published(gpu(1)))
            assert passing([host], spec, filter_) == ['shared']
            weigher.weigh_hosts([host], spec)
            known.append(host_cache.WORKER.host(
                host, host.pci_stats.published))
        assert known[1] is known[2]
        assert [list(known[2].answers), len(known[2].pools)] == [
            ["((DeviceRequest(request_id='0', name='0', count=1, "
             "alternatives="
             "(Alternative(vendor_id='8086', product_id='000a', dev_type="
             "None, tags=()),), numa_policy=<NumaPolicy.LEGACY: 'legacy'>, "
             "origin=<Origin.FLAVOR: 'flavor'>, providers=()),), ())"], 1]

    def test_a_row_without_a_stamp_is_not_kept(self):
        filter_ = filters.PciPassthroughFilter()
        assert self.ask(filter_, published(gpu(1)), None) == ['one']
        assert self.ask(filter_, published(), None) == []

    def test_another_kind_of_request_is_answered_from_all_pools(self):
        filter_ = filters.PciPassthroughFilter()
        pci_stats = published(gpu(1), *family('0000:81:00.0', 1))
        for spec, names in [(PCI, ['one']), (VF, ['one']), (PCI, ['one']),
                            ({'product_id': '0bad'}, [])]:
            host = nova_hosts.host_state('one', pci_stats)
            assert passing([host], nova_hosts.request_spec(asked(spec)),
                           filter_) == names


def test_concurrent_requests_do_not_mix_their_answers():
    filter_ = filters.PciPassthroughFilter()
    rows = [published(gpu(1)), published(*family('0000:81:00.0', 1))]

    def ask(number):
        wanted = number % 2
        hosts = [nova_hosts.host_state(name, row)
                 for name, row in zip(('gpu', 'vf'), rows, strict=True)]
        spec = nova_hosts.request_spec(asked((PCI, VF)[wanted]))
        return passing(hosts, spec, filter_) == [('gpu', 'vf')[wanted]]

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(400)))


@pytest.mark.parametrize('first', ['ours', 'numa'])
def test_works_before_and_after_numa_topology_filter(first):
    compute = nova_hosts.compute_stats(
        [device('0000:01:00.0', 'type-PCI', product='000a', numa=1)])
    host = nova_hosts.host_state('one', nova_hosts.scheduler_stats(compute))
    host.numa_topology = objects.NUMATopology(cells=[objects.NUMACell(
        id=node, socket=node, cpuset={node}, pcpuset=set(), memory=1024,
        cpu_usage=0, memory_usage=0, mempages=[], pinned_cpus=set(),
        siblings=[]) for node in range(2)])
    host.cpu_allocation_ratio = host.ram_allocation_ratio = 16.0
    spec = nova_hosts.request_spec(
        asked(PCI, policy='required'), instance_uuid=str(uuid.uuid4()),
        flavor=objects.Flavor(extra_specs={}),
        image=objects.ImageMeta(properties=objects.ImageMetaProps()),
        numa_topology=objects.InstanceNUMATopology(
            cells=[objects.InstanceNUMACell(
                id=0, cpuset={0}, pcpuset=set(), memory=512, cpu_policy=None,
                cpu_pinning=None, pagesize=None, cpu_thread_policy=None,
                cpuset_reserved=None)], emulator_threads_policy=None))
    order = [filters.PciPassthroughFilter(),
             numa_topology_filter.NUMATopologyFilter()]
    for filter_ in order if first == 'ours' else order[::-1]:
        assert [found.host for found in filter_.filter_all(
            [host], spec)] == ['one']
