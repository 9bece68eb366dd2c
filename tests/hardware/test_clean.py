# SPDX-License-Identifier: Apache-2.0
"""What guests leave on VFs and PFs: found, put right, or held."""

import contextlib
import json
import time

import pytest

from cloud import rest
from nova_pci_ext.novaobj import device_facts
from tests.hardware import compute as compute_of
from tests.hardware import place as place_of
from tests.hardware.agreement import owned_by
from tests.hardware.kernel import AdminView
from tests.hardware.kernel import Limits
from tests.hardware.test_boot import boot
from tests.hardware.test_boot import NO_MAC
from tests.hardware.test_boot import port_of

#: What these tests leave on purpose.
EXPECTED_LOG = ('in use by left0',)
#: Longer than two updates, however busy all are.
SEEN_S = 180
HOLD = """\
[pci_ext]
verify_clean = hold
restore_vfs = true
"""


def card_of(state, slot):
    """Return the interface of a VF's PF, and the number of the VF."""
    pf = state.functions[state.functions[slot].pf]
    (name,) = pf.netdevs
    return name, pf.vfs.index(slot)


def vf_interface(look, slot):
    """Return name and link of a VF's interface, when udev has named it."""
    def there():
        state = look()
        names = state.functions[slot].netdevs
        return names and names[0] in state.links and (
            names[0], state.links[names[0]])
    return rest.wait_until(f'interface of {slot}', there, SEEN_S)


def notes_of(records, slot):
    """Return what is noted in a device's row, but which device it is."""
    (row,) = [json.loads(each['extra_info']) for each in records.query(
        'SELECT extra_info FROM nova.pci_devices WHERE deleted = 0 AND '
        f"address = '{slot}'")]
    return {key.removeprefix('pci_ext_'): value for key, value in row.items()
            if key.startswith('pci_ext_')
            and key not in {device_facts.NOTE, device_facts.NOTED_FOR}}


def give_back(scene, records, server):
    """Delete a server, and wait until its device is free.

    Nova has forgotten a server before its compute frees the devices.

    :returns: the address of the one device
    """
    (slot,) = owned_by(records.devices(), server['id'])
    begin = time.monotonic()
    scene.delete([server['id']])
    rest.wait_until(f'row of {slot} without an owner', lambda: not owned_by(
        records.devices(), server['id']), SEEN_S)
    print(f'{slot} is free {time.monotonic() - begin:.0f} s after the order')
    return slot


def is_clean(state, slot):
    """Whether nothing is left on a VF, by what the machine's kernel says.

    The card shows the MAC that the driver of the VF has chosen by itself too.
    """
    names = state.functions[slot].netdevs
    own = {state.links[name].mac for name in names if name in state.links}
    view = state.views[slot]
    return (view.vlan, view.trust) == (0, False) and (
        view.mac == NO_MAC or view.mac in own)


def is_pooled(records, slot):
    """Whether the one VF that may be trusted is offered."""
    assert slot == compute_of.TRUSTED
    return any(pool['count'] for pool in records.pools()[place_of.HOST]
               if pool.get('tags', pool).get('trusted') == 'true')


def wait_for_row(records, slot, wanted):
    begin = time.monotonic()
    rest.wait_until(f'{wanted} of {slot}', lambda: set(
        notes_of(records, slot)) == wanted, SEEN_S)
    print(f'{slot} has notes {sorted(wanted)} '
          f'{time.monotonic() - begin:.0f} s later')


@contextlib.contextmanager
def in_use_by_another(machine, name):
    """Have a program that Nova does not know use a VF's interface."""
    machine.run(f'ip link add link {name} name left0 type macvlan mode bridge')
    try:
        yield
    finally:
        machine.run('ip link delete left0 2>/dev/null || true')


def shared_port(scene):
    """Return a port below which something else has room, on a known VF."""
    return scene.port('physnet2', 'macvtap', trusted=True, **{
        'binding:profile': {'macvtap_mode': 'bridge'}})


def test_what_is_left_on_purpose_is_put_right_and_said(
        scene, records, look, machine, log):
    """An alias has no port, so that libvirt leaves the card alone."""
    server = boot(scene, scene.flavor('igbvf:1'))
    (slot,) = owned_by(records.devices(), server['id'])
    before = look()
    card, number = card_of(before, slot)
    machine.run(
        f'ip link set {card} vf {number} mac 02:00:00:00:00:77; '
        f'ip link set {card} vf {number} vlan 77 qos 3; '
        f'ip link set {card} vf {number} trust on; '
        f'ip link set {card} vf {number} spoofchk off; '
        f'ip link set {card} vf {number} max_tx_rate 100 || true')
    left = look()
    print(left.views[slot], left.limits[slot])
    assert left.views[slot] == AdminView(
        mac='02:00:00:00:00:77', vlan=77, trust=True)
    assert not left.limits[slot].spoofchk
    give_back(scene, records, server)
    after = look()
    print([line for line in log().splitlines() if 'came back' in line])
    assert is_clean(after, slot)
    assert after.views[slot].mac != left.views[slot].mac
    assert after.limits[slot] == before.limits[slot] == Limits(
        spoofchk=True, rates=(0, 0))
    assert (f'Device {slot} came back with administrative MAC '
            '02:00:00:00:00:77, VLAN 77 of priority 3, trust on, spoof '
            'checking off') in log()
    wait_for_row(records, slot, set())


