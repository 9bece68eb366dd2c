# SPDX-License-Identifier: Apache-2.0

"""Answers that Nova 34 gets wrong, each with the right one.

Every row was reproduced on the in-tree classes.  Both sides are asked: the
scheduler with published pools, the compute with devices.
"""

import pytest
from nova import exception

from nova_pci_ext import stats
from nova_pci_ext.scheduler import filters
from tests import nova_hosts
from tests.nova_hosts import asked
from tests.nova_hosts import device
from tests.nova_hosts import family

pytestmark = pytest.mark.nova

VF = {'vendor_id': '8086', 'product_id': '0001', 'dev_type': 'type-VF'}
PF = {'vendor_id': '8086', 'product_id': '00ff', 'dev_type': 'type-PF'}
X = {'vendor_id': '8086', 'product_id': '000a'}
Y = {'vendor_id': '8086', 'product_id': '000b'}


def state(compute):
    """Everything that a refused claim must leave as it was."""
    return [(dict(pool, devices=None), [
        (dev.address, dev.request_id) for dev in pool['devices']])
        for pool in compute.pools]


def assert_fits(compute, requests, cells=None):
    """Scheduler says yes, compute hands out what was asked."""
    scheduler = nova_hosts.scheduler_stats(compute)
    assert scheduler.support_requests(requests, {}, cells)
    scheduler.apply_requests(requests, {}, cells)
    devices = compute.consume_requests(requests, cells)
    assert [dev.request_id for dev in devices] == [
        request.request_id for request in requests
        for _ in range(request.count)]
    return devices


def assert_refused(compute, requests, cells=None):
    """Scheduler says no, and a claim changes nothing."""
    scheduler = nova_hosts.scheduler_stats(compute)
    assert not scheduler.support_requests(requests, {}, cells)
    with pytest.raises(exception.PciDeviceRequestFailed):
        scheduler.apply_requests(requests, {}, cells)
    before = state(compute)
    with pytest.raises(exception.PciDeviceRequestFailed):
        compute.consume_requests(requests, cells)
    assert state(compute) == before


@pytest.mark.parametrize('turn', [1, -1], ids=['A first', 'B first'])
def test_x_or_y_leaves_the_only_x_to_who_needs_it(turn):
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', product='000a'),
        device('0000:02:00.0', 'type-PCI', product='000b')])
    either = asked(X, Y, alias='A')
    only = asked(X, alias='B')
    devices = assert_fits(compute, [either, only][::turn])
    got = {dev.request_id: dev.product_id for dev in devices}
    assert got == {either.request_id: '000b', only.request_id: '000a'}


@pytest.mark.parametrize('turn', [1, -1])
def test_an_untrusted_port_leaves_the_only_trusted_vf(turn):
    compute = nova_hosts.compute_stats(
        [device('0000:01:00.1', parent='0000:01:00.0'),
         device('0000:02:00.1', parent='0000:02:00.0')],
        [{'address': '0000:01:00.*', 'physical_network': 'p1',
          'trusted': 'true'},
         {'address': '0000:02:00.*', 'physical_network': 'p1'}])
    any_vf = asked({'physical_network': 'p1'}, alias=None)
    trusted = asked({'physical_network': 'p1', 'trusted': 'true'},
                    alias=None)
    devices = assert_fits(compute, [any_vf, trusted][::turn])
    assert {dev.request_id: dev.address for dev in devices} == {
        any_vf.request_id: '0000:02:00.1',
        trusted.request_id: '0000:01:00.1'}


@pytest.mark.parametrize('policy, vf_node', [
    ('preferred', 1), ('legacy', None), ('socket', 1)])
