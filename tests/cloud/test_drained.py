# SPDX-License-Identifier: Apache-2.0

"""A device that is drained, across two restarts of its nova-compute.

Of the four GPUs of gpu-1 one is drained: no server gets it, with the devices
in Placement it is reserved there, and after ``undrain`` all is as before.
"""

import pytest

from cloud import bring_up
from cloud import rest
from tests.cloud import drains
from tests.cloud.scene import HOST

GPU_HOST, PRODUCT = 'gpu-1', '1db6'
DRAINED = '0000:5e:00.0'
OTHERS = ['0000:3b:00.0', '0000:86:00.0', '0000:af:00.0']
REASON = 'bad fan'


@pytest.fixture
def drain(place):
    """Run a command on the host; nothing is drained at the end."""
    command = drains.Drains(place, GPU_HOST)
    yield command
    command('undrain', '--all')


def boot(scene, records, number=1):
    """Boot a server; return its status and the GPUs that it has."""
    server = scene.boot(scene.flavor(f'v100:{number}'))
    assert server[HOST] in (GPU_HOST, None)
    return server['status'], [each.address for each in records.devices()
                              if each.owner == server['id']]


def reserved(records):
    """Return the GPUs of which Placement says that they are reserved."""
    return [row['name'].rpartition('_')[2].lower() for row in records.query(
        'SELECT provider.name FROM placement.inventories JOIN '
        'placement.resource_providers provider '
        'ON provider.id = resource_provider_id WHERE reserved > 0')]


def wait(records, choice, published, drained):
    """Wait until the compute offers so many, and Placement says the same."""
    drains.wait_until_published(records, GPU_HOST, PRODUCT, published)
    rest.wait_until(f'{drained} drained', lambda: [
        each.address for each in records.devices()
        if each.drained] == drained)
    wanted = drained if choice.in_placement else []
    rest.wait_until(f'{wanted} reserved', lambda: reserved(records) == wanted)


def test_a_drained_device_goes_to_nobody_and_comes_back(
        scene, records, place, choice, calls, drain):
    drain('drain', DRAINED, '--reason', REASON)
    wait(records, choice, 3, [DRAINED])
    assert boot(scene, records, 4) == ('ERROR', [])
    found = [boot(scene, records, 2)]
    for free in (1, 0):
        bring_up.restart_nova(place, choice, calls, [f'compute-{GPU_HOST}'])
        wait(records, choice, free, [DRAINED])
        assert [each['reason'] for each in drain('drained')] == [REASON]
        found.append(boot(scene, records))
    assert [status for status, _ in found] == ['ACTIVE', 'ACTIVE', 'ERROR']
    assert sorted(gpu for _, gpus in found for gpu in gpus) == OTHERS
    drain('undrain', DRAINED)
    wait(records, choice, 1, [])
    assert boot(scene, records) == ('ACTIVE', [DRAINED])
