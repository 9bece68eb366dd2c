# SPDX-License-Identifier: Apache-2.0

"""What is said of a server of the cloud that is resized, at each step."""

import pytest

from cloud import rest
from tests.cloud import asked_servers
from tests.cloud.scene import HOST


@pytest.fixture
def explain(place):
    return asked_servers.Asking(place)


def test_a_server_that_is_resized(scene, records, explain):
    server = scene.boot(scene.flavor('nvme:1'), name='asked-resized')
    uuid, source = server['id'], server[HOST]
    scene.act(uuid, 'resize', {'flavorRef': scene.flavor('nvme:3')})
    moved = scene.wait(uuid, 'VERIFY_RESIZE')
    assert moved[HOST] != source

    _, found = explain('asked-resized')
    assert (found['server']['uuid'], found['server']['status'],
            found['server']['host']) == (uuid, 'VERIFY_RESIZE', moved[HOST])
    assert found['asked']['requests'] == [{'request': 'nvme', 'count': 3}]
    answers = {host: answer.partition(';')[0] for host, answer
               in asked_servers.answers(found).items()}
    assert (answers[moved[HOST]], answers[source]) == (
        'is here', 'devices are kept here')
    assert asked_servers.shown(found) == asked_servers.owned(records, uuid)
    assert [host for host, _ in asked_servers.shown(found)
            ].count(moved[HOST]) == 3

    scene.act(uuid, 'confirmResize')
    scene.wait(uuid, 'ACTIVE')
    rest.wait_until('devices of one host', lambda: {
        host for host, _ in asked_servers.owned(records, uuid)
    } == {moved[HOST]})
    status, found = explain(uuid)
    assert asked_servers.answers(found)[moved[HOST]] == 'is here'
    assert asked_servers.shown(found) == asked_servers.owned(records, uuid)
    # It could go back, and goes.
    assert (status, asked_servers.answers(found)[source]) == (0, 'passes')
    scene.act(uuid, 'migrate')
    assert scene.wait(uuid, 'VERIFY_RESIZE')[HOST] == source
    scene.act(uuid, 'revertResize')
    assert scene.wait(uuid, 'ACTIVE')[HOST] == moved[HOST]


def test_a_resize_that_finds_no_host(scene, records, explain):
    """gpu-1 alone has the devices, and too few of them are free."""
    server = scene.boot(scene.flavor('v100:1'), name='asked-wide')
    uuid = server['id']
    other = scene.boot(scene.flavor('v100:2'))
    assert other['status'] == 'ACTIVE'
    wide = scene.flavor('v100:3')
    scene.act(uuid, 'resize', {'flavorRef': wide})
    rest.wait_until('the end of the resize',
                    lambda: _has_failed(scene, uuid), timeout_s=120)
    scene.wait(uuid, 'ACTIVE', 'ERROR')
    _, found = explain('asked-wide')
    assert found['why']['message'] == asked_servers.NO_HOST
    assert found['why']['resized_to'] is not None
    assert asked_servers.shown(found) == asked_servers.owned(records, uuid)
    status, asked = explain(uuid, '--flavor', found['why']['resized_to'])
    assert status == 1
    assert asked_servers.answers(asked)['gpu-1'].startswith('is here; not now')
    assert set(asked_servers.answers(asked)) == {
        'gpu-1', 'igb-1', 'igb-2', 'plain-1'}


def _has_failed(scene, uuid):
    """Whether the last action of a server has come to its end."""
    (action, *_) = scene.calls.compute(
        'GET', f'/servers/{uuid}/os-instance-actions')['instanceActions']
    return action['action'] == 'resize' and action['message'] == 'Error'
