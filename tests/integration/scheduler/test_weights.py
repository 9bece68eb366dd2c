# SPDX-License-Identifier: Apache-2.0

"""PciFitWeigher with Nova's weight handler, host states and requests."""

import subprocess
import sys

import pytest
from nova import conf
from nova import objects
from nova.pci import stats as nova_stats
from nova.scheduler import host_manager
from nova.scheduler import weights as nova_weights
from nova.scheduler.weights import pci as nova_pci_weigher
from oslo_config import fixture as config_fixture
from oslo_utils.fixture import uuidsentinel as uuids

from nova_pci_ext import stats
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.scheduler import rooms
from nova_pci_ext.scheduler import weights

pytestmark = pytest.mark.nova
objects.register_all()

ONE = '0000:81:00.0'
TWO = '0000:82:00.0'


@pytest.fixture(autouse=True)
def options():
    """Nova's configuration with its defaults, and a way to change it."""
    fixture = config_fixture.Config(conf.CONF)
    fixture.setUp()
    conf.CONF([], project='nova', default_config_files=[])
    yield fixture
    fixture.cleanUp()


def pool(group, dev_type='type-PCI', count=1, product='20b5', **tags):
    return {'vendor_id': '10de', 'product_id': product, 'numa_node': 0,
            'dev_type': dev_type, 'address': group, 'count': count, **tags}


def gpus(number):
    return [pool(f'0000:{gpu:02x}:00.0') for gpu in range(number)]


def card(group, free, **tags):
    """The pools of a PF that is free, and its VFs."""
    return [pool(group, 'type-PF', **tags), *vfs(group, free, **tags)]


def vfs(group, free, **tags):
    return [pool(group, 'type-VF', free, **tags)]


def host(name, pools, cls=stats.PciDeviceStats, vcpus=640, **fields):
    state = host_manager.HostState(name, name, uuids.cell)
    state.vcpus_total = vcpus
    state.total_usable_ram_mb = state.free_ram_mb = 4096 * 1024
    state.cpu_allocation_ratio = state.ram_allocation_ratio = 1.0
    if pools is not None:
        state.pci_stats = cls(None, objects.PciDevicePoolList(objects=[
            objects.PciDevicePool.from_dict(found) for found in pools]))
    for key, value in fields.items():
        setattr(state, key, value)
    return state


def server(*asked, vcpus=1, memory_mb=1024):
    """A server that asks for (count, spec) devices."""
    return objects.RequestSpec(
        flavor=objects.Flavor(vcpus=vcpus, memory_mb=memory_mb),
        instance_group=None, image=None,
        pci_requests=objects.InstancePCIRequests(requests=[
            objects.InstancePCIRequest(
                request_id=f'{uuids.request}', alias_name='a1', count=count,
                spec=[spec]) for count, spec in asked]))


def order(hosts, spec, weigher=None):
    """The names of the hosts, best first, as Nova sorts them."""
    found = nova_weights.HostWeightHandler().get_weighed_objects(
        [weigher or weights.PciFitWeigher()], hosts, spec)
    return [weighed.obj.host for weighed in found]


GPU = {'product_id': '20b5', 'vendor_id': '10de'}
VF = {'dev_type': 'type-VF'}


@pytest.mark.parametrize('cls', [
    pytest.param(stats.PciDeviceStats, id='our statistics'),
    pytest.param(nova_stats.PciDeviceStats, id="Nova's statistics")])
