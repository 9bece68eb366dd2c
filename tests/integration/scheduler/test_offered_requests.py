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


def test_equal_requests_of_all_hosts_are_read_once(asked, offer):
    """Whatever Placement chose for others: nothing else is asked then."""
    requests = read([asked])
    elsewhere = offers.Offer(
        {'allocations': {}, 'mappings': {'': ['other root']}}, offer.wanted,
        offer.tree, list)
    assert requests.ask(offer, None) is requests.ask(elsewhere, None)
    assert requests.ask(offer, None) is not requests.ask(
        offer, None, with_terms=False)


def test_a_port_of_another_pf_is_another_request(asked, offer, monkeypatch):
    """Placement chooses the PF of a port with a minimum bandwidth."""
    names = {'bandwidth 1': 'ens1', 'bandwidth 2': 'ens2'}
    port = objects.InstancePCIRequest(
        count=1, spec=[{'physical_network': 'physnet1'}], requester_id='p1',
        request_id='r2')
    requests = OfferedRequests([asked, port], novaobj.ServerRequests(
        [asked, port], names.get))

    def tags(provider):
        found = requests.ask(offers.Offer(
            {'allocations': {}, 'mappings': {'p1': [provider]}},
            offer.wanted, offer.tree, list), None).requests
        return dict(found[1].alternatives[0].tags)
    assert tags('bandwidth 1')['parent_ifname'] == 'ens1'
    assert tags('bandwidth 2')['parent_ifname'] == 'ens2'
