# SPDX-License-Identifier: Apache-2.0

"""The PCI requests of a server beside what Placement offers on a host."""

import pytest
from nova import objects

from nova_pci_ext import novaobj
from nova_pci_ext.model.provider import Provider
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.scheduler import offers
from nova_pci_ext.scheduler.offered_requests import OfferedRequests
from tests import nova_hosts

pytestmark = pytest.mark.nova

V100 = {'vendor_id': '10de', 'product_id': '1db6'}
CLASS = 'CUSTOM_PCI_10DE_1DB6'
REST = {'allocations': {'root': {'resources': {'VCPU': 1}}},
        'mappings': {'': ['root']}}


@pytest.fixture
def asked():
    objects.register_all()
    return nova_hosts.asked(V100, count=2, alias='a', request_id='r1')


@pytest.fixture
def offer(asked):
    tree = offers.Tree(root='root', providers={
        uuid: Provider(uuid=uuid, free={CLASS: count}, traits=frozenset())
        for uuid, count in (('one', 1), ('two', 2))})
    return offers.Offer(REST, offers.want({'r1': asked}), tree, list)


def read(asked):
    return OfferedRequests(asked, novaobj.ServerRequests(
        asked, qos_interfaces.INTERFACES.of))


def test_what_was_chosen_is_written_beside_the_rest(asked, offer):
    assert read([asked]).complete(
        offer, {'0': ('one', 'two')}) == {
            'allocations': {**REST['allocations'],
                            'one': {'resources': {CLASS: 1}},
                            'two': {'resources': {CLASS: 1}}},
            'mappings': {'': ['root'], 'r1-0': ['one'], 'r1-1': ['two']}}
    assert dict(offer) == REST


def test_units_of_one_provider_are_added(asked, offer):
    assert read([asked]).complete(
        offer, {'0': ('two', 'two')})['allocations']['two'] == {
            'resources': {CLASS: 2}}


def test_a_request_is_asked_of_what_placement_gives(asked, offer):
    requests = read([asked])
    (offered,) = requests.ask(offer, None).requests
    (plain,) = requests.ask(offer, None, with_terms=False).requests
    assert (offered.request_id, offered.count) == ('0', 2)
    assert offered.alternatives != plain.alternatives
    assert (offered.providers, plain.providers) == ((), ())
