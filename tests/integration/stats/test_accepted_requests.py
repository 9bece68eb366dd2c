# SPDX-License-Identifier: Apache-2.0

"""Pools, and the instances that were accepted on them."""

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.stats.accepted_requests import AcceptedRequests
from nova_pci_ext.stats.device_pools import DevicePools
from tests.pci_hosts import asked
from tests.pci_hosts import request
from tests.set_hosts import constraint

pytestmark = pytest.mark.nova

LIMIT = 1000


def accepting(count, provider=None):
    pool = {'vendor_id': '8086', 'product_id': '0001', 'numa_node': 0,
            'dev_type': 'type-VF', 'address': '0000:81:00.0', 'count': count}
    if provider:
        pool['rp_uuid'] = provider
    return AcceptedRequests(DevicePools([pool]))


def ask(count, providers=()):
    return demands.Ask(requests=(
        request('r', count, asked('0001'), providers=providers),))


def test_what_is_accepted_leaves_the_copies_only():
    accepted = accepting(3)
    assert accepted.accept(ask(2), LIMIT)
    assert [pool['count'] for pool in accepted.pools] == [1]
    assert [pool.free for pool in accepted.remaining()] == [1]
    assert [pool.free for pool in accepted.compiled()] == [3]


def test_what_does_not_fit_changes_nothing():
    accepted = accepting(3)
    assert accepted.accept(ask(2), LIMIT)
    before = accepted.pools
    assert not accepted.accept(ask(2), LIMIT)
    assert accepted.pools is before
    assert accepted.accept(ask(1), LIMIT)
    assert accepted.pools == []


def test_units_of_each_provider():
    accepted = accepting(3, 'rp')
    assert accepted.units() == {}
    assert accepted.accept(ask(2, ('rp', 'rp')), LIMIT)
    assert accepted.units() == {'rp': 2}


def vf_pool(number, count, product='0001'):
    return {'vendor_id': '8086', 'product_id': product, 'numa_node': 0,
            'dev_type': 'type-VF', 'address': f'0000:8{number}:00.0',
            'count': count}


def with_set(rule, count, product=None):
    return demands.Ask(
        requests=(request('r', count, asked(product)),),
        constraints=(constraint(rule, 'pf', (0,)),))


def test_servers_with_sets_fill_a_host():
    accepted = AcceptedRequests(DevicePools(
        [vf_pool(number, 8) for number in range(4)]))
    ask = with_set(SetRule.DISTINCT, 2)
    taken = 0
    while accepted.fits_beside(ask, LIMIT):
        assert accepted.accept(ask, LIMIT)
        taken += 1
    assert taken == 16
    assert not accepted.accept(ask, LIMIT)
    assert accepted.pools == []


def test_earlier_servers_give_way_where_all_can_be_served():
    accepted = AcceptedRequests(DevicePools(
        [vf_pool(0, 2), vf_pool(1, 2, '0002')]))
    assert accepted.accept(with_set(SetRule.SAME, 2), LIMIT)
    assert [pool['product_id'] for pool in accepted.pools] == ['0002']
    wanted = with_set(SetRule.SAME, 2, '0001')
    assert not accepted.fits_beside(wanted, LIMIT)
    assert accepted.accept(wanted, LIMIT)
    assert accepted.pools == []


def test_without_sets_all_are_decided_together():
    accepted = accepting(3)
    assert accepted.accept(ask(1), LIMIT)
    assert not accepted.fits_beside(ask(1), LIMIT)
