# SPDX-License-Identifier: Apache-2.0

"""Which of Placement's providers the devices of a server come from.

Devices with a physical network stay out of Placement, as Nova documents. That
servers boot, move and end alike with the devices in Placement is shown by the
other modules, which run there too.
"""

import collections

import pytest

from cloud import rest
from tests.cloud.scene import HOST

RUNS_IN = ('placement',)


def providers_of(records, server):
    return collections.Counter({
        (each['name'], each['resource_class']): each['used']
        for each in records.allocations()
        if each['consumer'] == server['id']
        and each['resource_class'].startswith('CUSTOM_PCI')})


def test_an_alias_is_allocated_from_the_provider_of_the_card(scene, records):
    server = scene.boot(scene.flavor('a1:2'))
    assert (server['status'], server[HOST]) == ('ACTIVE', 'gpu-1')
    assert providers_of(records, server) == {
        ('gpu-1_0000:81:00.0', 'CUSTOM_PCI_8086_1520'): 2}


def test_several_devices_of_several_providers(scene, records):
    server = scene.boot(scene.flavor('v100:3'))
    assert server['status'] == 'ACTIVE'
    assert sorted(providers_of(records, server).values()) == [1, 1, 1]


def test_a_port_beside_an_alias_takes_nothing_of_placement(scene, records):
    server = scene.boot(scene.flavor('nvme:2'), [scene.port('physnet2')])
    assert server['status'] == 'ACTIVE'
    assert providers_of(records, server) == {
        (f'{server[HOST]}_0000:82:00.0', 'CUSTOM_PCI_1B36_0010'): 2}


@pytest.mark.parametrize('end', ['confirmResize', 'revertResize'])
def test_a_migration_takes_the_allocation_along(scene, records, end):
    server = scene.boot(scene.flavor('nvme:2'))
    scene.act(server['id'], 'migrate')
    scene.wait(server['id'], 'VERIFY_RESIZE')
    scene.act(server['id'], end)
    ended = scene.wait(server['id'], 'ACTIVE', 'ERROR')
    assert ended['status'] == 'ACTIVE'
    assert (ended[HOST] == server[HOST]) is (end == 'revertResize')
    rest.wait_until('the allocation', lambda: providers_of(
        records, server) == {(f'{ended[HOST]}_0000:82:00.0',
                              'CUSTOM_PCI_1B36_0010'): 2})
