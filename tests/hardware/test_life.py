# SPDX-License-Identifier: Apache-2.0
"""What a server goes through, with its devices."""

import json

from cloud import rest
from nova_pci_ext.novaobj import device_facts
from tests.hardware import place as place_of
from tests.hardware.agreement import owned_by
from tests.hardware.test_boot import boot
from tests.hardware.test_boot import macvtaps
from tests.hardware.test_boot import port_of


def settle(scene, server, *states):
    """Return a server when it has a state, and no task."""
    found = scene.wait(server['id'], *states, 'ERROR')
    assert found['status'] in states, found.get('fault')
    return found


def held(look, server):
    return look().guests.get(server['OS-EXT-SRV-ATTR:instance_name'])


def test_a_hard_reboot_keeps_devices_and_their_order(scene, records, look):
    server = boot(scene, scene.flavor('nvme:1,igbvf:1'),
                  [scene.port('physnet2')])
    before = held(look, server)
    scene.act(server['id'], 'reboot', {'type': 'HARD'})
    settle(scene, server, 'ACTIVE')
    assert held(look, server) == before
    assert tuple(sorted(before)) == owned_by(records.devices(), server['id'])


def test_a_guest_whose_macvtap_port_is_shared_starts_again(
        scene, machine, look):
    """The driver of the VF has the MAC of the port by then, as a rule.

    It takes what the card was told whenever it resets the VF, and the kernel
    starts no macvtap device above an interface with the same MAC.
    """
    port_id = scene.port('physnet2', 'macvtap', **{
        'binding:profile': {'macvtap_mode': 'bridge'}})
    server = boot(scene, ports=[port_id])
    (device,) = macvtaps(look())
    mac, (netdev, _) = device
    machine.run(f'ip link set {netdev} down; ip link set {netdev} up')
    print(f'{netdev} has {look().links[netdev].mac}, the port {mac}')
    scene.act(server['id'], 'reboot', {'type': 'HARD'})
    settle(scene, server, 'ACTIVE')
    assert macvtaps(look()) == [device]


def test_a_port_is_attached_and_detached(scene, records, look):
    """The guest has to take part in a detachment, and this one sleeps."""
    server = boot(scene)
    port_id = scene.port('physnet2')
    scene.calls.compute('POST', f'/servers/{server["id"]}/os-interface', {
        'interfaceAttachment': {'port_id': port_id}})
    slot = port_of(scene, port_id)['binding:profile']['pci_slot']
    assert held(look, server) == (slot,)
    assert owned_by(records.devices(), server['id']) == (slot,)


def test_a_stopped_server_gives_up_its_port(scene, records, look):
    """No guest has to take part: the VF is free, and on its driver."""
    port_id = scene.port('physnet2')
    server = boot(scene, ports=[port_id])
    (slot,) = owned_by(records.devices(), server['id'])
    scene.act(server['id'], 'os-stop')
    settle(scene, server, 'SHUTOFF')
    scene.calls.compute(
        'DELETE', f'/servers/{server["id"]}/os-interface/{port_id}')
    rest.wait_until('detachment', lambda: not owned_by(
        records.devices(), server['id']), 240)
    assert look().drivers(slot) == {'igbvf'}
    scene.act(server['id'], 'os-start')
    settle(scene, server, 'ACTIVE')
    assert held(look, server) == ()


def test_a_resize_on_the_same_host_changes_devices(scene, records, look):
    server = boot(scene, scene.flavor('igbvf:1'))
    before = held(look, server)
    scene.act(server['id'], 'resize', {'flavorRef': scene.flavor('nvme:2')})
    settle(scene, server, 'VERIFY_RESIZE')
    scene.act(server['id'], 'confirmResize')
    settle(scene, server, 'ACTIVE')
    state = look()
    after = held(look, server)
    assert [state.functions[slot].product for slot in after] == [
        '0010', '0010']
    assert state.drivers(*before) == {'igbvf'}


