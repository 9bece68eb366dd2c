# SPDX-License-Identifier: Apache-2.0

"""What is said of a port's link: from Neutron to the guest's XML.

Neutron's macvtap driver, its SR-IOV driver, and the documentation's example
of a driver for 802.1Qbg and 802.1Qbh bind the ports in a real ML2.
"""

import xml.etree.ElementTree as ElementTree

import pytest
from nova import exception
from nova.virt.libvirt import vif as libvirt_vif

from tests import libvirt_tools
from tests.neutron.conftest import create_port

pytestmark = pytest.mark.nova

MODES = ('bridge', 'vepa', 'private', 'passthrough')
DETAILS = {'port_filter': False, 'connectivity': 'l2'}
QBG = {'managerid': 11, 'typeid': 1193047, 'typeidversion': 2}
OTHER_ID = '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'
BY_OPERATOR = {'managerid': '12', 'typeid': '7', 'typeidversion': '3',
               'instanceid': OTHER_ID}


@pytest.fixture(autouse=True, scope='module')
def tools():
    libvirt_tools.require()


def booted(scene, kind, vnic_type, profile=None):
    port = scene(kind, vnic_type, profile=profile)
    port.bind('host-a', port.claim('host-a'))
    return port


def link(port, tmp_path):
    """What the guest's element says of its link, once libvirt takes it."""
    element = port.config()
    assert libvirt_tools.validate(element, tmp_path) == ''
    shown, error = libvirt_tools.define(element, tmp_path)
    assert error is None
    assert libvirt_tools.lost(element, shown) == []
    found = ElementTree.fromstring(element)
    virtualport = found.find('virtualport')
    return (found.get('type'), found.find('source').attrib, None
            if virtualport is None else
            {'type': virtualport.get('type'),
             **virtualport.find('parameters').attrib})


@pytest.mark.parametrize('mode', MODES)
def test_a_mode_of_the_profile_on_a_vf(installed, scene, tmp_path, mode):
    port = booted(scene, 'vlan', 'macvtap', {'macvtap_mode': mode})
    assert port.bound()[1] == 'hw_veb'
    assert link(port, tmp_path) == (
        'direct', {'dev': 'ens1v3', 'mode': mode}, None)
    port.unbind()
    assert port.port()['binding:profile'] == {'macvtap_mode': mode}


def test_no_mode_on_a_vf_is_passthrough(installed, scene, tmp_path):
    port = booted(scene, 'vlan', 'macvtap')
    assert link(port, tmp_path) == (
        'direct', {'dev': 'ens1v3', 'mode': 'passthrough'}, None)


@pytest.mark.parametrize('kind, source', [('vlan', 'ens5.42'),
                                          ('flat', 'ens6')])
def test_the_macvtap_driver_of_neutron_says_bridge(installed, scene, tmp_path,
                                                   kind, source):
    port = booted(scene, kind, 'normal')
    assert port.bound()[1] == 'macvtap'
    assert link(port, tmp_path) == (
        'direct', {'dev': source, 'mode': 'bridge'}, None)


@pytest.mark.parametrize('mode', MODES)
def test_the_profile_goes_before_the_macvtap_driver(installed, scene,
                                                    tmp_path, mode):
    port = booted(scene, 'vlan', 'normal', {'macvtap_mode': mode})
    assert port.bound()[2]['macvtap_mode'] == 'bridge'
    assert link(port, tmp_path) == (
        'direct', {'dev': 'ens5.42', 'mode': mode}, None)


@pytest.mark.parametrize('vnic_type, source', [('macvtap', 'ens1v3'),
                                               ('normal', 'ens3')])