@pytest.mark.parametrize('unasked', ['type-PF', 'vdpa'])
def test_unasked_types_do_not_count_as_near(policy, vf_node, unasked):
    near = device('0000:81:00.0' if unasked == 'type-PF' else '0000:82:01.0',
                  unasked, numa=0,
                  parent=None if unasked == 'type-PF' else '0000:82:00.0')
    compute = nova_hosts.compute_stats(
        [near, device('0000:81:01.0', numa=vf_node, parent='0000:81:00.0')],
        numa_topology=nova_hosts.topology(0, 0))
    requests = [asked({'vendor_id': '8086', 'product_id': '0001'},
                      policy=policy)]
    devices = assert_fits(compute, requests, nova_hosts.cells(0))
    assert [dev.address for dev in devices] == ['0000:81:01.0']


@pytest.mark.parametrize('policy', ['legacy', 'preferred'])
@pytest.mark.parametrize('turn', [1, -1])
def test_a_lax_policy_leaves_the_near_device_to_a_strict_one(policy, turn):
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', numa=0),
        device('0000:02:00.0', 'type-PCI', numa=None)])
    spec = {'vendor_id': '8086', 'product_id': '0001'}
    lax = asked(spec, policy=policy)
    strict = asked(spec, policy='required')
    devices = assert_fits(compute, [lax, strict][::turn],
                          nova_hosts.cells(0))
    assert {dev.request_id: dev.numa_node for dev in devices} == {
        lax.request_id: None, strict.request_id: 0}


def test_preferred_takes_the_far_provider_that_placement_chose():
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', numa=0, provider='rp-near'),
        device('0000:02:00.0', 'type-PCI', numa=1, provider='rp-far')])
    request = asked({'vendor_id': '8086', 'product_id': '0001'},
                    policy='preferred')
    scheduler = nova_hosts.scheduler_stats(compute)
    assert scheduler.support_requests(
        [request], {f'{request.request_id}-0': ['rp-far']},
        nova_hosts.cells(0))


def test_a_provider_in_two_pools_refuses_nobody():
    devices = family('0000:81:00.0', 2, child_provider='rp-81')
    compute = nova_hosts.compute_stats(
        [*devices[1:], device('0000:01:00.0', 'type-PCI', product='000a',
                              provider='rp-01')],
        [{'address': '0000:81:01.0', 'managed': 'yes'},
         {'address': '0000:81:01.1', 'managed': 'no'},
         {'address': '0000:01:00.0'}])
    unrelated = asked(X)
    both = asked(VF, count=2)
    mapping = {f'{unrelated.request_id}-0': ['rp-01'],
               f'{both.request_id}-0': ['rp-81'],
               f'{both.request_id}-1': ['rp-81']}
    scheduler = nova_hosts.scheduler_stats(compute)
    assert scheduler.support_requests([unrelated, both], mapping)


def test_capability_type_of_an_alias_is_no_tag():
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', product='000a')])
    assert_fits(compute, [asked(dict(X, capability_type='pci'))])


def test_a_pf_and_a_vf_of_it_exclude_each_other():
    compute = nova_hosts.compute_stats(family('0000:81:00.0', 4))
    assert_refused(compute, [asked(PF), asked(VF)])
    # The idle host still serves either.
    assert_fits(compute, [asked(VF)])


def test_five_vfs_and_a_pf_do_not_fit_two_pfs_of_four_vfs():
    devices = family('0000:81:00.0', 4) + family('0000:82:00.0', 4)
    compute = nova_hosts.compute_stats(devices)
    assert_refused(compute, [asked(VF, count=5), asked(PF)])
    assert_fits(compute, [asked(VF, count=4), asked(PF)])


def test_multi_create_stops_at_what_fits():
    compute = nova_hosts.compute_stats(
        family('0000:81:00.0', 4) + family('0000:82:00.0', 4))
    scheduler = nova_hosts.scheduler_stats(compute)
    for _ in range(4):
        scheduler.apply_requests([asked(VF)], {})
    scheduler.apply_requests([asked(PF)], {})
    assert not scheduler.support_requests([asked(VF)], {})
    assert not scheduler.support_requests([asked(PF)], {})


