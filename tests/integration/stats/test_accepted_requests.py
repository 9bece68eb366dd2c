# SPDX-License-Identifier: Apache-2.0

"""Pools, and the instances that were accepted on them."""

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.stats.accepted_requests import AcceptedRequests
from nova_pci_ext.stats.device_pools import DevicePools
from tests.pci_hosts import asked
from tests.pci_hosts import request

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