def test_the_mac_that_libvirt_leaves_is_put_right(scene, records, look, log):
    """It gives the VF the MAC back that its interface had, for good."""
    server = boot(scene, ports=[scene.port('physnet2')])
    slot = give_back(scene, records, server)
    assert look().views[slot].mac == NO_MAC
    print([line for line in log().splitlines() if 'came back' in line])
    assert f'Device {slot} came back with administrative MAC' in log()


@pytest.mark.parametrize('mode', ['bridge', 'private', 'passthrough'])
def test_the_interface_below_a_macvtap_is_as_it_was(
        scene, records, look, log, mode):
    """Nova and libvirt leave it up, with the MAC of the port."""
    before = look()
    port_id = scene.port('physnet2', 'macvtap', **{
        'binding:profile': {'macvtap_mode': mode}})
    server = boot(scene, ports=[port_id])
    mac = port_of(scene, port_id)['mac_address']
    (slot,) = owned_by(records.devices(), server['id'])
    (name,) = before.functions[slot].netdevs
    give_back(scene, records, server)
    after = look()
    print([line for line in log().splitlines() if 'came back' in line])
    assert not before.links[name].is_up
    assert not after.links[name].is_up
    assert after.links[name].mac != mac
    assert is_clean(after, slot)


def test_a_vf_that_another_program_uses_is_said_and_offered(
        scene, records, look, machine, log):
    server = boot(scene, ports=[shared_port(scene)])
    (slot,) = owned_by(records.devices(), server['id'])
    name, _ = vf_interface(look, slot)
    with in_use_by_another(machine, name):
        give_back(scene, records, server)
        wait_for_row(records, slot, {'before', 'unclean'})
        assert 'in use by left0' in notes_of(records, slot)['unclean']
        assert 'It is handed out again' in log()
        assert is_pooled(records, slot)
    wait_for_row(records, slot, set())
    assert f'Device {slot} is clean now' in log()
    assert not look().links[name].is_up


def test_held_until_clean_or_until_an_operator_says_so(
        scene, records, look, machine, compute, log):
    with compute.configured(HOLD):
        server = boot(scene, ports=[shared_port(scene)])
        (slot,) = owned_by(records.devices(), server['id'])
        name, _ = vf_interface(look, slot)
        with in_use_by_another(machine, name):
            give_back(scene, records, server)
            wait_for_row(records, slot, {
                'before', 'unclean', 'drained', 'drained_by'})
            assert 'in use by left0' in notes_of(records, slot)['drained']
            assert not is_pooled(records, slot)
            assert slot in machine.run(
                f'nova-pci drained --config-file {compute.conf} --no-owners',
                300)
            refused = scene.boot(scene.flavor(), [shared_port(scene)],
                                 host=place_of.HOST)
            assert refused['status'] == 'ERROR'
            compute.restart()
            assert not is_pooled(records, slot)
            assert notes_of(records, slot)['drained_by'] == 'release'
            machine.run(f'nova-pci undrain {slot} --config-file '
                        f'{compute.conf} --no-owners', 300)
            rest.wait_until('pool of what is not held any more',
                            lambda: is_pooled(records, slot), SEEN_S)
        wait_for_row(records, slot, set())
        scene.clear()
        # What is held comes back by itself once it is clean.
        server = boot(scene, ports=[shared_port(scene)])
        with in_use_by_another(machine, name):
            give_back(scene, records, server)
            rest.wait_until('hold', lambda: 'drained' in notes_of(
                records, slot), SEEN_S)
        rest.wait_until('pool of what is clean',
                        lambda: is_pooled(records, slot), SEEN_S)
        assert not look().links[name].is_up
        whole_card(scene, records, look)


def whole_card(scene, records, look):
    """A PF has its VFs again after its guest, and they can be used."""
    before, servers = look(), []
    for _ in range(2):
        servers.append(boot(scene, scene.flavor('igbpf:1'))['id'])
        (slot,) = owned_by(records.devices(), servers[-1])
        # One of the cards has none.
        if before.functions[slot].vfs:
            break
    assert len(before.functions[slot].vfs) == 7
    assert look().functions[slot].vfs == ()
    scene.delete(servers)
    rest.wait_until('VFs of a PF that came back', lambda: len(
        look().functions[slot].vfs) == 7, SEEN_S)
    after = look()
    assert after.functions[slot].vfs == before.functions[slot].vfs
    (name,) = after.functions[slot].netdevs
    assert after.links[name].is_up
    rest.wait_until('rows of the VFs', lambda: len([
        each for each in records.devices() if each.parent == slot
        and each.status == 'available']) == 7, SEEN_S)
    assert notes_of(records, slot) == {}
