# SPDX-License-Identifier: Apache-2.0

"""A small run of ``benchmarks/realistic.py``, and its parts."""

import json
import pathlib
import random
import subprocess
import sys
import types

import pytest
from nova import objects
from nova.objects import fields
from nova.pci import stats as nova_stats
from nova.pci import whitelist

from benchmarks import realistic_hosts
from benchmarks import realistic_placement
from benchmarks import realistic_table
from nova_pci_ext import stats

pytestmark = pytest.mark.nova
objects.register_all()


def host(number=0, pools=16, *, in_placement=False):
    return realistic_hosts.Host(number, pools, 1, in_placement=in_placement)


# Rows

def devices(found):
    """Yield the free devices of a host, each with an entry that takes it."""
    for pool in found.pools:
        told = pool.properties
        address, interface = told['address'], told.get('parent_ifname')
        is_vf = told['dev_type'] == 'type-VF'
        tags = {key: told[key] for key in ('physical_network',)
                if key in told}
        for unit in range(pool.free):
            own = (f'{address[:-4]}{16 + unit // 8:02x}.{unit % 8}' if is_vf
                   else address)
            yield objects.PciDevice(
                address=own, vendor_id=told['vendor_id'],
                product_id=told['product_id'], numa_node=told['numa_node'],
                dev_type=told['dev_type'], compute_node_id=1,
                parent_addr=address if is_vf else None,
                status=fields.PciDeviceStatus.AVAILABLE, extra_info={
                    'parent_ifname': interface} if interface else {},
            ), json.dumps({'address': own, **tags}), pool.provider


@pytest.mark.parametrize('make', [stats.PciDeviceStats,
                                  nova_stats.PciDeviceStats])
@pytest.mark.parametrize('in_placement', [False, True])
def test_a_row_is_what_a_compute_publishes(make, in_placement):
    found = host(in_placement=in_placement)
    free = list(devices(found))
    published = make(None, dev_filter=whitelist.Whitelist(
        [entry for _, entry, _ in free]))
    for device, _, _ in free:
        published.add_device(device)
    # As a compute does once Placement has its devices.
    for device, _, provider in free:
        if provider:
            device.extra_info = {**device.extra_info, 'rp_uuid': provider}
    published.populate_pools_metadata_from_assigned_devices()
    row = json.loads(found.published())
    theirs = published.to_device_pools_obj().obj_to_primitive()
    assert row == json.loads(json.dumps(theirs))


def test_devices_without_sriov_and_pfs_are_pools_of_one():
    counts = {}
    for number in range(20):
        for pool in json.loads(host(number, 64).published())[
                'nova_object.data']['objects']:
            data = pool['nova_object.data']
            counts.setdefault(data['tags']['dev_type'], set()).add(
                data['count'])
    assert counts.pop('type-PCI') == counts.pop('type-PF') == {1}
    assert max(counts.pop('type-VF')) > 1
    assert counts == {}


def test_no_two_hosts_are_alike_and_each_is_always_the_same():
    made = [[(each.published(), each.topology())
             for each in map(host, range(50))] for _ in range(2)]
    assert made[0] == made[1]
    assert len({pools for pools, _ in made[0]}) == 50
    assert len({cells for _, cells in made[0]}) == 50


def test_a_change_changes_both_columns():
    found = host()
    before = found.published(), found.topology()
    found.change(random.Random(1))
    assert before[0] != found.published()
    assert before[1] != found.topology()


# Placement

def query(**groups):
    """A query with one resource in each of the groups."""
    return types.SimpleNamespace(_rg_by_id={
        name.strip('_'): types.SimpleNamespace(resources=resources)
        for name, resources in groups.items()})


GPU = {'CUSTOM_PCI_10DE_20B0': 1}


def test_a_query_without_devices_has_each_host_once():
    hosts = [host(number, in_placement=True) for number in range(3)]
    requests, summaries, _ = realistic_placement.Placement(hosts).answer(
        query(_={'VCPU': 4, 'MEMORY_MB': 4096}))
    assert requests == [
        {'allocations': {each.uuid: {
            'resources': {'VCPU': 4, 'MEMORY_MB': 4096}}},
         'mappings': {'': [each.uuid]}} for each in hosts]
    assert list(summaries) == [each.uuid for each in hosts]


