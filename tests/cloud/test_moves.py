# SPDX-License-Identifier: Apache-2.0

"""Servers that leave their host: the devices follow, and none stays."""

import contextlib

import pytest

from cloud import bring_up
from cloud import processes
from cloud import rest
from tests.cloud.scene import HOST


@pytest.fixture(params=['alias', 'port'])
def server(request, scene):
    """A server with two devices of an alias, or with a direct port."""
    if request.param == 'alias':
        booted = scene.boot(scene.flavor('nvme:2'))
    else:
        booted = scene.boot(scene.flavor(), [scene.port('physnet2')])
    assert booted['status'] == 'ACTIVE'
    return booted


def hosts_of(records, server):
    return {each.host for each in records.devices()
            if each.owner == server['id']}


def test_cold_migration_confirmed(scene, records, server):
    scene.act(server['id'], 'migrate')
    moved = scene.wait(server['id'], 'VERIFY_RESIZE', 'ACTIVE', 'ERROR')
    assert moved['status'] == 'VERIFY_RESIZE'
    assert hosts_of(records, server) == {'igb-1', 'igb-2'}
    scene.act(server['id'], 'confirmResize')
    confirmed = scene.wait(server['id'], 'ACTIVE')
    assert confirmed[HOST] != server[HOST]
    rest.wait_until('one host', lambda: hosts_of(records, server) == {
        confirmed[HOST]})


def test_cold_migration_reverted(scene, records, server):
    scene.act(server['id'], 'migrate')
    scene.wait(server['id'], 'VERIFY_RESIZE')
    scene.act(server['id'], 'revertResize')
    reverted = scene.wait(server['id'], 'ACTIVE', 'ERROR')
    assert (reverted['status'], reverted[HOST]) == ('ACTIVE', server[HOST])
    rest.wait_until('one host', lambda: hosts_of(records, server) == {
        server[HOST]})


def test_resize_to_more_devices(scene, records):
    server = scene.boot(scene.flavor('nvme:1'))
    scene.act(server['id'], 'resize', {'flavorRef': scene.flavor('nvme:3')})
    scene.wait(server['id'], 'VERIFY_RESIZE')
    scene.act(server['id'], 'confirmResize')
    resized = scene.wait(server['id'], 'ACTIVE')
    rest.wait_until('three devices', lambda: [
        each.host for each in records.devices()
        if each.owner == server['id']] == [resized[HOST]] * 3)


def test_shelve_and_unshelve(scene, records, server):
    scene.act(server['id'], 'shelve')
    scene.wait(server['id'], 'SHELVED_OFFLOADED')
    assert hosts_of(records, server) == set()
    scene.act(server['id'], 'unshelve')
    back = scene.wait(server['id'], 'ACTIVE', 'ERROR')
    assert back['status'] == 'ACTIVE'
    assert hosts_of(records, server) == {back[HOST]}


@contextlib.contextmanager
def killed_compute(place, scene, host):
    """Let a compute be dead, and known to be dead, for a while."""
    path = f'/os-services?binary=nova-compute&host={host}'

    def service():
        return scene.calls.compute('GET', path)['services'][0]

    def force(down):
        """Nova refuses to force up what has not yet cleaned up."""
        try:
            scene.calls.compute('PUT', f'/os-services/{service()["id"]}',
                                {'forced_down': down})
        except rest.RestError as exc:
            if exc.status != 400:
                raise
            return False
        return True
    processes.kill(place, f'compute-{host}')
    force(True)
    try:
        yield
    finally:
        bring_up.start(place, [f'compute-{host}'])
        rest.wait_until(f'{host} forced up', lambda: force(False))
        rest.wait_until(host, lambda: service()['state'] == 'up')


def test_evacuation_of_a_killed_compute(scene, records, place, server):
    with killed_compute(place, scene, server[HOST]):
        scene.act(server['id'], 'evacuate', {})
        rest.wait_until('another host', lambda: scene.server(
            server['id'])[HOST] != server[HOST])
        # Since microversion 2.95 an evacuated server is not started.
        moved = scene.wait(server['id'], 'SHUTOFF', 'ERROR')
        assert moved['status'] == 'SHUTOFF'
    rest.wait_until('one host', lambda: hosts_of(records, server) == {
        moved[HOST]})


@pytest.mark.parametrize('vnic_type', ['direct', 'macvtap'])
def test_attach_and_detach_of_a_port(scene, records, vnic_type):
    server = scene.boot(scene.flavor('nvme:1'))
    port = scene.port('physnet2', vnic_type)
    path = f'/servers/{server["id"]}/os-interface'
    scene.calls.compute('POST', path, {
        'interfaceAttachment': {'port_id': port}})
    rest.wait_until('attachment', lambda: len([
        each for each in records.devices()
        if each.owner == server['id'] and each.status == 'allocated']) == 2)
    scene.calls.compute('DELETE', f'{path}/{port}')
    rest.wait_until('detachment', lambda: [
        each.kind[1] for each in records.devices()
        if each.owner == server['id']] == ['0010'])
