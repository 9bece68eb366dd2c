# SPDX-License-Identifier: Apache-2.0

import dataclasses

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.binding import profile
from nova_pci_ext.model.address import PciAddress
from tests import hand_over
from tests.hand_over import PF
from tests.hand_over import PF_MAC
from tests.hand_over import VF

IDENTITY = {'pci_vendor_info': '8086:10ca', 'pci_slot': '0000:81:10.2',
            'physical_network': 'physnet1'}
VF_IDENTITY = {'pf_mac_address': PF_MAC, 'vf_num': 1}


@pytest.mark.parametrize('claimed, pf_mac, expected', [
    pytest.param(
        VF, PF_MAC, {**IDENTITY, **VF_IDENTITY, 'capabilities': ['rx', 'tx']},
        id='a VF'),
    pytest.param(
        dataclasses.replace(VF, serial='S1', capabilities=()), PF_MAC,
        {**IDENTITY, **VF_IDENTITY, 'card_serial_number': 'S1',
         'capabilities': []},
        id='a VF of a card with a serial number'),
    pytest.param(
        dataclasses.replace(VF, capabilities=()), None,
        {**IDENTITY, 'capabilities': []},
        id='a VF number means nothing without the MAC of the PF'),
    pytest.param(
        dataclasses.replace(VF, capabilities=(), vf_index=None), PF_MAC,
        {**IDENTITY, 'capabilities': []}, id='nor the MAC without the number'),
    pytest.param(
        PF, None,
        {'pci_vendor_info': '8086:10c9', 'pci_slot': '0000:81:00.0',
         'physical_network': 'physnet1', 'device_mac_address': PF_MAC},
        id='a PF gives its MAC to the port'),
    pytest.param(
        dataclasses.replace(PF, mac=None), None,
        {'pci_vendor_info': '8086:10c9', 'pci_slot': '0000:81:00.0',
         'physical_network': 'physnet1'}, id='a PF without a MAC'),
    pytest.param(
        hand_over.VDPA, PF_MAC,
        {'pci_vendor_info': '15b3:101e', 'pci_slot': '0000:81:10.2',
         'physical_network': 'physnet1'}, id='a vDPA device'),
])
def test_what_is_written(claimed, pf_mac, expected):
    assert profile.write_profile(claimed, 'physnet1', pf_mac) == expected


@pytest.mark.parametrize('given_back, expected', [
    pytest.param(False, {'trusted': 'true', 'zone_host': 'compute1'},
                 id='a shelved server keeps what was granted'),
    pytest.param(True, {'zone_host': 'compute1'},
                 id='a port that is given back loses it'),
])
def test_nothing_of_the_device_stays(given_back, expected):
    before = {**profile.write_profile(VF, 'physnet1', PF_MAC),
              'card_serial_number': 'S1', 'device_mac_address': PF_MAC,
              'allocation': {}, 'arq_uuid': 'a', 'trusted': 'true',
              'zone_host': 'compute1'}
    assert profile.clear_profile(before, given_back) == expected


def test_another_device_leaves_nothing_of_the_first():
    offload = profile.write_profile(hand_over.OFFLOAD_VF, 'physnet1', PF_MAC)
    written = profile.write_profile(VF, 'physnet2', PF_MAC)
    before = {**offload, 'allocation': {'a': 'rp'}, 'trusted': 'true'}
    assert profile.replace_device(before, written) == {
        **written, 'allocation': {'a': 'rp'}, 'trusted': 'true'}


def test_a_port_that_names_its_device():
    profile.check_profile('p', IDENTITY, [VF.address])


OTHER = PciAddress.parse('0000:81:10.4')


@pytest.mark.parametrize('found, claimed, expected', [
    pytest.param({'pci_slot': '0000:81:10.2'}, [OTHER],
                 "expected 0000:81:10.4, which was claimed for this port, "
                 "got '0000:81:10.2'", id='another device'),
    pytest.param({}, [OTHER],
                 'expected 0000:81:10.4, which was claimed for this port, '
                 'got None', id='no device'),
    pytest.param({'pci_slot': '0000:81:10.2'}, [],
                 "expected nothing, which was claimed for this port, "
                 "got '0000:81:10.2'", id='a device that nobody claimed'),
])
def test_a_port_that_names_another_device(found, claimed, expected):
    with pytest.raises(exceptions.BindingError) as caught:
        profile.check_profile('p', found, claimed)
    assert str(caught.value) == (
        f'port p: profile.pci_slot: {expected} (set by Nova)')
