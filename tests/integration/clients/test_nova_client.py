# SPDX-License-Identifier: Apache-2.0

"""python-novaclient's own shell, with the extension."""

import re

import pytest
from keystoneauth1 import exceptions as keystoneauth1
from novaclient import exceptions
from novaclient import shell

from tests.fake_cloud import GROUP
from tests.fake_cloud import NETWORK
from tests.fake_cloud import PROJECT
from tests.fake_cloud import SERVER

BOOT = ('boot', '--flavor', 'm1.large', '--image', 'cirros')
DIRECT = f'net-id={NETWORK},vnic-type=direct'
PORT = {'name': 'guest-nic1', 'network_id': NETWORK,
        'binding:vnic_type': 'direct'}
MARK = f'Made for server {SERVER} by nova-pci-ext'


@pytest.fixture
def nova(cloud):
    def run(*words, refuses=False):
        run.cloud = run.cloud or cloud(refuses=refuses)
        if words:
            shell.OpenStackComputeShell().main(list(words))
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
def test_the_line_of_2014(nova, vnic_type):
    cloud = nova(*BOOT, '--nic', f'net-id={NETWORK},vnic-type={vnic_type}',
                 'guest')
    assert asked(cloud) == (
        [{**PORT, 'binding:vnic_type': vnic_type}], [[{'port': 'port-1'}]])
    assert cloud.ports['port-1']['device_id'] == SERVER
    assert cloud.ports['port-1']['description'] == MARK


def test_nova_makes_a_normal_port_itself(nova):
    cloud = nova(*BOOT, '--nic', f'net-id={NETWORK},vnic-type=normal',
                 'guest')
    assert asked(cloud) == ([], [[{'uuid': NETWORK}]])


def test_each_nic_has_its_own_type_and_place(nova):
    cloud = nova(
        *BOOT, '--nic', f'net-id={NETWORK}', '--nic',
        'net-name=net1,vnic-type=macvtap,v4-fixed-ip=10.0.0.5,tag=data',
        '--nic', DIRECT, '--security-groups', 'web', 'guest')
    assert asked(cloud) == ([
        {**PORT, 'name': 'guest-nic2', 'binding:vnic_type': 'macvtap',
         'fixed_ips': [{'ip_address': '10.0.0.5'}],
         'security_groups': [GROUP]},
        {**PORT, 'name': 'guest-nic3', 'security_groups': [GROUP]}], [[
            {'uuid': NETWORK}, {'port': 'port-1', 'tag': 'data'},
            {'port': 'port-2'}]])


def test_the_port_of_a_refused_server_is_taken_back(nova):
    with pytest.raises(exceptions.Forbidden, match='Quota exceeded'):
        nova(*BOOT, '--nic', DIRECT, 'guest', refuses=True)
    assert [(method, path) for method, path, _ in nova.cloud.changes] == [
        ('POST', '/v2.0/ports'), ('POST', '/v2.1/servers'),
        ('DELETE', '/v2.0/ports/port-1')]
    assert nova.cloud.ports == {}


@pytest.mark.parametrize('words, message', [
    pytest.param(('--nic', f'net-id={NETWORK},vnic-type=sriov'),
                 f"--nic 'net-id={NETWORK},vnic-type=sriov': expected normal, "
                 'direct, macvtap, direct-physical, vdpa, remote-managed or '
                 "virtio-forwarder as vnic-type, got 'sriov'",
                 id='an unknown type'),
    pytest.param(('--nic', DIRECT, '--max-count', '2'),
                 'expected one server with vnic-type: a port is for one',
                 id='two servers'),
    pytest.param(('--nic', DIRECT, '--security-groups', 'other'),
                 "expected one security group 'other', found 0",
                 id='an unknown security group'),
    pytest.param(('--nic', f'{DIRECT},colour=red'),
                 f"Invalid nic argument 'net-id={NETWORK},colour=red'",
                 id='what the client refuses'),
    pytest.param(('--nic', 'vnic-type=direct'), "--nic 'vnic-type=direct': "
                 'expected the net-id of a network with vnic-type',
                 id='no network'),
    pytest.param(('--nic', 'none,vnic-type=direct'),
                 "--nic 'none,vnic-type=direct': expected no vnic-type with "
                 "'none', which names no network", id='none'),
    pytest.param(('--nic', DIRECT, '--nic', 'auto'), 'Invalid nic argument',
                 id='auto beside it'),
])
def test_what_is_refused_makes_no_port(nova, words, message):
    with pytest.raises(exceptions.CommandError,
                       match=f'^{re.escape(message)}'):
        nova(*BOOT, *words, 'guest')
    assert nova.cloud.changes == []


