# SPDX-License-Identifier: Apache-2.0

"""The four modes of macvtap on the real kernel: who can reach whom.

The devices are made of the elements that our VIF driver writes for ports
whose mode is in ``binding:profile``. A veth pair stands for each VF.
"""

import dataclasses
import json
import subprocess
import sys
import tempfile

import pytest

from tests import hand_over
from tests import hand_over_nova
from tests.libvirt import replay

MACS = ('fa:16:3e:00:00:01', 'fa:16:3e:00:00:02')
REACHES = {'broadcast': True, 'unicast': True}
NOTHING = {'broadcast': False, 'unicast': False}
UNSHARE = ('unshare', '--net', '--mount', '--fork', '--kill-child')


def elements(mode, netdevs):
    """The elements of two guests with a port in this mode."""
    made = []
    with hand_over_nova.configured():
        for mac, netdev in zip(MACS, netdevs, strict=True):
            row = hand_over.Row(
                'macvtap', 'C5', dataclasses.replace(
                    hand_over.VF, netdevs=(netdev,)),
                vnic_type='macvtap', vif_type='hw_veb',
                details=hand_over.VLAN,
                extra_profile={'macvtap_mode': mode})
            vif = hand_over_nova.nova_vif(row)
            vif['address'] = mac
            made.append(hand_over_nova.elements_of(row).of_port(
                hand_over_nova.nova_instance(row), vif))
    return made


SAME, APART = ('ens1v1', 'ens1v1'), ('ens1v1', 'ens1v2')
# Mode, on which interfaces, whether the switch reflects; what the guests have
# of each other.
TABLE = {
    ('bridge', SAME, False): REACHES,
    ('bridge', SAME, True): REACHES,
    ('vepa', SAME, False): NOTHING,
    ('vepa', SAME, True): REACHES,
    ('private', SAME, False): NOTHING,
    # Without ARP the second guest is never found; a frame that is sent to it
    # all the same arrives.
    ('private', SAME, True): {'broadcast': False, 'unicast': True},
    ('passthrough', SAME, False): None,
    **{(mode, APART, False): REACHES
       for mode in ('bridge', 'vepa', 'private', 'passthrough')},
}


def ask(rows):
    """What the lab saw of each."""
    done = subprocess.run(
        [*UNSHARE, sys.executable, '-W', 'ignore', '-m',
         'tests.libvirt.macvtap_lab'], capture_output=True, text=True,
        timeout=300, input=json.dumps(rows))
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(scope='module')
def told():
    """What the lab saw, by row of the table."""
    found = ask([(elements(mode, netdevs), reflects)
                 for mode, netdevs, reflects in TABLE])
    return dict(zip(TABLE, found, strict=True))


@pytest.mark.parametrize('row', TABLE, ids=lambda row: (
    f'{row[0]}, {"one interface" if row[1] == SAME else "two interfaces"}, '
    f'the switch {"reflects" if row[2] else "does not reflect"}'))
def test_who_reaches_whom(told, row):
    if TABLE[row] is None:
        assert told[row] == {'refused': 1, 'why': 'Invalid argument'}
    else:
        assert told[row] == {'guests': TABLE[row], 'outside': REACHES}


def test_only_passthrough_takes_the_mac_of_the_interface_below():
    """So our VIF driver leaves the interface its own in the other modes."""
    modes = ('bridge', 'vepa', 'private', 'passthrough')
    busy = {'refused': 0, 'why': 'Address already in use'}
    assert ask([(elements(mode, APART), False, MACS[0])
                for mode in modes]) == [busy, busy, busy, {
                    'guests': REACHES, 'outside': REACHES}]


def test_guests_of_libvirt_have_the_mode_of_their_port():
    """libvirt takes our elements, and QEMU starts with what it makes.

    In the mode passthrough libvirt sets the VLAN itself, which needs a VF:
    the emulated machine shows that (tests/hardware).
    """
    modes = ('bridge', 'vepa', 'private')
    # A path of a socket may have 107 characters, fewer than pytest's have.
    with tempfile.TemporaryDirectory(prefix='macvtap-') as folder:
        done = subprocess.run(
            [*replay.UNSHARE, 'sh', str(replay.SCRIPT.with_name('macvtap.sh')),
             folder, sys.executable, '-W', 'ignore', '-m',
             'tests.libvirt.macvtap_guests'], capture_output=True, text=True,
            timeout=300, input=json.dumps([
                elements(mode, APART)[0] for mode in modes]))
    assert done.returncode == 0, done.stderr[-3000:]
    # While the guest runs, and after it.
    assert json.loads(done.stdout) == [
        [[['ens1v1', mode, MACS[0]]], []] for mode in modes]
