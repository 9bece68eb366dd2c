# SPDX-License-Identifier: Apache-2.0
"""Guests with each kind of device, and what they leave behind."""

import pytest

from tests.cloud.scene import HOST
from tests.hardware import agreement
from tests.hardware import compute as compute_of
from tests.hardware import place as place_of
from tests.hardware.agreement import owned_by
from tests.hardware.agreement import VLAN
from tests.hardware.kernel import AdminView

NO_MAC = '00:00:00:00:00:00'
#: Of a PF that a server had.
EXPECTED_LOG = ('came back without its 7 VFs',)


def boot(scene, flavor=None, ports=()):
    """Return a server that runs on the machine."""
    server = scene.boot(flavor or scene.flavor(), ports, host=place_of.HOST)
    assert (server['status'], server[HOST], server.get('fault')) == (
        'ACTIVE', place_of.HOST, None)
    return server


def port_of(scene, port_id):
    return scene.calls.network('GET', f'/ports/{port_id}')['port']


def test_nova_has_a_row_of_each_function_that_may_be_handed_out(
        scene, records, look):
    """The other half, equality, is what ``scene`` asserts after each test."""
    assert {each.address for each in records.devices()
            if each.host == place_of.HOST} == {
        address for address, each in look().functions.items()
        if agreement.kind_of(each)}


def test_a_direct_port_is_a_vf_by_vfio_with_mac_and_vlan(
        scene, records, look):
    port_id = scene.port('physnet2')
    server = boot(scene, ports=[port_id])
    port, state = port_of(scene, port_id), look()
    (slot,) = owned_by(records.devices(), server['id'])
    assert port['binding:profile']['pci_slot'] == slot
    assert port['binding:vif_type'] == 'hw_veb'
    assert state.drivers(slot) == {'vfio-pci'}
    assert state.views[slot] == AdminView(
        mac=port['mac_address'], vlan=VLAN, trust=False)
    scene.delete([server['id']])
    state = look()
    assert state.drivers(slot) == {'igbvf'}
    assert (state.views[slot].vlan, state.views[slot].trust) == (0, False)
    (netdev,) = state.functions[slot].netdevs
    assert not state.links[netdev].is_up
    assert state.links[netdev].mac != port['mac_address']


def test_a_macvtap_port_is_on_the_vf_netdev(scene, records, look):
    port_id = scene.port('physnet2', 'macvtap')
    server = boot(scene, ports=[port_id])
    port, state = port_of(scene, port_id), look()
    (slot,) = owned_by(records.devices(), server['id'])
    (netdev,) = state.functions[slot].netdevs
    assert state.drivers(slot) == {'igbvf'}
    assert state.links[netdev].is_up
    assert state.views[slot] == AdminView(
        mac=port['mac_address'], vlan=VLAN, trust=False)
    scene.delete([server['id']])
    assert look().views[slot] == AdminView(mac=NO_MAC, vlan=0, trust=False)


@pytest.mark.parametrize(('mode', 'kernels'), [
    ('bridge', 'bridge'), ('vepa', 'vepa'), ('private', 'private'),
    ('passthrough', 'passthru')])
def test_a_macvtap_port_has_the_mode_of_its_profile(
        scene, records, look, mode, kernels):
    port_id = scene.port('physnet2', 'macvtap', **{
        'binding:profile': {'macvtap_mode': mode}})
    server = boot(scene, ports=[port_id])
    port, state = port_of(scene, port_id), look()
    (slot,) = owned_by(records.devices(), server['id'])
    (netdev,) = state.functions[slot].netdevs
    expected = [(port['mac_address'], (netdev, kernels))]
    assert macvtaps(state) == expected
    assert state.links[netdev].is_up
    assert state.views[slot] == AdminView(
        mac=port['mac_address'], vlan=VLAN, trust=False)
    scene.delete([server['id']])
    assert port_of(scene, port_id)['binding:profile'] == {
        'macvtap_mode': mode}


def macvtaps(state):
    """Return MAC, lower interface and mode of each macvtap device."""
    return [(each.mac, each.macvtap) for each in state.links.values()
            if each.macvtap]


def test_a_trusted_port_has_the_vf_that_may_be_trusted(scene, records, look):
    """A port without takes another, though its own request would fit."""
    plain = boot(scene, ports=[scene.port('physnet2')])
    trusted = boot(scene, ports=[scene.port('physnet2', trusted=True)])
    devices = records.devices()
    assert owned_by(devices, trusted['id']) == (compute_of.TRUSTED,)
    assert owned_by(devices, plain['id']) != (compute_of.TRUSTED,)
    assert look().views[compute_of.TRUSTED].trust
    scene.delete([trusted['id']])
    assert not look().views[compute_of.TRUSTED].trust


def test_aliases_and_ports_come_in_the_order_of_the_requests(
        scene, records, look):
    """Ports first, then alias by alias, each by VFIO."""
    server = boot(scene, scene.flavor('nvme:2,igbvf:1'),
                  [scene.port('physnet2'), scene.port('physnet2')])
    state = look()
    held = state.guests[server['OS-EXT-SRV-ATTR:instance_name']]
    assert [state.functions[slot].product for slot in held] == [
        '10ca', '10ca', '0010', '0010', '10ca']
    assert state.drivers(*held) == {'vfio-pci'}
    scene.delete([server['id']])
    assert {slot: look().functions[slot].driver for slot in held} == {
        slot: 'igbvf' if state.functions[slot].product == '10ca' else None
        for slot in held}


@pytest.mark.parametrize('kind', ['direct-physical', 'igbpf'])
def test_a_whole_card_excludes_its_vfs_and_returns_without(
        scene, records, look, machine, kind):
    """Its VFs end as its driver lets go of it, and nobody makes them again."""
    if kind == 'igbpf':
        server = boot(scene, scene.flavor('igbpf:1'))
    else:
        server = boot(scene, ports=[scene.port('physnet2', kind)])
    (slot,) = owned_by(records.devices(), server['id'])
    assert look().drivers(slot) == {'vfio-pci'}
    scene.delete([server['id']])
    state = look()
    assert state.drivers(slot) == {'igb'}
    assert state.functions[slot].vfs == ()
    machine.run('sh /lab/make-vfs')