def test_802_1qbg_by_the_driver(installed, scene, tmp_path, vnic_type,
                                source):
    port = booted(scene, 'qbg', vnic_type)
    host, vif_type, details = port.bound()
    assert (host, vif_type) == ('host-a', '802.1qbg')
    assert details == {
        **DETAILS, **QBG, 'instanceid': port.port_id,
        **({'physical_interface': 'ens3'} if vnic_type == 'normal' else {})}
    assert link(port, tmp_path) == (
        'direct', {'dev': source, 'mode': 'vepa'}, {
            'type': '802.1Qbg', 'instanceid': port.port_id,
            **{key: str(value) for key, value in QBG.items()}})


@pytest.mark.parametrize('vnic_type', ['macvtap', 'normal'])
def test_802_1qbg_by_the_profile(installed, scene, tmp_path, vnic_type):
    port = booted(scene, 'qbg', vnic_type, BY_OPERATOR)
    assert link(port, tmp_path)[2] == {'type': '802.1Qbg', **BY_OPERATOR}
    port.move('host-b', port.claim('host-b'))
    assert link(port, tmp_path)[2] == {'type': '802.1Qbg', **BY_OPERATOR}


@pytest.mark.parametrize('profile, profileid', [
    pytest.param({}, 'tenant-7', id='by the driver'),
    pytest.param({'profileid': 'tenant-8'}, 'tenant-8', id='by the profile')])
@pytest.mark.parametrize('vnic_type, kind', [('direct', 'hostdev'),
                                             ('macvtap', 'direct')])
def test_802_1qbh(installed, scene, tmp_path, vnic_type, kind, profile,
                  profileid):
    port = booted(scene, 'qbh', vnic_type, profile)
    assert port.bound() == ('host-a', '802.1qbh', {
        **DETAILS, 'profileid': 'tenant-7'})
    found, _, virtualport = link(port, tmp_path)
    assert (found, virtualport) == (
        kind, {'type': '802.1Qbh', 'profileid': profileid})


def test_nova_alone_takes_no_802_1qbg(installed, scene):
    port = booted(scene, 'qbg', 'macvtap')
    with pytest.raises(TypeError):
        port.written_by(libvirt_vif.LibvirtGenericVIFDriver(None))


@pytest.mark.parametrize('kind, vnic_type, profile, message', [
    pytest.param('vlan', 'macvtap', {'macvtap_mode': 'tunnel'},
                 'profile.macvtap_mode: expected bridge, vepa, private or '
                 "passthrough, got 'tunnel'", id='an unknown mode'),
    pytest.param('vlan', 'direct', {'macvtap_mode': 'bridge'},
                 'profile.macvtap_mode: expected no macvtap_mode for '
                 "vif_type hw_veb and vnic_type direct, got 'bridge'",
                 id='a mode where there is none'),
    pytest.param('qbg', 'macvtap', {'typeid': 1 << 24},
                 'profile.typeid: expected a number from 0 to 16777215, '
                 'got 16777216', id='a typeid that is too high'),
    pytest.param('qbh', 'direct', {'profileid': 'x' * 40},
                 'profile.profileid: expected a port profile of 1 to 39 '
                 f"bytes, got '{'x' * 40}'", id='a long profile id'),
])
def test_what_is_wrong_is_said(installed, scene, kind, vnic_type, profile,
                               message):
    port = booted(scene, kind, vnic_type, profile)
    with pytest.raises(exception.InvalidInput) as caught:
        port.config()
    assert str(caught.value) == (
        f'Invalid input received: port {port.port_id}: {message} '
        '(set by the operator)')


PROFILE = {'binding:profile': {'macvtap_mode': 'bridge'}}


@pytest.mark.parametrize('roles, values, status', [
    ('member,reader', {}, 201),
    ('member,reader', PROFILE, 403),
    ('admin,member,reader', PROFILE, 403),
    ('service', PROFILE, 201)])
def test_who_may_write_a_profile(url, scene, roles, values, status):
    """As Neutron comes; ``test_ml2_2014`` has a policy file."""
    network = scene('vlan', 'normal').network
    assert create_port(url, roles, network, **values) == status
