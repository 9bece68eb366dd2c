# SPDX-License-Identifier: Apache-2.0

import dataclasses

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.binding import vif_details
from nova_pci_ext.model import binding
from tests import hand_over
from tests.hand_over import MAC
from tests.hand_over import PORT_ID
from tests.hand_over import VF

ROWS = {row.name: row for row in hand_over.ROWS if row.vnic_type}
QBG = binding.QbgParameters(
    managerid=11, typeid=1193047, typeidversion=2,
    instanceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f')
ON_VF = {'mac': MAC, 'address': VF.address}


def hw_veb(**values):
    return binding.HwVeb(**{'vlan': 123, **ON_VF, **values})


@pytest.mark.parametrize('name, expected', [
    ('emulated or paravirtual NIC', None),
    ('PF, by port',
     binding.HostdevPhysical(address=hand_over.PF.address)),
    ('VF on a VLAN network', hw_veb()),
    ('VF on a flat network', hw_veb(vlan=0)),
    ('VF of an InfiniBand card', binding.HostdevPhysical(address=VF.address)),
    ('macvtap on a VF', hw_veb(mode=binding.MacvtapMode.PASSTHROUGH)),
    ('macvtap on a VF, vepa',
     hw_veb(vlan=0, mode=binding.MacvtapMode.VEPA)),
    ('macvtap on a host interface', binding.Macvtap(
        mac=MAC, source='ens2.123', mode=binding.MacvtapMode.BRIDGE,
        physical_interface='ens2', vlan=123)),
    ('802.1Qbg on a VF', binding.Qbg(**ON_VF, parameters=QBG)),
    ('802.1Qbg on a host interface', binding.Qbg(
        mac=MAC, parameters=QBG, physical_interface='ens2')),
    ('802.1Qbh, VF', binding.Qbh(
        **ON_VF, parameters=binding.QbhParameters(profileid='tenant-7'))),
    ('802.1Qbh, macvtap', binding.Qbh(
        **ON_VF, mode=binding.MacvtapMode.PASSTHROUGH,
        parameters=binding.QbhParameters(profileid='tenant-7'))),
    ('vhost-user', binding.VhostUser(
        mac=MAC, socket='/run/vhu/p1', mode=binding.SocketMode.CLIENT)),
    ('vhost-user, socket not named (Snabb)', binding.VhostUser(
        mac=MAC, socket=f'/var/lib/libvirt/qemu/{PORT_ID}.socket',
        mode=binding.SocketMode.SERVER)),
    ('vDPA device', binding.Vdpa(**ON_VF)),
    ('remote-managed VF (DPU)', binding.RemoteManaged(**ON_VF)),
    ('VF with a switchdev representor', binding.Switchdev(**ON_VF)),
    ('virtio-forwarder', binding.VhostUser(
        **ON_VF, socket='/run/vhu/p1', mode=binding.SocketMode.SERVER)),
    ('trusted VF', hw_veb(trusted=True)),
])
def test_each_kind_is_read(name, expected):
    assert ROWS[name].binding == expected


DRIVER = 'set by the Neutron mechanism driver'
SOCKET = 'expected the absolute path of a socket'
INSIDE = "expected a path without '..'"
SHORT = 'expected a path of at most 107 bytes'
INTERFACE = 'expected the name of an interface'
PROFILEID = 'expected a port profile of 1 to 39 bytes'


@pytest.mark.parametrize('name, changed, message', [
    pytest.param(
        'VF on a VLAN network', {'vlan': None},
        'vif_details.vlan: expected a VLAN id from 0 to 4094, but it is '
        f'missing ({DRIVER})', id='hw_veb without a VLAN'),
    pytest.param(
        'VF on a VLAN network', {'vlan': 'green'},
        'vif_details.vlan: expected a VLAN id from 0 to 4094, '
        f"got 'green' ({DRIVER})", id='a VLAN that is not a number'),
    pytest.param(
        'VF on a VLAN network', {'vlan': True},
        'vif_details.vlan: expected a VLAN id from 0 to 4094, '
        f'got True ({DRIVER})', id='true is no VLAN'),
    pytest.param(
        'VF on a VLAN network', {'vlan': '4095'},
        'vif_details.vlan: expected a VLAN id from 0 to 4094, '
        f"got '4095' ({DRIVER})", id='a VLAN that is too high'),
    pytest.param(
        'VF on a VLAN network', {'vlan': -1},
        'vif_details.vlan: expected a VLAN id from 0 to 4094, '
        f'got -1 ({DRIVER})', id='a VLAN below zero'),
    pytest.param(
        'macvtap on a VF', {'macvtap_mode': 'tunnel'},
        'vif_details.macvtap_mode: expected bridge, vepa, private or '
        f"passthrough, got 'tunnel' ({DRIVER})", id='an unknown macvtap mode'),
    pytest.param(
        'macvtap on a host interface', {'macvtap_mode': None},
        'vif_details.macvtap_mode: expected bridge, vepa, private or '
        f'passthrough, but it is missing ({DRIVER})',
        id='an agent that names no macvtap mode'),
    pytest.param(
        'macvtap on a host interface', {'macvtap_source': ''},
        'vif_details.macvtap_source: expected the name of an interface, '
        f"got '' ({DRIVER})", id='an empty macvtap source'),
    pytest.param(
        'macvtap on a host interface', {'physical_interface': 5},
        'vif_details.physical_interface: expected the name of an interface, '
        f'got 5 ({DRIVER})', id='an interface of the wrong type'),
    pytest.param(
        '802.1Qbg on a VF', {'managerid': 256},
        'vif_details.managerid: expected a number from 0 to 255, '
        f'got 256 ({DRIVER})', id='a managerid that is too high'),
    pytest.param(
        '802.1Qbg on a VF', {'typeid': '16777216'},
        'vif_details.typeid: expected a number from 0 to 16777215, '
        f"got '16777216' ({DRIVER})", id='a typeid that is too high'),
    pytest.param(
        '802.1Qbg on a VF', {'typeidversion': None},
        'vif_details.typeidversion: expected a number from 0 to 255, but it '
        f'is missing ({DRIVER})', id='802.1Qbg without a typeidversion'),
    pytest.param(
        '802.1Qbg on a VF', {'instanceid': 'vm-7'},
        f"vif_details.instanceid: expected a UUID, got 'vm-7' ({DRIVER})",
        id='an instanceid that is no UUID'),
    pytest.param(
        '802.1Qbh, VF', {'profileid': None},
        'vif_details.profileid: expected a port profile of 1 to 39 '
        f'bytes, but it is missing ({DRIVER})',
        id='802.1Qbh without a profileid'),
    pytest.param(
        '802.1Qbh, VF', {'profileid': 'x' * 40},
        'vif_details.profileid: expected a port profile of 1 to 39 '
        f"bytes, got '{'x' * 40}' ({DRIVER})",
        id='a profileid that libvirt would cut'),
    pytest.param(
        'vhost-user', {'vhostuser_socket': ''},
        f"vif_details.vhostuser_socket: {SOCKET}, got '' ({DRIVER})",
        id='an empty socket'),
    pytest.param(
        'vhost-user', {'vhostuser_socket': 'run/p1'},
        f"vif_details.vhostuser_socket: {SOCKET}, got 'run/p1' ({DRIVER})",
        id='a relative socket'),
    pytest.param(
        'virtio-forwarder', {'vhostuser_socket': None},
        f'vif_details.vhostuser_socket: {SOCKET}, but it is missing '
        f'({DRIVER})',
        id='a forwarder names its socket itself'),
    pytest.param(
        'vhost-user', {'vhostuser_mode': 'listen'},
        'vif_details.vhostuser_mode: expected client or server, '
        f"got 'listen' ({DRIVER})", id='an unknown vhost-user mode'),
])
def test_bad_vif_details(name, changed, message):
    assert refusal(ROWS[name].port, vif_details=changed) == message


# What no C string, XML document or log line should be given.
HOSTILE = [
    pytest.param('a\x00b', id='NUL'), pytest.param('a\nb', id='newline'),
    pytest.param('a\x1b[2Jb', id='escape'), pytest.param('a\x7f', id='DEL'),
    pytest.param('a\x9b31m', id='C1'), pytest.param('a\udc80', id='surrogate'),
    pytest.param('a\uffff', id='no character'),
]
TEXTS = [
    ('vhost-user', 'vhostuser_socket', '/run/', SOCKET),
    ('virtio-forwarder', 'vhostuser_socket', '/run/', SOCKET),
    ('macvtap on a host interface', 'macvtap_source', 'e', INTERFACE),
    ('macvtap on a host interface', 'physical_interface', 'e', INTERFACE),
    ('802.1Qbg on a host interface', 'physical_interface', 'e', INTERFACE),
    ('802.1Qbh, VF', 'profileid', 'p', PROFILEID),
]


@pytest.mark.parametrize('text', HOSTILE)
@pytest.mark.parametrize('name, key, begin, expected', TEXTS)
def test_hostile_text_is_refused(name, key, begin, expected, text):
    value = begin + text
    assert refusal(ROWS[name].port, vif_details={key: value}) == (
        f'vif_details.{key}: {expected}, got {value!r} ({DRIVER})')


@pytest.mark.parametrize('name, key, value, expected', [
    ('vhost-user', 'vhostuser_socket', '/run/../etc/s', INSIDE),
    ('vhost-user', 'vhostuser_socket', '/run/..', INSIDE),
    ('vhost-user', 'vhostuser_socket', f'/run/{103 * "x"}', SHORT),
    ('vhost-user', 'vhostuser_socket', f'/run/{52 * "é"}', SHORT),
    ('macvtap on a host interface', 'macvtap_source', 'e 1', INTERFACE),
    ('macvtap on a host interface', 'macvtap_source', 'e/1', INTERFACE),
    ('macvtap on a host interface', 'macvtap_source', '..', INTERFACE),
    ('802.1Qbh, VF', 'profileid', 20 * '\xe9', PROFILEID),
])
def test_text_that_would_not_arrive_is_refused(name, key, value, expected):
    assert refusal(ROWS[name].port, vif_details={key: value}) == (
        f'vif_details.{key}: {expected}, got {value!r} ({DRIVER})')


@pytest.mark.parametrize('name, key, value', [
    ('vhost-user', 'vhostuser_socket', '/run/a..b/..c'),
    ('vhost-user', 'vhostuser_socket', f'/run/{102 * "x"}'),
    ('802.1Qbh, VF', 'profileid', 19 * '\xe9' + 'x'),
    ('macvtap on a host interface', 'macvtap_source', 'ens2.123:4'),
])
def test_text_that_arrives_is_taken(name, key, value):
    port = ROWS[name].port
    assert vif_details.read_binding(dataclasses.replace(
        port, vif_details={**port.vif_details, key: value})) is not None


WITH_MAC = [name for name, row in ROWS.items() if not isinstance(
    row.binding, binding.HostdevPhysical)]


@pytest.mark.parametrize('mac', [
    f'{MAC}\n', f'{MAC}\x00', f'{MAC}\udc80', "'/><a b='", '', None,
    'fa:16:3e:10:20', 'fa-16-3e-10-20-30'])
@pytest.mark.parametrize('name', WITH_MAC)
def test_a_bad_mac_is_refused(name, mac):
    port = dataclasses.replace(ROWS[name].port, mac=mac)
    assert refusal(port) == (f'mac_address: expected a MAC address, got '
                             f'{mac!r} (set by Neutron)')


@pytest.mark.parametrize('text', HOSTILE)
def test_a_hostile_address_is_refused(text):
    value = f'0000:81:10.2{text}'
    assert refusal(ROWS['vDPA device'].port, profile={'pci_slot': value}) == (
        f'profile.pci_slot: {NOVA}, got {value!r} (set by Nova)')


def test_a_port_id_that_leads_elsewhere_makes_no_socket():
    port = dataclasses.replace(ROWS['vhost-user'].port, vif_details={},
                               port_id='../../etc/p')
    with pytest.raises(exceptions.BindingError) as caught:
        vif_details.read_binding(vif_details.complete_socket(port, '/run'))
    assert caught.value.key == 'vif_details.vhostuser_socket'


NOVA = 'expected the address of the claimed device'


@pytest.mark.parametrize('name, changed, message', [
    pytest.param(
        'VF on a VLAN network', {'pci_slot': None},
        f'profile.pci_slot: {NOVA}, but it is missing (set by Nova)',
        id='no device'),
    pytest.param(
        'vDPA device', {'pci_slot': '81:10.2'},
        f"profile.pci_slot: {NOVA}, got '81:10.2' (set by Nova)",
        id='a device that is not an address'),
    pytest.param(
        'vhost-user', {'pci_slot': '0000:81:10.2'},
        'profile.pci_slot: expected no device for vnic_type normal, '
        "got '0000:81:10.2' (set by Nova)",
        id='a device for a port that takes none'),
    pytest.param(
        'emulated or paravirtual NIC', {'pci_slot': '0000:81:10.2'},
        'profile.pci_slot: expected no device for vnic_type normal, '
        "got '0000:81:10.2' (set by Nova)",
        id='a device for a paravirtual NIC'),
    pytest.param(
        'trusted VF', {'trusted': 'maybe'},
        "profile.trusted: expected true or false, got 'maybe' "
        '(set by the operator)', id='trust that is neither yes nor no'),
])
def test_bad_profile(name, changed, message):
    assert refusal(ROWS[name].port, profile=changed) == message



OPERATOR = 'set by the operator'
NUMBER = 'expected a number from 0 to'
MODES = 'expected bridge, vepa, private or passthrough'


@pytest.mark.parametrize('name, changed, expected', [
    pytest.param('macvtap on a VF', {'macvtap_mode': 'private'},
                 hw_veb(mode=binding.MacvtapMode.PRIVATE),
                 id='a mode where the driver says none'),
    pytest.param('macvtap on a VF, vepa', {'macvtap_mode': 'bridge'},
                 hw_veb(vlan=0, mode=binding.MacvtapMode.BRIDGE),
                 id='a mode before that of the driver'),
    pytest.param('macvtap on a VF, vepa', {'macvtap_mode': None},
                 hw_veb(vlan=0, mode=binding.MacvtapMode.VEPA),
                 id='null is not a mode'),
    pytest.param('802.1Qbg on a VF', {'managerid': 12}, binding.Qbg(
        **ON_VF, parameters=dataclasses.replace(QBG, managerid=12)),
        id='one parameter of four'),
    pytest.param('802.1Qbh, macvtap', {'macvtap_mode': 'vepa',
                                       'profileid': 'tenant-8'},
                 binding.Qbh(
                     **ON_VF, mode=binding.MacvtapMode.VEPA,
                     parameters=binding.QbhParameters(profileid='tenant-8')),
                 id='profile id and mode'),
])
def test_the_profile_goes_before_the_driver(name, changed, expected):
    port = ROWS[name].port
    assert vif_details.read_binding(dataclasses.replace(
        port, profile={**port.profile, **changed})) == expected


@pytest.mark.parametrize('name, changed, message', [
    pytest.param('macvtap on a VF', {'macvtap_mode': 'tunnel'},
                 f"macvtap_mode: {MODES}, got 'tunnel'",
                 id='an unknown macvtap mode'),
    pytest.param('macvtap on a VF', {'macvtap_mode': ''},
                 f"macvtap_mode: {MODES}, got ''", id='an empty mode'),
    pytest.param('macvtap on a VF', {'macvtap_mode': ['bridge']},
                 f"macvtap_mode: {MODES}, got ['bridge']",
                 id='a mode of the wrong type'),
    pytest.param('macvtap on a VF', {'macvtap_mode': 'Bridge'},
                 f"macvtap_mode: {MODES}, got 'Bridge'",
                 id='a mode in other letters'),
    pytest.param('802.1Qbg on a VF', {'managerid': 256},
                 f'managerid: {NUMBER} 255, got 256',
                 id='a managerid that is too high'),
    pytest.param('802.1Qbg on a VF', {'typeid': True},
                 f'typeid: {NUMBER} 16777215, got True',
                 id='true is not an id'),
    pytest.param('802.1Qbg on a VF', {'typeidversion': '-1'},
                 f"typeidversion: {NUMBER} 255, got '-1'",
                 id='a version below zero'),
    pytest.param('802.1Qbg on a VF', {'instanceid': 'vm-7'},
                 "instanceid: expected a UUID, got 'vm-7'",
                 id='an instanceid that is no UUID'),
    pytest.param('802.1Qbh, VF', {'profileid': 'x' * 40},
                 f"profileid: {PROFILEID}, got '{'x' * 40}'",
                 id='a profileid that libvirt would cut'),
    pytest.param('VF on a VLAN network', {'macvtap_mode': 'bridge'},
                 'macvtap_mode: expected no macvtap_mode for vif_type hw_veb '
                 "and vnic_type direct, got 'bridge'",
                 id='a mode for a VF that is passed whole'),
    pytest.param('802.1Qbg on a VF', {'macvtap_mode': 'bridge'},
                 'macvtap_mode: expected no macvtap_mode for vif_type '
                 "802.1qbg and vnic_type macvtap, got 'bridge'",
                 id='a mode for 802.1Qbg, which is vepa'),
    pytest.param('macvtap on a VF', {'managerid': 11},
                 'managerid: expected no managerid for vif_type hw_veb and '
                 'vnic_type macvtap, got 11',
                 id='a parameter of another kind'),
    pytest.param('emulated or paravirtual NIC', {'profileid': 'tenant-7'},
                 'profileid: expected no profileid for vif_type ovs and '
                 "vnic_type normal, got 'tenant-7'",
                 id='a parameter for a paravirtual NIC'),
    pytest.param('vDPA device', {'macvtap_mode': 'bridge'},
                 'macvtap_mode: expected no macvtap_mode for vif_type ovs '
                 "and vnic_type vdpa, got 'bridge'",
                 id='a mode for a vDPA device'),
])
def test_a_bad_link_in_the_profile(name, changed, message):
    assert refusal(ROWS[name].port, profile=changed) == (
        f'profile.{message} ({OPERATOR})')


@pytest.mark.parametrize('text', HOSTILE)
def test_a_hostile_profileid_of_the_profile_is_refused(text):
    value = f'p{text}'
    assert refusal(ROWS['802.1Qbh, VF'].port, profile={
        'profileid': value}) == (
            f'profile.profileid: {PROFILEID}, got {value!r} ({OPERATOR})')


@pytest.mark.parametrize('vnic_type, vif_type, message', [
    pytest.param(
        'vdpa', 'hw_veb', 'hw_veb goes with vnic_type direct or macvtap or '
        "accelerator-direct, got 'vdpa'", id='foreign to the vnic_type'),
    pytest.param(
        'direct', '802.1qbg', '802.1qbg goes with vnic_type normal or '
        "macvtap, got 'direct'", id='802.1Qbg on a VF passed whole'),
    pytest.param(
        'direct', 'tap', 'expected hw_veb or ib_hostdev or 802.1qbh or ovs or '
        "agilio_ovs or vrouter for vnic_type direct, got 'tap'",
        id='foreign to devices'),
    pytest.param(
        'baremetal', 'other', 'expected another port for vnic_type '
        "baremetal, got 'other'", id='a vnic_type that no guest has'),
    pytest.param(
        'direct', 'binding_failed', "expected a bound port, got "
        "'binding_failed': no driver took vnic_type direct on this host",
        id='refused by every mechanism driver'),
    pytest.param(
        'normal', None, 'expected a bound port, got None: no driver took '
        'vnic_type normal on this host', id='never bound'),
])
def test_foreign_kind(vnic_type, vif_type, message):
    port = dataclasses.replace(ROWS['VF on a VLAN network'].port,
                               vnic_type=vnic_type, vif_type=vif_type)
    assert refusal(port) == f'vif_type: {message} ({DRIVER})'


def test_other_paravirtual_kinds_are_left_to_nova():
    port = dataclasses.replace(ROWS['emulated or paravirtual NIC'].port,
                               vif_type='midonet')
    assert vif_details.read_binding(port) is None


@pytest.mark.parametrize('directory', ['/run/vhu', '/run/vhu/'])
def test_a_socket_is_named_after_the_port(directory):
    port = dataclasses.replace(ROWS['vhost-user'].port, vif_details={})
    assert vif_details.complete_socket(port, directory).vif_details == {
        'vhostuser_socket': f'/run/vhu/{PORT_ID}.socket'}


@pytest.mark.parametrize('name, directory', [
    pytest.param('vhost-user', '/other', id='the driver named it'),
    pytest.param('vDPA device', '/other', id='not over vhost-user'),
    pytest.param('vhost-user', None, id='no directory was configured'),
])
def test_no_socket_is_made_up(name, directory):
    port = ROWS[name].port
    assert vif_details.complete_socket(port, directory) is port


def refusal(port, **changed):
    """What is said about a port of which one dictionary was changed."""
    changed = {side: {**getattr(port, side), **values}
               for side, values in changed.items()}
    with pytest.raises(exceptions.BindingError) as caught:
        vif_details.read_binding(dataclasses.replace(port, **changed))
    said, port_id = str(caught.value), caught.value.port_id
    assert port_id == PORT_ID
    return said.removeprefix(f'port {PORT_ID}: ')