def test_a_shelved_server_has_no_devices_until_it_returns(
        scene, records, look):
    server = boot(scene, scene.flavor('nvme:1'), [scene.port('physnet2')])
    before = owned_by(records.devices(), server['id'])
    scene.act(server['id'], 'shelve')
    settle(scene, server, 'SHELVED_OFFLOADED')
    # Nova frees them after it has said so.
    rest.wait_until('free devices of a shelved server', lambda: not owned_by(
        records.devices(), server['id']))
    assert 'vfio-pci' not in look().drivers(*before)
    scene.act(server['id'], 'unshelve')
    settle(scene, server, 'ACTIVE')
    assert len(held(look, server)) == 2


def facts_of(records):
    """What the rows say of each device, whoever has it.

    But what is of its owner: who that is, and how it was handed out.
    """
    return {row['address']: {
        key: value for key, value in json.loads(row['extra_info']).items()
        if key not in {'pci_ext_before', device_facts.NOTED_FOR}}
            for row in records.query('SELECT address, extra_info FROM '
                                     'nova.pci_devices WHERE deleted = 0')}


def test_a_vf_is_what_it_was_after_its_guest_and_a_restart(
        scene, records, compute):
    """Its interface is gone meanwhile, and what is known from it is not."""
    before = facts_of(records)
    server = boot(scene, ports=[scene.port('physnet2')])
    (slot,) = owned_by(records.devices(), server['id'])
    assert {'parent_ifname', 'capabilities'} <= before[slot].keys()
    compute.restart()
    assert facts_of(records) == before
    scene.delete([server['id']])
    rest.wait_until('the end of its ownership', lambda: not owned_by(
        records.devices(), server['id']))
    assert facts_of(records) == before


def test_servers_are_made_until_there_is_none_left(scene, records):
    """Four in one request have the four VFs of the disk; a fifth has none."""
    flavor = scene.flavor('nvme:1')
    scene.start_boot(flavor, host=place_of.HOST, min_count=4, max_count=4)

    def at_rest():
        found = [each['status'] for each in scene.details()
                 if each['OS-EXT-STS:task_state'] is None]
        return found if len(found) == 4 and 'BUILD' not in found else None
    assert rest.wait_until('four servers at rest', at_rest, 900) == [
        'ACTIVE'] * 4
    refused = scene.boot(flavor, host=place_of.HOST)
    assert refused['status'] == 'ERROR'
    assert refused['fault']['message'].startswith('No valid host was found')


def test_two_ports_are_two_vfs(scene, records, look):
    server = boot(scene, ports=[scene.port('physnet2'),
                                scene.port('physnet2', 'macvtap')])
    owned = owned_by(records.devices(), server['id'])
    assert len(owned) == 2
    assert tuple(sorted(held(look, server))) == owned


def test_vfs_of_a_set_are_on_the_cards_that_it_says(scene, records, look):
    """Apart, and then together: two PFs, and one PF beside the NVMe."""
    def functions(server):
        return [look().functions[slot]
                for slot in owned_by(records.devices(), server['id'])]

    apart = functions(boot(scene, scene.flavor(
        'igbvf:2', pci_passthrough__distinct='pf:igbvf')))
    assert [each.product for each in apart] == ['10ca', '10ca']
    assert len({each.pf for each in apart}) == 2
    together = functions(boot(scene, scene.flavor(
        'igbvf:2,nvme:1', pci_passthrough__same='pf:igbvf;numa_node:igbvf,nvme'
    )))
    assert len({each.pf for each in together
                if each.product == '10ca'}) == 1
    assert {each.numa_node for each in together} == {1}


def test_a_set_that_the_machine_cannot_make_is_refused(scene):
    refused = scene.boot(scene.flavor(
        'igbvf:4', pci_passthrough__distinct='pf:igbvf'),
        host=place_of.HOST)
    assert refused['status'] == 'ERROR'
    assert refused['fault']['message'].startswith('No valid host was found')
