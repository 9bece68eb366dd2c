# SPDX-License-Identifier: Apache-2.0

"""Boot and delete: aliases, ports, both, several, more than fit."""

import collections

import pytest

from tests.cloud.scene import HOST


def owned(records, server):
    """The devices of a server, as (host, product, type)."""
    return sorted((each.host, each.kind[1], each.kind[2])
                  for each in records.devices() if each.owner == server['id'])


def test_an_alias_gives_the_devices_of_one_host(scene, records):
    server = scene.boot(scene.flavor('a1:2'))
    assert server['status'] == 'ACTIVE'
    assert owned(records, server) == [(server[HOST], '1520', 'type-VF')] * 2
    scene.delete([server['id']])
    assert owned(records, server) == []


@pytest.mark.parametrize(('vnic_type', 'product', 'dev_type', 'vif_type'), [
    pytest.param('direct', '10ca', 'type-VF', 'hw_veb', id='direct'),
    pytest.param('macvtap', '10ca', 'type-VF', 'hw_veb', id='macvtap'),
    pytest.param('direct-physical', '10c9', 'type-PF', 'hostdev_physical',
                 id='direct-physical'),
])
def test_a_port_is_bound_to_a_device_of_its_physnet(
        scene, records, vnic_type, product, dev_type, vif_type):
    port_id = scene.port('physnet2', vnic_type)
    server = scene.boot(scene.flavor(), [port_id])
    assert server['status'] == 'ACTIVE'
    assert owned(records, server) == [(server[HOST], product, dev_type)]
    port = scene.calls.network('GET', f'/ports/{port_id}')['port']
    assert port['binding:vif_type'] == vif_type
    assert port['binding:profile']['physical_network'] == 'physnet2'
    assert port['binding:host_id'] == server[HOST]


def test_alias_and_port_are_served_by_one_host(scene, records):
    server = scene.boot(scene.flavor('nvme:2'), [scene.port('physnet2')])
    assert server['status'] == 'ACTIVE'
    assert owned(records, server) == [
        (server[HOST], '0010', 'type-VF'), (server[HOST], '0010', 'type-VF'),
        (server[HOST], '10ca', 'type-VF')]


def test_an_alias_may_have_devices_of_a_physnet_unless_in_placement(
        scene, records, choice):
    """Only the plain host has VFs on physnet1, and they are of a1 as well.

    To Placement Nova reports no device that has a physical network.
    """
    server = scene.boot(scene.flavor('a1:2'), [scene.port('physnet1')])
    if choice.in_placement:
        assert server['status'] == 'ERROR'
        assert 'No valid host was found' in server['fault']['message']
    else:
        assert server['status'] == 'ACTIVE'
        assert owned(records, server) == [('plain-1', '1520', 'type-VF')] * 3


def test_several_servers_in_one_request_take_devices_of_their_own(
        scene, records):
    answer = scene.calls.compute('POST', '/servers', {'server': {
        'name': 'many', 'flavorRef': scene.flavor('nvme:1'),
        'imageRef': scene.image, 'networks': 'none', 'min_count': 6,
        'max_count': 6, 'return_reservation_id': True}})
    assert answer['reservation_id']
    servers = [scene.wait(server_id, 'ACTIVE', 'ERROR')
               for server_id in scene.servers()]
    assert [each['status'] for each in servers] == ['ACTIVE'] * 6
    # Six do not fit on one host of four.
    assert set(collections.Counter(each[HOST] for each in servers)) == {
        'igb-1', 'igb-2'}


def test_more_than_fits_is_refused_with_the_devices_untouched(
        scene, records):
    first = [scene.boot(scene.flavor('v100:2')) for _ in range(2)]
    assert [each['status'] for each in first] == ['ACTIVE'] * 2
    third = scene.boot(scene.flavor('v100:1'))
    assert third['status'] == 'ERROR'
    assert 'No valid host was found' in third['fault']['message']
    assert owned(records, third) == []


@pytest.mark.parametrize(('policy', 'count', 'status'), [
    pytest.param('required', 2, 'ACTIVE', id='required fits on one node'),
    pytest.param('required', 3, 'ERROR', id='required spans no two nodes'),
    pytest.param('legacy', 3, 'ERROR', id='legacy spans no known nodes'),
    pytest.param('socket', 3, 'ERROR', id='socket spans no two sockets'),
    pytest.param('preferred', 3, 'ACTIVE', id='preferred spans nodes'),
])
def test_numa_policies_hold(scene, records, policy, count, status):
    """The GPU host has two V100 on each of its two nodes and sockets."""
    server = scene.boot(scene.flavor(
        f'v100:{count}', hw__numa_nodes='1',
        hw__pci_numa_affinity_policy=policy))
    assert server['status'] == status
    nodes = {each.kind[3] for each in records.devices()
             if each.owner == server['id']}
    assert len(nodes) == (0 if status == 'ERROR' else (count + 1) // 2)
