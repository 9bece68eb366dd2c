# SPDX-License-Identifier: Apache-2.0

"""``--nic net-id=NET,vnic-type=TYPE`` of both clients, as a user types it."""

import os
import subprocess

import pytest

from cloud import credentials
from tests.cloud.scene import HOST

QUICK = ('tracker',)
BOOT = {
    'nova': 'net=$(openstack network show net2 -f value -c id)\n'
            'nova boot --flavor m1.small --image empty '
            '--nic net-id=$net,vnic-type=direct --poll guest\n',
    'openstack': 'openstack server create --flavor m1.small --image empty '
                 '--nic net-id=net2,vnic-type=direct --wait guest\n'}
DELETE = {'nova': 'nova delete --delete-port guest\n',
          'openstack': 'openstack server delete --delete-port guest\n'}


def type_in(place, commands):
    path = f'{place.venv / "bin"}:{os.environ["PATH"]}'
    subprocess.run(
        ['sh', '-eux', '-c', commands], check=True, timeout=300,
        env={**os.environ, **credentials.environment(place), 'PATH': path})


def ports(scene):
    found = scene.calls.network('GET', '/ports?name=guest-nic1')['ports']
    return [(port['device_id'], port['binding:vnic_type'],
             port['binding:vif_type']) for port in found]


@pytest.mark.parametrize('client', BOOT)
def test_a_server_with_a_port_of_its_own(scene, records, place, client):
    type_in(place, BOOT[client])
    (server,) = scene.calls.compute(
        'GET', '/servers/detail?name=guest')['servers']
    assert (server['status'], bool(server[HOST])) == ('ACTIVE', True)
    assert [each.kind[1] for each in records.devices()
            if each.owner == server['id']] == ['10ca']
    assert ports(scene) == [(server['id'], 'direct', 'hw_veb')]
    type_in(place, DELETE[client])
    assert ports(scene) == []


@pytest.mark.parametrize('client', BOOT)
def test_the_port_of_a_refused_server_is_taken_back(scene, place, client):
    """Nova refuses an availability zone that it does not have."""
    refused = BOOT[client].replace('--nic',
                                   '--availability-zone nowhere --nic')
    with pytest.raises(subprocess.CalledProcessError):
        type_in(place, refused)
    assert ports(scene) == []
