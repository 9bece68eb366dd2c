# SPDX-License-Identifier: Apache-2.0

"""What a query to Placement asks for in the place of all devices."""

import pytest
from nova import objects
from nova.scheduler import utils

from nova_pci_ext.model.provider import Term
from nova_pci_ext.scheduler import offers
from nova_pci_ext.scheduler import query
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


def summary(root, used, **more):
    return {'root_provider_uuid': root, 'traits': [], 'resources': {
        name: {'capacity': capacity, 'used': used}
        for name, capacity in more.items()}}


def test_units_of_devices_that_are_not_asked_for_come_back():
    """A host is offered whatever its devices are used for."""
    asked = wanted(nova_hosts.asked(V100, alias='a', request_id='r1'))
    name = TERMS['V100'].resource_class
    rest = {'allocations': {'root': {'resources': {'VCPU': 1}},
                            'shared': {'resources': {'DISK_GB': 1}}},
            'mappings': {'': ['root', 'shared']}}
    plain = {'allocations': {'other': {'resources': {'VCPU': 1}}},
             'mappings': {'': ['other']}}
    found = offers.beside([rest, plain], {
        'root': summary('root', 1, VCPU=8), 'gpu': summary('root', 1, **{
            name: 1}), 'drained': summary('root', 1, **{name: 0}),
        'shared': summary('shared', 1, DISK_GB=9),
        'other': summary('other', 1, VCPU=8)}, asked)
    assert found == {'root': [rest]}
    (offer,) = found['root']
    assert {uuid: dict(each.free) for uuid, each in
            offer.tree.providers.items()} == {
        'gpu': {name: 0}, 'drained': {name: -1}}
    for reserved, left in ((True, 1), (False, 0)):
        more = offers.with_units(offer, {'gpu': 1, 'drained': 1, 'gone': 1},
                                 reserved=reserved)
        assert {uuid: dict(each.free) for uuid, each in
                more.tree.providers.items()} == {
            'gpu': {name: 1}, 'drained': {name: left}}
    assert (more, more.wanted, more.tree.root) == (rest, asked, 'root')


def asked_of_placement(*groups, **resources):
    found = utils.ResourceRequest()
    found._rg_by_id = {'': objects.RequestGroup(
        use_same_provider=False, resources=resources), **{
            name: objects.RequestGroup(requester_id=name, resources={
                TERMS['V100'].resource_class: 1}) for name in groups}}
    return found


def test_the_query_for_all_but_the_devices():
    request = nova_hosts.asked(V100, count=2, alias='a', request_id='r1')
    whole = asked_of_placement('r1-0', 'r1-1', VCPU=1)
    query.reduce(whole, [request])
    for resources in (whole, asked_of_placement('r1-0', 'r1-1', VCPU=1)):
        found, left_out = query.without_devices(resources, [request])
        assert list(found._rg_by_id) == ['']
        assert not hasattr(found, query._ATTRIBUTE)
        assert left_out.anchor == 'r1-0'
    assert query.without_devices(
        asked_of_placement(VCPU=1), [request]) is None
    assert query.without_devices(asked_of_placement('r1-0'), [request]) is None
