# SPDX-License-Identifier: Apache-2.0
"""VFs and cards that come and go under a running compute and its guests."""

import json
import time

import pytest

from cloud import rest
from tests.hardware import place as place_of
from tests.hardware.agreement import owned_by
from tests.hardware.machine import MachineError
from tests.hardware.test_boot import boot

# A VF goes while a server has it: the operator should know. Health says which
# VFs are gone, and that a card whose removal waits for a guest has no driver.
EXPECTED_LOG = (
    'which the host no longer reports: it is allocated by instance',
    'while it is allocated', 'is not healthy: lost its')
#: An update each ten seconds, each of some seconds.
SEEN_S = 180
SYSFS = '/sys/bus/pci/devices'
FLASH, CARD, SPARE = '0000:82:00.0', '0000:41:00.0', '0000:44:00.0'


def set_vfs(machine, card, count):
    machine.run(f'echo {count} >{SYSFS}/{card}/sriov_numvfs')


def rows_of(records, card):
    return {each.address for each in records.devices()
            if each.host == place_of.HOST and each.parent == card}


def wait_for_rows(records, card, count):
    begin = time.monotonic()
    rest.wait_until(
        f'{count} rows of VFs of {card}',
        lambda: len(rows_of(records, card)) == count, SEEN_S)
    print(f'{count} rows of VFs of {card} after '
          f'{time.monotonic() - begin:.0f} s')


@pytest.fixture
def all_back(machine):
    """Leave the machine with all cards and VFs, whatever a test did."""
    yield
    machine.run('echo 1 >/sys/bus/pci/rescan; udevadm settle; '
                'sh /lab/make-vfs || true')


@pytest.mark.usefixtures('all_back')
def test_vfs_that_go_and_come_are_seen(scene, records, machine):
    set_vfs(machine, FLASH, 0)
    wait_for_rows(records, FLASH, 0)
    refused = scene.boot(scene.flavor('nvme:1'), host=place_of.HOST)
    assert refused['status'] == 'ERROR'
    assert 'No valid host' in refused['fault']['message']
    set_vfs(machine, FLASH, 2)
    wait_for_rows(records, FLASH, 2)
    boot(scene, scene.flavor('nvme:2'))


@pytest.mark.usefixtures('all_back')
def test_vfs_of_a_card_that_had_none_are_offered(scene, records, machine):
    set_vfs(machine, SPARE, 3)
    wait_for_rows(records, SPARE, 3)
    set_vfs(machine, SPARE, 0)
    wait_for_rows(records, SPARE, 0)


def test_the_kernel_refuses_fewer_vfs_than_there_are(machine):
    with pytest.raises(MachineError, match='Device or resource busy'):
        set_vfs(machine, CARD, 3)


def in_background(machine, command):
    """Start what may wait for a guest; it writes its end into a file."""
    machine.run('rm -f /tmp/ended')
    machine.run(f"setsid sh -c '{command}; echo $? >/tmp/ended' "
                '>/dev/null 2>&1 & true')


def has_ended(machine):
    return machine.run('cat /tmp/ended 2>/dev/null || true').strip() == '0'


@pytest.mark.usefixtures('all_back')
@pytest.mark.parametrize('command', [
    f'echo 0 >{SYSFS}/{CARD}/sriov_numvfs', f'echo 1 >{SYSFS}/{CARD}/remove'],
    ids=['VFs', 'card'])
def test_what_a_guest_has_is_kept_until_it_ends(
        scene, records, machine, look, command):
    """The removal waits in the kernel, and nothing of ours waits with it."""
    server = boot(scene, ports=[scene.port('physnet2')])
    # All others of the card are in use by nobody.
    (slot,) = owned_by(records.devices(), server['id'])
    functions = look().functions
    card = functions[slot].pf
    vfs = sorted(each for each, function in functions.items()
                 if function.pf == card)
    in_background(machine, command.replace(CARD, card))
    # The kernel removes one after another, and waits at the one in use.
    behind = len(vfs) - vfs.index(slot) - 1
    wait_for_rows(records, card, 1 + behind)
    assert not has_ended(machine)
    assert owned_by(records.devices(), server['id']) == (slot,)
    assert_answers(machine, slot)
    scene.delete([server['id']])
    rest.wait_until('end of the removal', lambda: has_ended(machine), 120)
    seen = []

    def gone():
        left = [each for each in records.devices()
                if each.parent == card or each.address == slot]
        seen.extend(
            (each.address, each.kind[2]) for each in left
            if each.kind[2] != 'type-VF' or offered(records, card) > behind)
        return not left
    rest.wait_until(f'end of the rows of {card}', gone, SEEN_S)
    # What was freed was not offered meanwhile, nor was it another device.
    assert seen == []


def offered(records, card):
    """How many VFs of a card the compute offers."""
    return sum(pool['count'] for pool in records.pools()[place_of.HOST]
               if pool['tags']['address'] == card
               and pool['tags']['dev_type'] == 'type-VF')


def assert_answers(machine, slot):
    """``nova-pci devices`` ends, though the kernel waits for this device."""
    found = json.loads(machine.run(
        'timeout 400 nova-pci devices --sysfs --no-owners -f json '
        '2>/dev/null', timeout_s=450))['devices']
    assert slot in {each['address'] for each in found}


@pytest.mark.usefixtures('all_back')
def test_a_macvtap_guest_loses_its_vf_at_once(
        scene, records, machine, look):
    server = boot(scene, ports=[scene.port('physnet2', 'macvtap')])
    (slot,) = owned_by(records.devices(), server['id'])
    card = look().functions[slot].pf
    set_vfs(machine, card, 0)
    wait_for_rows(records, card, 1)
    assert owned_by(records.devices(), server['id']) == (slot,)
    scene.delete([server['id']])
    wait_for_rows(records, card, 0)


@pytest.mark.usefixtures('all_back')
def test_vfs_made_after_nova_compute_has_started(
        scene, records, machine, compute, look):
    """As after a reboot of the host: the VFs are late, a server has one."""
    server = boot(scene, ports=[scene.port('physnet2')])
    (slot,) = owned_by(records.devices(), server['id'])
    card = look().functions[slot].pf
    name = server['OS-EXT-SRV-ATTR:instance_name']
    compute.kill()
    machine.run(f'virsh destroy {name}')
    set_vfs(machine, card, 0)
    compute.start()
    wait_for_rows(records, card, 1)
    machine.run('sh /lab/make-vfs')
    wait_for_rows(records, card, 7)
    scene.act(server['id'], 'reboot', {'type': 'HARD'})
    assert scene.wait(server['id'], 'ACTIVE', 'ERROR')['status'] == 'ACTIVE'
    assert look().guests[name] == (slot,)
