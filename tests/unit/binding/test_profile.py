# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.binding import profile
from nova_pci_ext.model.address import PciAddress
from tests import hand_over
from tests.hand_over import VF


@pytest.mark.parametrize('given_back, expected', [
    pytest.param(False, {'trusted': 'true', 'zone_host': 'compute1'},
                 id='a shelved server keeps what was granted'),
    pytest.param(True, {'zone_host': 'compute1'},
                 id='a port that is given back loses it'),
])
def test_nothing_of_the_device_stays(given_back, expected):
    before = {**hand_over.write_profile(VF, 'physnet1'),
              'card_serial_number': 'S1',
              'device_mac_address': hand_over.PF_MAC,
              'allocation': {}, 'arq_uuid': 'a', 'trusted': 'true',
              'zone_host': 'compute1'}
    assert profile.clear_profile(before, given_back) == expected


def test_another_device_leaves_nothing_of_the_first():
    offload = hand_over.write_profile(
        hand_over.OFFLOAD_VF, 'physnet1')
    written = hand_over.write_profile(VF, 'physnet2')
    before = {**offload, 'allocation': {'a': 'rp'}, 'trusted': 'true'}
    assert profile.replace_device(before, written) == {
        **written, 'allocation': {'a': 'rp'}, 'trusted': 'true'}


def test_a_port_that_names_its_device():
    profile.check_profile('p', {'pci_slot': '0000:81:10.2'}, [VF.address])


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
