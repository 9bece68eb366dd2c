# SPDX-License-Identifier: Apache-2.0

"""Claims that follow an allocation."""

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.model.provider import Provider
from nova_pci_ext.stats import followed
from tests import pci_hosts
from tests.nova_hosts import asked

pytestmark = pytest.mark.nova

A, B = '0000:41:00.0', '0000:42:00.0'
SPEC = {'vendor_id': '8086', 'product_id': '0001'}
CLASS = 'CUSTOM_PCI_8086_0001'
POOLS = (pci_hosts.vfs(A, 2, provider='rp-a'),
         pci_hosts.vfs(B, 2, provider='rp-b'))


def bound(holding, count=2, providers=('old',)):
    requests = [asked(SPEC, count=count, request_id='r')]
    ask = demands.Ask(requests=(pci_hosts.request(
        'r', count, pci_hosts.asked('0001'), providers=providers),))
    with followed.following(holding):
        found = followed.bind(ask, requests, POOLS)
    return found.requests[0].providers


@pytest.mark.parametrize(('holding', 'providers'), [
    (None, ('old',)),
    ({}, ()),
    ({'rp-a': 1, 'rp-b': 1}, ('rp-a', 'rp-b')),
    ({'rp-b': 2}, ('rp-b', 'rp-b')),
    ({'rp-x': 2}, ('rp-x', 'rp-x')),
], ids=['unknown', 'nothing', 'one of each', 'two of one',
        'of what is not here'])
def test_providers_of_a_claim(holding, providers):
    if holding:
        holding = {uuid: Provider(uuid=uuid, free={CLASS: count})
                   for uuid, count in holding.items()}
    assert sorted(bound(holding)) == sorted(providers)


def test_a_thread_follows_nothing_afterwards():
    assert not followed.is_followed()
    with followed.following({}):
        assert followed.is_followed()
        with followed.following(None):
            assert not followed.is_followed()
    assert not followed.is_followed()
