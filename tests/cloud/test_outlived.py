# SPDX-License-Identifier: Apache-2.0

"""A server is deleted while its compute counts as down, and its guest stays.

nova-api then deletes without the compute. The next periodic update of Nova's
tracker gives the devices to others; the guest has them until Nova looks for
such guests, every half hour by default and every minute here.
"""

import time

from cloud import rest
from tests.cloud.scene import HOST

EXPECTED_LOG = ('is no longer on this host, but its guest runs',)


def test_a_device_is_nobodys_while_the_guest_of_a_deleted_server_has_it(
        scene, records, place):
    server = scene.boot(scene.flavor('nvme:2'))
    host = server[HOST]
    guest = (place.state / host / 'handed-over' / f'{server["id"]}.json')
    assert guest.exists()
    delete_without_compute(scene, server['id'], host)
    seen = 0
    deadline = time.monotonic() + 120
    while guest.exists():
        # The guest may end between the two questions, not begin.
        owners = [each.owner for each in records.devices()
                  if each.host == host and each.owner]
        if guest.exists():
            assert owners == [server['id']] * 2
            seen += 1
        assert time.monotonic() < deadline
        time.sleep(0.5)
    assert seen
    rest.wait_until('free devices', lambda: not [
        each for each in records.devices() if each.owner])


def delete_without_compute(scene, server_id, host):
    """Let a compute that runs count as down while its server is deleted."""
    (service,) = scene.calls.compute(
        'GET', f'/os-services?binary=nova-compute&host={host}')['services']
    path = f'/os-services/{service["id"]}'
    scene.calls.compute('PUT', path, {'forced_down': True})
    try:
        scene.delete([server_id])
    finally:
        scene.calls.compute('PUT', path, {'forced_down': False})