def gpus(found):
    return [pool.provider for pool in found.pools if pool.alias == 'a1']


def test_a_query_for_one_device_has_each_that_is_free():
    found = host(in_placement=True)
    placement = realistic_placement.Placement([found])
    first, *others = gpus(found)
    placement.change({first: 0})
    requests, summaries, _ = placement.answer(query(_={'VCPU': 4}, a=GPU))
    assert [each['mappings']['a'] for each in requests] == [
        [each] for each in others]
    assert summaries[first]['resources'] == {
        'CUSTOM_PCI_10DE_20B0': {'capacity': 1, 'used': 1}}


def test_a_query_for_several_devices_has_one_mapping_for_each_host():
    found = host(in_placement=True)
    [request], _, _ = realistic_placement.Placement([found]).answer(
        query(_={'VCPU': 4}, a=GPU, b=GPU))
    one, two, *_ = gpus(found)
    assert request['mappings'] == {'': [found.uuid], 'a': [one], 'b': [two]}


def test_a_host_with_too_few_devices_is_no_candidate():
    found = host(in_placement=True)
    groups = {f'g{number}': GPU for number in range(len(gpus(found)) + 1)}
    assert realistic_placement.Placement([found]).answer(
        query(_={'VCPU': 4}, **groups))[:2] == ([], {})


# Figures

def answer(step, processor, digest='same', **more):
    return {'step': step, 'processor': processor, 'digest': digest,
            'peak_kb': 2048, **more}


NOVA = [[answer(0, 4.0)], [answer(step, 2.0, peak_kb=4096)
                           for step in (1, 2, 3)]]
OURS = [[answer(0, 5.0)], [
    answer(1, 0.1, collecting=0.05, weigher=0.02, PciPassthroughFilter=0.01),
    answer(2, 0.3, 'other', weigher=0.04, PciPassthroughFilter=0.02),
    answer(9, 0.2, weigher=0.03)]]
SIZE = {'kind': 'in Placement', 'hosts': 10, 'pools': 4,
        'sides': {'nova': NOVA, 'ours': OURS}}


def test_figures_of_one_side():
    found = realistic_table.figures(OURS)
    assert (found.calls, found.median, found.first, found.weigher) == (
        3, 200.0, 5000.0, 30.0)
    assert found.pci == pytest.approx(30.0)
    assert found.p95 == pytest.approx(290.0)
    assert found.collecting == pytest.approx(0.05 / 0.6)
    assert found.peak_mb == 2.0


def test_only_answers_to_one_request_are_compared():
    assert realistic_table.differing(SIZE['sides'], 'ours') == (2, 1)


def test_the_worst_size_is_named():
    better = {**SIZE, 'hosts': 11, 'sides': {
        'nova': NOVA, 'ours': [OURS[0], OURS[1][:1]]}}
    assert realistic_table.worst([better, SIZE]) == (
        'worst: 10.0 times, ours, 10 hosts, 4 pools, in Placement')


# All of it

def test_a_small_run(tmp_path):
    output = tmp_path / 'realistic.json'
    # Nova's configuration is read once in a process.
    ended = subprocess.run([
        sys.executable, '-W', 'ignore', '-m', 'benchmarks.realistic',
        '--hosts', '20', '--pools', '16', '--kinds', 'in Placement',
        '--requests', '3', '--nova-requests', '3', '--warm-up', '1',
        '--fresh', '1', '--database', 'sqlite', '--output', str(output)],
        stdout=subprocess.PIPE, text=True, check=True,
        cwd=pathlib.Path(__file__).parents[3])
    [size] = json.loads(output.read_text())['sizes']
    assert {name: (len(fresh), len(steady)) for name, (fresh, steady)
            in size['sides'].items()} == dict.fromkeys(
                ('nova', 'ours', 'ours on one mapping'), (1, 3))
    for name in ('ours', 'ours on one mapping'):
        assert realistic_table.differing(size['sides'], name) == (3, 0)
    assert 'worst: ' in ended.stdout
