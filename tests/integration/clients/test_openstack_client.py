# SPDX-License-Identifier: Apache-2.0

"""python-openstackclient's own shell, with the hooks."""

import pytest
from openstackclient import shell

from tests.fake_cloud import GROUP
from tests.fake_cloud import NETWORK
from tests.fake_cloud import SERVER

CREATE = ('server', 'create', '--flavor', 'm1.large', '--image', 'cirros')
DIRECT = 'net-id=net1,vnic-type=direct'
PORT = {'name': 'guest-nic1', 'network_id': NETWORK,
        'binding:vnic_type': 'direct'}
MARK = f'Made for server {SERVER} by nova-pci-ext'


@pytest.fixture
def openstack(cloud):
    def run(*words, refuses=False, status=0):
        run.cloud = run.cloud or cloud(refuses=refuses)
        if not words:
            return run.cloud
        try:
            found = shell.OpenStackShell().run(list(words))
        except SystemExit as error:
            found = error.code
        assert found == status
        return run.cloud
    run.cloud = None
    return run


def asked(cloud):
    """Ports that were asked for, and the networks of the server."""
    ports = [{key: value for key, value in body['port'].items()
              if key != 'description'}
             for method, path, body in cloud.changes
             if (method, path) == ('POST', '/v2.0/ports')]
    servers = [body['server']['networks'] for method, path, body
               in cloud.changes if (method, path) == (
                   'POST', '/v2.1/servers')]
    return ports, servers


@pytest.mark.parametrize('vnic_type', ['direct', 'macvtap'])
def test_a_server_with_a_port_of_a_type(openstack, vnic_type):
    cloud = openstack(*CREATE, '--nic',
                      f'net-id=net1,vnic-type={vnic_type}', 'guest')
    assert asked(cloud) == (
        [{**PORT, 'binding:vnic_type': vnic_type}], [[{'port': 'port-1'}]])
    assert cloud.ports['port-1']['description'] == MARK


def test_nova_makes_a_normal_port_itself(openstack):
    cloud = openstack(*CREATE, '--nic', 'net-id=net1,vnic-type=normal',
                      'guest')
    assert asked(cloud) == ([], [[{'uuid': NETWORK}]])


def test_each_nic_has_its_own_type_and_place(openstack):
    cloud = openstack(
        *CREATE, '--network', 'net1', '--nic',
        'net-id=net1,vnic-type=macvtap,v4-fixed-ip=10.0.0.5,tag=data',
        '--network', 'net1', '--nic', DIRECT, '--security-group', 'web',
        'guest')
    assert asked(cloud) == ([
        {**PORT, 'name': 'guest-nic2', 'binding:vnic_type': 'macvtap',
         'fixed_ips': [{'ip_address': '10.0.0.5'}],
         'security_groups': [GROUP]},
        {**PORT, 'name': 'guest-nic4', 'security_groups': [GROUP]}], [[
            {'uuid': NETWORK}, {'port': 'port-1', 'tag': 'data'},
            {'uuid': NETWORK}, {'port': 'port-2'}]])


def test_the_port_of_a_refused_server_is_taken_back(openstack, capsys):
    cloud = openstack(*CREATE, '--nic', DIRECT, 'guest', refuses=True,
                      status=1)
    assert [(method, path) for method, path, _ in cloud.changes] == [
        ('POST', '/v2.0/ports'), ('POST', '/v2.1/servers'),
        ('DELETE', '/v2.0/ports/port-1')]
    assert cloud.ports == {}
    assert 'Quota exceeded' in capsys.readouterr().err


@pytest.mark.parametrize('words, status, message', [
    pytest.param(('--nic', 'net-id=net1,vnic-type=sriov'), 2,
                 'argument --nic: --nic \'net-id=net1,vnic-type=sriov\': '
                 'expected normal, direct, macvtap, direct-physical, vdpa, '
                 'remote-managed or virtio-forwarder as vnic-type, got '
                 "'sriov'", id='an unknown type'),
    pytest.param(('--nic', 'auto,vnic-type=direct'), 2,
                 "argument --nic: --nic 'auto,vnic-type=direct': expected no "
                 "vnic-type with 'auto', which names no network", id='auto'),
    pytest.param(('--nic', DIRECT, '--nic', 'auto'), 1,
                 'Specifying a --nic of auto or none cannot be used with any '
                 'other --nic', id='auto beside it'),
    pytest.param(('--nic', DIRECT, '--max', '2'), 1,
                 'expected one server with vnic-type: a port is for one',
                 id='two servers'),
    pytest.param(('--nic', f'{DIRECT},colour=red'), 2,
                 'Invalid argument net-id=net1,colour=red',
                 id='what the client refuses'),
])
def test_what_is_refused_makes_no_port(openstack, capsys, words, status,
                                       message):
    cloud = openstack(*CREATE, *words, 'guest', status=status)
    assert cloud.changes == []
    assert message in ' '.join(capsys.readouterr().err.split())


def test_a_port_stays_when_its_server_is_deleted(openstack):
    openstack(*CREATE, '--nic', DIRECT, 'guest')
    cloud = openstack('server', 'delete', SERVER)
    assert (list(cloud.ports), cloud.servers) == (['port-1'], {})


def test_delete_port_deletes_it_too_and_no_other(openstack):
    cloud = openstack(*CREATE, '--nic', DIRECT, 'guest')
    cloud.ports['port-9'] = {'id': 'port-9', 'device_id': SERVER,
                             'description': ''}
    openstack('server', 'delete', '--delete-port', SERVER)
    assert [(method, path) for method, path, _ in cloud.changes[3:]] == [
        ('DELETE', f'/v2.1/servers/{SERVER}'),
        ('DELETE', '/v2.0/ports/port-1')]
    assert list(cloud.ports) == ['port-9']


OTHER = '77777777-7777-7777-7777-777777777777'


def test_a_server_that_cannot_be_deleted_keeps_no_other_from_it(openstack):
    cloud = openstack(*CREATE, '--nic', DIRECT, 'guest')
    cloud.add_locked_server(OTHER)
    openstack('server', 'delete', '--delete-port', OTHER, SERVER, status=1)
    assert (cloud.ports, cloud.servers) == ({}, {})


def test_a_port_that_changes_while_it_is_deleted_stays(openstack, capsys):
    cloud = openstack(*CREATE, '--nic', DIRECT, 'guest')
    cloud.before_deletion = lambda: cloud.ports['port-1'].update(
        device_id=OTHER, revision_number=2)
    openstack('server', 'delete', '--delete-port', SERVER)
    assert list(cloud.ports) == ['port-1']
    assert capsys.readouterr().err.endswith(
        f"Port port-1 was not deleted: device '{OTHER}' has it\n")


def test_a_port_stays_when_novas_answer_cannot_be_read(openstack, capsys):
    openstack().answer_to_server = (202, '<html>')
    cloud = openstack(*CREATE, '--nic', DIRECT, 'guest', status=1)
    assert cloud.ports['port-1']['device_id'] == SERVER
    assert (
        "Port port-1 was not deleted: Nova may have server 'guest'; if "
        '"openstack server list --name guest" does not show it: openstack '
        'port delete port-1\n') in capsys.readouterr().err


def test_a_port_that_was_made_without_an_answer_is_taken_back(openstack):
    openstack().loses_ports = True
    cloud = openstack(*CREATE, '--nic', DIRECT, 'guest', status=1)
    assert cloud.ports == {}


def test_the_options_are_in_the_help(openstack, capsys):
    openstack('help', 'server', 'delete')
    assert '--delete-port' in capsys.readouterr().out
