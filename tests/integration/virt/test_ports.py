# SPDX-License-Identifier: Apache-2.0

"""Ports on running servers, moved servers, and bad answers from Neutron.

One embedded Nova tells all of it (``port_life``); Neutron is a stand-in.
"""

import json
import pathlib
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.nova, pytest.mark.slow]

ROOT = pathlib.Path(__file__).parents[3]
# PF MAC, last VF, which is given first, and capabilities, by host.
CARDS = {'host-a': ('52:54:00:00:00:0a', '0000:0a:10.2', ['rx', 'switchdev']),
         'host-b': ('52:54:00:00:00:0b', '0000:0b:10.2', [])}
ELEMENT = """\
<interface type="hostdev" managed="yes">
  <mac address="{mac}"/>
  <source>
    <address type="pci" domain="0x0000" bus="0x{bus}" slot="0x10" \
function="0x2"/>
  </source>
  <vlan>
    <tag id="101"/>
  </vlan>
</interface>"""
ALL_FREE = {'host-a': {'available': 2}, 'host-b': {'available': 2}}


@pytest.fixture(scope='module')
def told():
    done = subprocess.run(
        [sys.executable, '-m', 'tests.integration.virt.port_life'], cwd=ROOT,
        capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def profile(host):
    mac, address, capabilities = CARDS[host]
    return {'pci_vendor_info': '8086:10ca', 'pci_slot': address,
            'physical_network': 'physnet1', 'pf_mac_address': mac,
            'vf_num': 1, 'capabilities': capabilities}


def check(seen, owner, *, records=1):
    """Neutron, the database and the driver tell of the same device."""
    address = CARDS[owner][1]
    assert seen['profile'] == profile(owner)
    assert [owner, address] in seen['owned']
    assert len(seen['owned']) == len(seen['driver']) == records
    record = next(each for each in seen['driver'] if each['host'] == owner)
    assert record['devices'] == [address]
    assert record['elements'] == [
        ELEMENT.format(mac=record['macs'][0], bus=address[5:7])]


def first_host(seen):
    return seen['owned'][0][0]


def test_an_attached_port_brings_its_device(told):
    seen = told['attach and detach']['attached']
    check(seen, first_host(seen))


def test_a_detached_port_leaves_nothing(told):
    seen = told['attach and detach']['detached']
    assert (seen['profile'], seen['owned']) == ({}, [])
    assert [record['elements'] for record in seen['driver']] == [[]]


def test_the_profile_follows_the_device_of_a_moved_server(told):
    """Booted, moved, moved back, and moved for good."""
    seen = told['migrate']
    here = first_host(seen['booted'])
    (there,) = CARDS.keys() - {here}
    check(seen['booted'], here)
    check(seen['moved'], there, records=2)
    check(seen['reverted'], here)
    check(seen['confirmed'], there)
    assert seen['deleted'] == {}


BAD = {
    'missing vlan': 'vif_details.vlan: expected a VLAN id from 0 to 4094, '
                    'but it is missing',
    'wrong type': 'vif_details.vlan: expected a VLAN id from 0 to 4094, '
                  'got True',
    'unknown mode': 'vif_details.macvtap_mode: expected bridge, vepa, '
                    "private or passthrough, got 'tunnel'",
    'empty socket': 'vif_details.vhostuser_socket: expected the absolute '
                    "path of a socket, got ''",
    'foreign kind': 'vif_type: vhostuser goes with vnic_type normal, '
                    "got 'direct'",
}


@pytest.mark.parametrize('name', BAD)
def test_a_bad_answer_ends_the_build_and_frees_the_device(told, name):
    seen = told['bad answers'][name]
    assert seen['status'] == 'ERROR'
    assert seen['message'] == (
        'Build of instance SERVER aborted: Invalid input received: '
        f'port PORT: {BAD[name]} (set by the Neutron mechanism driver)')
    assert seen['devices'] == ALL_FREE


@pytest.mark.parametrize('name', BAD)
def test_a_bad_answer_ends_an_attachment_and_frees_the_device(told, name):
    assert told['bad answers'][name]['attach'] == {
        'refused': True, 'devices': ALL_FREE, 'profile': {}}
