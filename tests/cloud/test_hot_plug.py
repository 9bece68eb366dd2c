# SPDX-License-Identifier: Apache-2.0

"""VFs that come and go under a running compute."""

import dataclasses

from cloud import hosts
from cloud import rest

# A VF goes while a server has it: the operator should know.
EXPECTED_LOG = (
    'which the host no longer reports: it is allocated by instance',)
VFS = [f'0000:82:00.{number}' for number in range(1, 5)]


def plug(place, without):
    """Let igb-1 have all devices but some."""
    recorded = hosts.recording('igb-1')
    hosts.plug(place, 'igb-1', dataclasses.replace(recorded, devices=tuple(
        each for each in recorded.devices
        if str(each.address) not in without)))


def wait_for(records, addresses):
    rest.wait_until(f'rows of {addresses}', lambda: [
        each.address for each in records.devices()
        if (each.host, each.kind[1]) == ('igb-1', '0010')] == addresses)


def test_free_vfs_go_and_come(scene, records, place):
    plug(place, VFS[2:])
    wait_for(records, VFS[:2])
    refused = scene.boot(scene.flavor('nvme:3'), host='igb-1')
    assert refused['status'] == 'ERROR'
    plug(place, [])
    wait_for(records, VFS)
    server = scene.boot(scene.flavor('nvme:4'), host='igb-1')
    assert server['status'] == 'ACTIVE'


def test_an_owned_vf_that_vanishes_stays_its_servers(scene, records, place):
    server = scene.boot(scene.flavor('nvme:2'), host='igb-1')
    owned = [each.address for each in records.devices()
             if each.owner == server['id']]
    plug(place, VFS)
    wait_for(records, owned)
    scene.delete([server['id']])
    wait_for(records, [])
    plug(place, [])
    wait_for(records, VFS)