@pytest.mark.parametrize(('hosts', 'spec', 'best'), [
    pytest.param({'gpus': gpus(8), 'plain': []}, server(), 'plain',
                 id='a server without devices stays off GPUs'),
    pytest.param({'more': gpus(4), 'fewer': gpus(2)}, server(), 'fewer',
                 id='or goes where fewer are'),
    pytest.param({'gpus': gpus(8), 'unknown': None}, server((1, GPU)), 'gpus',
                 id='a host without PCI statistics is last'),
    pytest.param({'plain': [], 'gpus': gpus(8)}, server((1, GPU)), 'gpus',
                 id='a host that cannot serve is last'),
    pytest.param({'eight': gpus(8), 'three': gpus(3)}, server((1, GPU)),
                 'three', id='a set of eight stays together'),
    pytest.param({'eight': gpus(8), 'four': gpus(4)}, server((4, GPU)),
                 'four', id='the set that fits'),
    pytest.param({'whole': card(ONE, 4), 'broken': vfs(ONE, 3)},
                 server((1, VF)), 'broken', id='a whole PF stays whole'),
    pytest.param({'whole': card(ONE, 4) + card(TWO, 4),
                  'broken': vfs(ONE, 2) + card(TWO, 4) + gpus(2)},
                 server((1, VF)), 'broken',
                 id='also where the other host has fewer devices'),
    pytest.param({'grey': vfs(ONE, 4, physical_network='blue')
                  + vfs(TWO, 4, physical_network='grey'),
                  'blue': vfs(ONE, 4, physical_network='blue')
                  + vfs(TWO, 4, physical_network='blue'),
                  'also blue': vfs(ONE, 4, physical_network='blue')
                  + vfs(TWO, 4, physical_network='blue')},
                 server((1, {'physical_network': 'blue'})), 'blue',
                 id='a scarce network stays free'),
])
def test_the_best_host(cls, hosts, spec, best):
    states = [host(name, pools, cls) for name, pools in hosts.items()]
    assert order(states, spec)[0] == best
    assert order(states[::-1], spec)[0] in (best, f'also {best}')


@pytest.mark.parametrize(('changed', 'best'), [
    pytest.param({}, 'wide', id='devices keep vCPUs'),
    pytest.param({'weigher_vcpus_per_device': 0}, 'fewer',
                 id='vCPUs are left out'),
    pytest.param({'weigher_vcpus_per_device': 2}, 'fewer',
                 id='devices need few vCPUs'),
])
def test_vcpus_for_devices(options, changed, best):
    options.config(group='pci_ext', **changed)
    hosts = [host('fewer', gpus(3), vcpus=24), host('wide', gpus(8))]
    assert order(hosts, server((1, GPU), vcpus=16))[0] == best


@pytest.mark.parametrize(('changed', 'best'), [
    pytest.param({}, 'wide', id='devices keep memory'),
    pytest.param({'weigher_memory_mb_per_device': 0}, 'fewer',
                 id='memory is left out'),
])
def test_memory_for_devices(options, changed, best):
    options.config(group='pci_ext', **changed)
    hosts = [host('fewer', gpus(3), free_ram_mb=96 * 1024,
                  total_usable_ram_mb=96 * 1024), host('wide', gpus(8))]
    assert order(hosts, server((1, GPU), memory_mb=65536))[0] == best


def test_allocation_ratios_count():
    state = host('h', [], vcpus=10, cpu_allocation_ratio=4.0, vcpus_used=8,
                 total_usable_ram_mb=1000, free_ram_mb=400,
                 ram_allocation_ratio=1.5)
    assert rooms.free_vcpus(state) == 32
    assert rooms.free_memory_mb(state) == 900
    fresh = host_manager.HostState('h', 'h', uuids.cell)
    assert (rooms.free_vcpus(fresh), rooms.free_memory_mb(fresh)) == (
        0, 0)