def test_multi_create_does_not_depend_on_the_order():
    # An eager choice for the first instance would take the only X.
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', product='000a'),
        device('0000:02:00.0', 'type-PCI', product='000b')])
    scheduler = nova_hosts.scheduler_stats(compute)
    scheduler.apply_requests([asked(X, Y)], {})
    assert scheduler.support_requests([asked(X)], {})
    scheduler.apply_requests([asked(X)], {})
    assert scheduler.pools == []


def test_a_claim_with_a_missing_provider_is_refused():
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', provider='rp-1'),
        device('0000:02:00.0', 'type-PCI', provider='rp-2', numa=1)])
    request = asked(dict(VF, dev_type='type-PCI', rp_uuids='rp-1,rp-2'),
                    count=2, policy='required')
    assert_refused(compute, [request], nova_hosts.cells(0))


@pytest.mark.parametrize('tag, value, wanted', [
    ('trusted', True, 'true'), ('physical_network', 5, '5')])
def test_scheduler_and_compute_read_json_values_alike(tag, value, wanted):
    compute = nova_hosts.compute_stats(
        family('0000:81:00.0', 1)[1:], [{'address': '*:*:*.*', tag: value}])
    assert_fits(compute, [asked({tag: wanted}, alias=None)])


def test_a_tag_does_not_replace_the_device_s_numa_node():
    class Entry:
        def get_tags(self):
            return {'numa_node': '1'}

    class Lax:
        """A device_spec that nobody checked."""

        def get_devspec(self, dev):
            return Entry()

    compute = stats.PciDeviceStats(nova_hosts.topology(0, 1),
                                   dev_filter=Lax())
    compute.add_device(device('0000:01:00.0', 'type-PCI', product='000a'))
    assert_fits(compute, [asked(X, policy='required')], nova_hosts.cells(0))


@pytest.mark.parametrize('count', [0, -1])
def test_fewer_than_one_device_is_refused(count):
    compute = nova_hosts.compute_stats(family('0000:81:00.0', 2))
    assert_refused(compute, [asked(VF, count=count)])
    assert [pool['count'] for pool in compute] == [1, 2]


def test_a_changed_numa_node_moves_the_device():
    dev = device('0000:01:00.0', 'type-PCI', product='000a', numa=0)
    compute = nova_hosts.compute_stats([dev])
    dev.numa_node = 1
    compute.update_device(dev)
    assert_refused(compute, [asked(X)], nova_hosts.cells(0))
    assert_fits(compute, [asked(X)], nova_hosts.cells(1))


def test_an_empty_pool_is_not_published():
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', product='000a'),
        device('0000:02:00.0', 'type-PCI', product='000b')])
    compute.consume_requests([asked(X)])
    assert [pool.product_id
            for pool in compute.to_device_pools_obj().objects] == ['000b']


def test_socket_without_a_topology_takes_the_nodes_of_the_guest_only():
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', product='000a', numa=0)])
    compute.numa_topology = None
    assert_refused(compute, [asked(X, policy='socket')],
                   nova_hosts.cells(1))
    assert_fits(compute, [asked(X, policy='socket')], nova_hosts.cells(0))


def test_no_spec_fits_no_device():
    compute = nova_hosts.compute_stats(family('0000:81:00.0', 2))
    assert_refused(compute, [asked()])


def test_a_request_without_an_id_uses_no_provider():
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', product='000a')])
    request = asked(X)
    request.request_id = None
    scheduler = nova_hosts.scheduler_stats(compute)
    assert scheduler.support_requests([request], {'other-0': ['rp-9']})


def test_a_device_that_is_reported_twice_is_handed_out_once():
    compute = nova_hosts.compute_stats([
        device('0000:01:00.0', 'type-PCI', product='000a')
        for _ in range(2)])
    assert_refused(compute, [asked(X, count=2)])


def test_the_filter_gives_the_right_answers_too():
    compute = nova_hosts.compute_stats(family('0000:81:00.0', 4))
    passed = list(filters.PciPassthroughFilter().filter_all(
        [nova_hosts.host_state('one', nova_hosts.scheduler_stats(compute))],
        nova_hosts.request_spec(asked(PF), asked(VF))))
    assert passed == []
