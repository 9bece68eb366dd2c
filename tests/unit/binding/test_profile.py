# SPDX-License-Identifier: Apache-2.0

import dataclasses

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


LINK = {'macvtap_mode': 'vepa', 'managerid': '11', 'typeid': 1,
        'typeidversion': 2, 'instanceid': hand_over.PORT_ID,
        'profileid': 'tenant-7'}


@pytest.mark.parametrize('given_back', [False, True])
def test_what_is_said_of_the_link_stays_with_the_port(given_back):
    before = {**hand_over.write_profile(VF, 'physnet1'), **LINK}
    assert profile.clear_profile(before, given_back) == LINK
    assert profile.replace_device(before, {}) == LINK


PORT = hand_over.ROWS[-2].port


@pytest.mark.parametrize('key', ['trusted', *LINK])
def test_a_key_of_the_operators_on_a_port_of_a_user(key):
    port = dataclasses.replace(PORT, profile={key: 'bridge', 'zone': 1})
    with pytest.raises(exceptions.BindingError) as caught:
        profile.check_writer(port, 'demo', ['admin', 'service'])
    assert str(caught.value) == (
        f'port {hand_over.PORT_ID}: profile.{key}: expected no {key} on a '
        'port of project demo, which is not in [pci_ext] '
        "port_profile_projects, got 'bridge' (set by the operator)")


@pytest.mark.parametrize('project, projects, written', [
    pytest.param('admin', ['admin'], LINK, id='a project of operators'),
    pytest.param('demo', [], LINK, id="Neutron's policy decides"),
    pytest.param('demo', ['admin'], {'zone_host': 'compute1', 'trusted': None,
                                     'capabilities': ['switchdev']},
                 id='what users may write'),
])
def test_keys_that_may_be_there(project, projects, written):
    profile.check_writer(dataclasses.replace(PORT, profile=written),
                         project, projects)
