# SPDX-License-Identifier: Apache-2.0
"""nova-compute killed in the middle, with guests that go on."""

import pytest

from cloud import rest
from tests.hardware import place as place_of
from tests.hardware.agreement import owned_by
from tests.hardware.test_boot import boot

#: A device may come back as nova-compute starts, and with it the daemon that
#: puts devices right.
EXPECTED_LOG = ('has not answered yet',)
#: What Nova logs at the moment of the kill.
MOMENTS = {
    'before the claim': 'Starting instance...',
    'after the claim': 'Claim successful on node',
    'before the guest': 'Start _get_guest_xml',
    'as the guest runs': 'Guest created on hypervisor'}
DESTROYED = 'to destroy the instance on the hypervisor'


def settled(scene, server_id):
    """Wait for the end of a build that was cut off; it may have been done."""
    def at_rest():
        found = scene.server(server_id)
        return found if found['status'] in {'ACTIVE', 'ERROR'} and (
            found['OS-EXT-STS:task_state'] is None) else None
    return rest.wait_until('end of the build', at_rest, 300)


@pytest.fixture
def running(scene, records, look):
    """A server with a VF, whose guest nobody may touch."""
    server = boot(scene, ports=[scene.port('physnet2')])
    (slot,) = owned_by(records.devices(), server['id'])
    yield server
    name = server['OS-EXT-SRV-ATTR:instance_name']
    assert look().guests[name] == (slot,)
    assert owned_by(records.devices(), server['id']) == (slot,)


@pytest.mark.parametrize('moment', MOMENTS.values(), ids=[*MOMENTS])
def test_a_build_that_is_cut_off_leaves_nothing(
        scene, running, compute, moment):
    with compute.killed_at(moment):
        server_id = scene.start_boot(
            scene.flavor('nvme:1'), [scene.port('physnet2')],
            host=place_of.HOST)
    compute.start()
    settled(scene, server_id)
    scene.delete([server_id])


def test_a_deletion_that_is_cut_off_is_done_at_the_start(
        scene, running, compute):
    server = boot(scene, scene.flavor('nvme:1'), [scene.port('physnet2')])
    with compute.killed_at(DESTROYED):
        scene.calls.compute('DELETE', f'/servers/{server["id"]}')
    compute.start()
    rest.wait_until('deletion', lambda: server['id'] not in scene.servers(),
                    300)
