# SPDX-License-Identifier: Apache-2.0

"""An alias with several entries, with the API and the conductor of ours."""

import dataclasses

import pytest

from cloud import bring_up
from cloud import processes
from cloud import services
from cloud import settings
from tests.cloud import gpus
from tests.cloud.scene import HOST

RUNS_IN = ('placement',)
# Each compute checks its configuration, and knows no API of the cloud.
EXPECTED_LOG = ('start with it',)
FIRST, SECOND = gpus.PRODUCT, '1db6'
ALIASES = '[pci]\n' + ''.join(
    f'alias = {{"name": "gpu", "vendor_id": "10de", "product_id": "{each}", '
    '"device_type": "type-PCI"}\n' for each in (FIRST, SECOND))
#: Each host has one GPU of the first entry and two of the second.
DEVICES = (gpus.GPUS[0], *(dataclasses.replace(each, product_id=SECOND)
                           for each in gpus.GPUS[1:3]))


@pytest.fixture(scope='module', autouse=True)
def our_services(choice, place, calls, records):
    chosen = dataclasses.replace(choice, more=ALIASES)
    ours = services.for_alternatives(place)
    names = [command.name for command in ours]
    processes.stop(place, names)
    settings.write_settings(place, chosen)
    for command in ours:
        processes.start(place, command)
    bring_up.restart_nova(place, chosen, calls, (
        'scheduler', *services.computes(place)))
    with gpus.plugged(place, records, DEVICES):
        # Nova's API does not start with such an alias, so this one is ours.
        yield
    processes.stop(place, names)
    bring_up.restart_nova(place, choice, calls)


@pytest.fixture
def products(records):
    """Return the products that a server has, if it holds them too."""
    def find(server):
        assert gpus.held(records, server['id']) == gpus.owned(
            records, server['id'], server[HOST])
        return sorted(each.kind[1] for each in records.devices()
                      if each.owner == server['id'])
    return find


def test_the_entry_that_stands_first_is_taken_first(scene, products):
    first = scene.boot(scene.flavor('gpu:1'), host='igb-1')
    assert products(first) == [FIRST]
    second = scene.boot(scene.flavor('gpu:2'), host='igb-1')
    assert products(second) == [SECOND] * 2
    both = scene.boot(scene.flavor('gpu:3'), host='igb-2')
    assert products(both) == sorted([FIRST, SECOND, SECOND])
    none = scene.boot(scene.flavor('gpu:1'), host='igb-1')
    assert none['status'] == 'ERROR'


def test_such_a_server_moves(scene, products):
    server = scene.boot(scene.flavor('gpu:2'), host='igb-1')
    assert products(server) == sorted([FIRST, SECOND])
    scene.act(server['id'], 'migrate', {'host': 'igb-2'})
    scene.wait(server['id'], 'VERIFY_RESIZE')
    scene.act(server['id'], 'confirmResize')
    moved = scene.wait(server['id'], 'ACTIVE', 'ERROR')
    assert (moved['status'], moved[HOST]) == ('ACTIVE', 'igb-2')
    assert products(moved) == sorted([FIRST, SECOND])


def test_such_a_server_is_unshelved(scene, products):
    server = scene.boot(scene.flavor('gpu:1'), host='igb-1')
    scene.act(server['id'], 'shelve')
    scene.wait(server['id'], 'SHELVED_OFFLOADED')
    scene.act(server['id'], 'unshelve')
    back = scene.wait(server['id'], 'ACTIVE', 'ERROR')
    assert back['status'] == 'ACTIVE'
    assert len(products(back)) == 1