def test_weights_are_scores():
    # The example of doc/source/reference/weigher.rst.
    # Of 10 GPUs 8 and 2 are left, or 7 and 1: a GPU is 1/16 of its family.
    hosts = [host('eight', gpus(8)), host('two', gpus(2)), host('none', [])]
    weigher = weights.PciFitWeigher()
    sixteenth = CARD // 16
    assert weigher.weigh_hosts(hosts, server((1, GPU))) == [
        -(20 * CARD * 11 // 4 + 50 * 7 * sixteenth + 7 * CARD),
        20 * CARD // 4 - 50 * sixteenth - CARD,
        -(20 * CARD * 11 // 4 + 50 * 7 * sixteenth + 7 * CARD) - CARD]
    assert weigher.weigh_hosts(hosts, server()) == [
        -50 * 8 * sixteenth, -50 * 2 * sixteenth, 0]


def test_no_host_can_serve():
    weigher = weights.PciFitWeigher()
    assert weigher.weigh_hosts([host('a', []), host('b', None)],
                               server((1, GPU))) == [-CARD, -CARD]
    assert weigher.weigh_hosts([], server()) == []


def test_a_request_without_flavor_and_devices():
    spec = objects.RequestSpec(pci_requests=None)
    assert weights.PciFitWeigher().weigh_hosts([host('a', gpus(1))], spec) == [
        -50 * (CARD // 2)]
    assert weights.PciFitWeigher()._weigh_object(
        host('a', gpus(1)), objects.RequestSpec()) == -50 * (CARD // 2)


def test_earlier_servers_of_a_request_count():
    # Two of a multi-create: the first takes a GPU of the broken set.
    spec = server((1, GPU))
    three, eight = host('three', gpus(3)), host('eight', gpus(8))
    weigher = weights.PciFitWeigher()
    for used in range(3):
        assert order([eight, three], spec, weigher)[0] == 'three', used
        three.pci_stats.apply_requests(spec.pci_requests.requests, {})
    assert order([eight, three], spec, weigher)[0] == 'eight'


def test_the_devices_that_placement_chose_are_weighed():
    # Placement chose the broken card of one host, the whole one of another.
    def twin(name, chosen):
        return host(name, [
            pool(ONE, 'type-PF', rp_uuid=f'{name}-whole'),
            pool(ONE, 'type-VF', 4, rp_uuid=f'{name}-whole'),
            pool(TWO, 'type-VF', 2, rp_uuid=f'{name}-broken')],
            allocation_candidates=[{'mappings': {
                f'{uuids.request}-0': [f'{name}-{chosen}']}}])

    hosts = [twin('a', 'whole'), twin('b', 'broken')]
    weigher = weights.PciFitWeigher()
    assert order(hosts, server((1, VF)), weigher) == ['b', 'a']
    for state in hosts:
        state.allocation_candidates = [{'mappings': {'': [uuids.root]}}]
    one, two = weigher.weigh_hosts(hosts, server((1, VF)))
    assert one == two


@pytest.mark.parametrize(('aggregates', 'expected'), [
    pytest.param([], 3.0, id='the option'),
    pytest.param(['2'], 2.0, id='one aggregate'),
    pytest.param(['2', '1.5'], 1.5, id='the least of two'),
    pytest.param(['many'], 3.0, id='no number'),
])
def test_the_multiplier(options, aggregates, expected):
    options.config(group='filter_scheduler', pci_weight_multiplier=3.0)
    state = host('a', [])
    state.aggregates = [
        objects.Aggregate(metadata={'pci_weight_multiplier': value})
        for value in aggregates]
    assert weights.PciFitWeigher().weight_multiplier(state) == expected


RECOMMENDED = {'pci_weight_multiplier': 10.0}


def best_of_all(hosts, spec):
    """The best host by all of the recommended weighers."""
    handler = nova_weights.HostWeightHandler()
    classes = handler.get_matching_classes(
        ['nova_pci_ext.scheduler.weights.all_weighers'])
    found = handler.get_weighed_objects(
        [cls() for cls in classes], hosts, spec)
    return found[0].obj.host


def roomy(name, pools, **fields):
    """A host that every other weigher prefers."""
    return host(name, pools, vcpus=1280, free_ram_mb=8192 * 1024,
                total_usable_ram_mb=8192 * 1024, free_disk_mb=1 << 20,
                hypervisor_version=9, **fields)


def stranding():
    """A host where a server spoils very much, so that the range is wide."""
    return host('stranding', gpus(64) + vfs('0000:f1:00.0', 64), vcpus=64)


@pytest.mark.parametrize(('hosts', 'best'), [
    pytest.param([host('better', vfs(ONE, 62), num_io_ops=7),
                  roomy('worse', vfs(ONE, 63))], 'better',
                 id='one VF in 64 decides before all else'),
    pytest.param([roomy('better', vfs(ONE, 62), failed_builds=1),
                  host('worse', vfs(ONE, 63))], 'worse',
                 id='but a host that failed to build is worse'),
    pytest.param([roomy('better', vfs(ONE, 62), failed_builds=1),
                  host('worse', vfs(ONE, 63)),
                  host('failing', vfs(ONE, 61), failed_builds=90)], 'worse',
                 id='even once, beside one that always fails'),
    pytest.param([host('less room', vfs(ONE, 63)),
                  roomy('equal', vfs(ONE, 63))], 'equal',
                 id='equal hosts are balanced by what else they have'),
])
def test_other_weighers_do_not_drown_it(options, hosts, best):
    options.config(group='filter_scheduler', **RECOMMENDED)
    for found in (hosts, hosts[::-1]):
        assert best_of_all([stranding(), *found],
                           server((1, VF), vcpus=16)) == best


def test_servers_without_devices_stay_off_the_largest_host(options):
    options.config(group='filter_scheduler', **RECOMMENDED)
    hosts = [host('plain', [], vcpus=16, free_ram_mb=131072),
             host('nic', vfs(ONE, 4), vcpus=16, free_ram_mb=131072),
             host('gpus', gpus(8), vcpus=64)]
    assert best_of_all(hosts, server()) == 'plain'
    assert best_of_all(hosts[1:], server()) == 'nic'


def test_a_weight_is_a_place():
    hosts = [host('eight', gpus(8)), host('two', gpus(2)),
             host('also two', gpus(2)), host('none', [])]
    found = nova_weights.HostWeightHandler().get_weighed_objects(
        [weights.PciFitWeigher()], hosts, server((1, GPU)))
    assert [(weighed.obj.host, weighed.weight) for weighed in found] == [
        ('two', 2.0), ('also two', 2.0), ('eight', 1.0), ('none', 0.0)]


def test_an_aggregate_without_the_weigher_is_balanced(options):
    options.config(group='filter_scheduler', **RECOMMENDED)
    hosts = [host('fewer', gpus(2)), roomy('more', gpus(8))]
    assert best_of_all(hosts, server((1, GPU))) == 'fewer'
    for each in hosts:
        each.aggregates = [objects.Aggregate(
            metadata={'pci_weight_multiplier': '0'})]
    assert best_of_all(hosts, server((1, GPU))) == 'more'


def test_all_weighers_are_novas_but_for_one():
    ours, novas = weights.all_weighers(), nova_weights.all_weighers()
    assert [cls for cls in novas if cls not in ours] == [
        nova_pci_weigher.PCIWeigher]
    assert [cls for cls in ours if cls not in novas] == [
        weights.PciFitWeigher]
    assert len(ours) == len(novas)


def test_nova_loads_the_weigher_by_its_class_path():
    handler = nova_weights.HostWeightHandler()
    assert handler.get_matching_classes(
        ['nova_pci_ext.scheduler.weights.PciFitWeigher']) == [
            weights.PciFitWeigher]
    assert weights.PciFitWeigher in handler.get_matching_classes(
        ['nova_pci_ext.scheduler.weights.PciFitWeigher',
         'nova.scheduler.weights.all_weighers'])


NOVA_TESTS = """
import unittest
from nova.tests.unit.scheduler.weights import test_weights_pci as tests
from nova_pci_ext.scheduler import rooms
from nova_pci_ext.scheduler import weights
tests.pci.PCIWeigher = weights.PciFitWeigher
result = unittest.TestResult()
unittest.defaultTestLoader.loadTestsFromModule(tests).run(result)
print(result.testsRun, len(result.errors),
      *[test.id().rpartition('.')[2] for test, _ in result.failures])
"""


def test_novas_tests_of_its_weigher():
    # In a process of its own: Nova's test base class changes the process.
    # The test that fails asks for devices of vendor 8086 on hosts that have
    # those of "fake-vendor" only, and wants one of the hosts preferred.
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-c', NOVA_TESTS],
        capture_output=True, text=True, check=True, timeout=240)
    assert done.stdout.splitlines()[-1] == '7 0 test_multiplier_with_pci'


def shown(weigher, spec, times, hosts):
    """Have a weigher see a server several times."""
    handler = nova_weights.HostWeightHandler()
    for _ in range(times):
        handler.get_weighed_objects([weigher], hosts, spec)


@pytest.mark.parametrize(('changed', 'best'), [
    pytest.param({}, 'wide', id='GPUs keep the vCPUs that they come with'),
    pytest.param({'weigher_learns': False}, 'fewer',
                 id='nothing is learned'),
    pytest.param({'weigher_vcpus_per_device': 0}, 'fewer',
                 id='vCPUs are left out'),
])
def test_what_servers_have_is_kept_for_devices(options, changed, best):
    options.config(group='pci_ext', **changed)
    hosts = [host('fewer', gpus(3), vcpus=72), host('wide', gpus(8))]
    weigher = weights.PciFitWeigher()
    shown(weigher, server((1, GPU), vcpus=32), 16, hosts)
    assert order(hosts, server((1, GPU), vcpus=48), weigher)[0] == best


@pytest.mark.parametrize(('asked', 'expected'), [
    pytest.param((), 8 + 4, id='of servers without devices'),
    pytest.param(((1, VF),), 8, id='not of those with VFs of shared cards'),
])
def test_what_cards_need_beside_their_servers(asked, expected):
    hosts = [host(name, gpus(8) + vfs(ONE, 64, product='101e'))
             for name in ('one', 'two')]
    weigher = weights.PciFitWeigher()
    shown(weigher, server((1, GPU), vcpus=8), 8, hosts)
    shown(weigher, server(*asked, vcpus=4), 8, hosts)
    (_, with_others), = weigher.lessons.values()
    assert with_others.vcpus == expected


def test_nothing_is_learned_of_hosts_that_cannot_be_weighed():
    hosts = [host(name, gpus(1), allocation_candidates=[{'mappings': None}])
             for name in ('one', 'two')]
    weigher = weights.PciFitWeigher()
    shown(weigher, server((1, GPU), vcpus=32), 16, hosts)
    assert weigher.lessons == {}
    # Not one of them was seen.
    hosts = [host(name, gpus(1)) for name in ('one', 'two')]
    shown(weigher, server((1, GPU), vcpus=32), 15, hosts)
    assert weigher.lessons == {}
    shown(weigher, server((1, GPU), vcpus=32), 1, hosts)
    assert weigher.lessons != {}


@pytest.mark.parametrize(('asked', 'best'), [
    pytest.param(47, 'fresh', id='the rest of a whole card will be used'),
    pytest.param(None, 'broken', id='nobody asks for parts'),
])
def test_a_rest_that_will_be_used_is_not_lost(asked, best):
    # 32 VFs: of a rest of 53 they leave 21, which nobody wants.
    hosts = [host('fresh', card(ONE, 100)),
             host('broken', card(TWO, 100) + vfs(ONE, 53))]
    weigher = weights.PciFitWeigher()
    whole = (1, {'dev_type': 'type-PF'})
    shown(weigher, server((asked, VF)) if asked else server(whole), 1024,
          hosts)
    assert order(hosts, server((32, VF)), weigher)[0] == best