def test_a_port_stays_when_its_server_is_deleted(nova):
    nova(*BOOT, '--nic', DIRECT, 'guest')
    cloud = nova('delete', SERVER)
    assert (list(cloud.ports), cloud.servers) == (['port-1'], {})


def test_delete_port_deletes_it_too_and_no_other(nova):
    cloud = nova(*BOOT, '--nic', DIRECT, 'guest')
    cloud.ports['port-9'] = {'id': 'port-9', 'device_id': SERVER,
                             'description': ''}
    nova('delete', '--delete-port', SERVER)
    assert [(method, path) for method, path, _ in cloud.changes[3:]] == [
        ('DELETE', f'/v2.1/servers/{SERVER}'),
        ('DELETE', '/v2.0/ports/port-1')]
    assert list(cloud.ports) == ['port-9']


OTHER = '77777777-7777-7777-7777-777777777777'


def test_a_server_that_cannot_be_deleted_keeps_no_other_from_it(nova):
    cloud = nova(*BOOT, '--nic', DIRECT, 'guest')
    cloud.add_locked_server(OTHER)
    with pytest.raises(exceptions.CommandError, match='Unable to delete'):
        nova('delete', '--delete-port', 'nosuch', OTHER, SERVER)
    assert (cloud.ports, cloud.servers) == ({}, {})


def test_a_port_that_is_given_to_another_server_stays(nova, capsys):
    cloud = nova(*BOOT, '--nic', DIRECT, 'guest')
    cloud.when_gone = lambda: cloud.ports['port-1'].update(device_id=OTHER)
    nova('delete', '--delete-port', SERVER)
    assert list(cloud.ports) == ['port-1']
    assert capsys.readouterr().err == (
        f"Port port-1 was not deleted: device '{OTHER}' has it\n")


def test_a_port_that_changes_while_it_is_deleted_stays(nova, capsys):
    cloud = nova(*BOOT, '--nic', DIRECT, 'guest')
    cloud.before_deletion = lambda: cloud.ports['port-1'].update(
        device_id=OTHER, revision_number=2)
    nova('delete', '--delete-port', SERVER)
    assert list(cloud.ports) == ['port-1']
    assert capsys.readouterr().err == (
        f"Port port-1 was not deleted: device '{OTHER}' has it\n")


def test_a_port_stays_when_nova_may_have_the_server(nova, capsys):
    nova().answer_to_server = (408, '{}')
    with pytest.raises(exceptions.ClientException):
        nova(*BOOT, '--nic', DIRECT, 'guest')
    assert nova.cloud.ports['port-1']['device_id'] == SERVER
    assert capsys.readouterr().err == (
        "Port port-1 was not deleted: Nova may have server 'guest'; if "
        '"openstack server list --name guest" does not show it: openstack '
        'port delete port-1\n')


def test_a_port_that_was_made_without_an_answer_is_taken_back(nova):
    nova().loses_ports = True
    with pytest.raises(keystoneauth1.ConnectTimeout):
        nova(*BOOT, '--nic', DIRECT, 'guest')
    assert nova.cloud.ports == {}


@pytest.mark.parametrize('name, groups', [
    ('default', None), ('web', [GROUP]), (GROUP, [GROUP]),
    ('a&b #c', ['shared']), ('other', ['id-other']),
])
def test_the_groups_are_those_that_nova_would_take(nova, name, groups):
    cloud = nova()
    cloud.groups += [
        {'id': 'id-default', 'name': 'default', 'project_id': PROJECT},
        {'id': 'id-default-2', 'name': 'default', 'project_id': 'b'},
        {'id': 'id-web', 'name': 'web', 'project_id': 'b'},
        {'id': 'shared', 'name': 'a&b #c', 'project_id': 'b'},
        {'id': 'id-other', 'name': 'other', 'project_id': PROJECT}]
    nova(*BOOT, '--nic', DIRECT, '--security-groups', name, 'guest')
    (port,), _ = asked(cloud)
    assert port.get('security_groups') == groups


def test_all_else_is_as_without_the_extension(nova):
    cloud = nova(*BOOT, '--nic', f'net-id={NETWORK}', 'guest')
    nova('delete', SERVER)
    assert [(method, path) for method, path, _ in cloud.changes] == [
        ('POST', '/v2.1/servers'), ('DELETE', f'/v2.1/servers/{SERVER}')]
