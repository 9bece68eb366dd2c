# SPDX-License-Identifier: Apache-2.0

"""What a query to Placement asks for in the place of all devices."""

import pytest
from nova import objects

from nova_pci_ext.model.provider import Term
from nova_pci_ext.scheduler import offers
from tests import nova_hosts

pytestmark = pytest.mark.nova

V100 = {'vendor_id': '10de', 'product_id': '1db6'}
A100 = {'vendor_id': '10de', 'product_id': '20b0'}
TERMS = {'V100': Term('CUSTOM_PCI_10DE_1DB6'),
         'A100': Term('CUSTOM_PCI_10DE_20B0')}


@pytest.fixture(autouse=True)
def registered():
    objects.register_all()


def wanted(*requests):
    return offers.want({each.request_id: each for each in requests})


def test_the_anchor_is_the_request_with_the_fewest_entries():
    found = wanted(
        nova_hosts.asked(V100, A100, count=4, alias='a', request_id='r1'),
        nova_hosts.asked(A100, alias='b', request_id='r2'))
    assert (found.anchor, found.asked) == ('r2-0', (TERMS['A100'],))
    assert found.all_terms == set(TERMS.values())


def test_of_as_many_entries_it_is_that_of_the_most_devices():
    found = wanted(
        nova_hosts.asked(V100, count=1, alias='a', request_id='r1'),
        nova_hosts.asked(A100, count=2, alias='b', request_id='r2'))
    assert (found.anchor, found.asked) == ('r2-0', (TERMS['A100'],))


def test_entries_that_mean_the_same_to_placement_are_asked_once():
    found = wanted(nova_hosts.asked(
        V100, {**V100, 'dev_type': 'type-PF'}, alias='a', request_id='r1'))
    assert found.asked == (TERMS['V100'],)


def test_the_device_that_was_asked_is_taken_out_of_an_answer():
    found = wanted(nova_hosts.asked(V100, alias='a', request_id='r1'))
    assert offers.without_anchor({
        'allocations': {'root': {'resources': {'VCPU': 1}},
                        'gpu': {'resources': {'CUSTOM_PCI_10DE_1DB6': 1}}},
        'mappings': {'': ['root'], 'r1-0': ['gpu']}}, found, 'gpu') == {
            'allocations': {'root': {'resources': {'VCPU': 1}}},
            'mappings': {'': ['root']}}
