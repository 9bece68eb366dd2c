# SPDX-License-Identifier: Apache-2.0

import dataclasses

import pytest

from nova_pci_ext.binding import link_keys
from nova_pci_ext.binding import vif_details
from nova_pci_ext.model.binding import BoundPort
from tests import hand_over

VALUES = {'macvtap_mode': 'vepa', 'managerid': 1, 'typeid': 2,
          'typeidversion': 3, 'instanceid': hand_over.PORT_ID,
          'profileid': 'tenant-8'}
QBG = ['instanceid', 'managerid', 'typeid', 'typeidversion']
KINDS = [(vif_type, vnic_type)
         for vif_type, readers in vif_details.READERS.items()
         for vnic_type in readers]
HAVE = {
    ('hw_veb', 'macvtap'): ['macvtap_mode'],
    ('macvtap', 'normal'): ['macvtap_mode'],
    ('802.1qbg', 'normal'): QBG,
    ('802.1qbg', 'macvtap'): QBG,
    ('802.1qbh', 'direct'): ['profileid'],
    ('802.1qbh', 'macvtap'): ['macvtap_mode', 'profileid'],
}


def port(vif_type='hw_veb', vnic_type='macvtap', **values):
    return BoundPort(port_id='p', mac=hand_over.MAC, vnic_type=vnic_type,
                     vif_type=vif_type, vif_details={'vlan': '0'},
                     profile={'pci_slot': '0000:81:10.2', **values})


def test_every_key_is_tried():
    assert set(VALUES) == link_keys.LINK_KEYS


@pytest.mark.parametrize('vif_type, vnic_type', KINDS)
def test_each_kind_has_its_own_keys(vif_type, vnic_type):
    assert link_keys.unused(port(vif_type, vnic_type, **VALUES)) == sorted(
        set(VALUES) - set(HAVE.get((vif_type, vnic_type), ())))


def test_a_null_says_nothing():
    given = port(macvtap_mode=None, profileid='tenant-7')
    assert link_keys.link_of(given) == {'profileid': 'tenant-7'}
    assert link_keys.unused(port(macvtap_mode=None)) == []


def test_details_are_completed_and_the_port_is_as_before():
    given = dataclasses.replace(
        port(macvtap_mode='vepa'),
        vif_details={'vlan': '7', 'macvtap_mode': 'bridge'})
    assert link_keys.completed_details(given) == {
        'vlan': '7', 'macvtap_mode': 'vepa'}
    assert given.vif_details == {'vlan': '7', 'macvtap_mode': 'bridge'}
