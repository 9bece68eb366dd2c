# SPDX-License-Identifier: Apache-2.0

import pytest
from neutronclient.common import exceptions as client_errors

from nova_pci_ext import exceptions
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.bookkeeping import neutron_book

pytestmark = pytest.mark.nova

DIRECT = {'id': 'b', 'device_id': 'server', 'binding:host_id': 'h',
          'binding:vnic_type': 'direct', 'binding:vif_type': 'hw_veb',
          'revision_number': 7,
          'binding:profile': {'pci_slot': '0000:81:02.3',
                              'pci_vendor_info': '8086:154c'}}
NORMAL = {'id': 'c', 'binding:vnic_type': 'normal'}
LEFT = {'id': 'a', 'binding:vnic_type': 'normal', 'device_id': None,
        'binding:profile': {'pci_slot': '0000:81:02.2'}}


class Neutron:
    """Answers with ports, and remembers what it was asked."""

    def __init__(self, *ports):
        self.ports = ports
        self.asked = []

    def list_ports(self, fields, **filters):
        """Answer."""
        self.asked.append(filters)
        return {'ports': list(self.ports)}


def test_ports_that_take_or_name_a_device_are_read():
    neutron = Neutron(NORMAL, DIRECT, LEFT)
    assert neutron_book.read(neutron, 'h') == (
        Port(id='a', vnic_type='normal', slot='0000:81:02.2'),
        Port(id='b', instance='server', host='h', vnic_type='direct',
             vif_type='hw_veb', slot='0000:81:02.3', ids='8086:154c',
             revision=7))
    assert neutron.asked == [{'binding:host_id': 'h'}]
    neutron_book.read(neutron, None)
    assert neutron.asked[1:] == [{}]


def test_named_ports_are_asked_for_in_parts(monkeypatch):
    monkeypatch.setattr(neutron_book, '_MANY', 2)
    neutron = Neutron(NORMAL)
    neutron_book.read_named(neutron, {'x', 'y', 'z'})
    assert neutron.asked == [{'id': ['x', 'y']}, {'id': ['z']}]


def test_no_answer_is_said():
    class Down:
        def list_ports(self, **_):
            raise client_errors.ConnectionFailed

    with pytest.raises(exceptions.DiscoveryError) as caught:
        neutron_book.read(Down(), None)
    assert str(caught.value) == 'Neutron: no answer (ConnectionFailed)'
