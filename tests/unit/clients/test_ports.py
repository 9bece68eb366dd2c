# SPDX-License-Identifier: Apache-2.0

import pytest
from keystoneauth1 import exceptions as keystoneauth1
from novaclient import exceptions as nova
from openstack import exceptions as sdk

from nova_pci_ext.clients import ports
from nova_pci_ext.model.binding import VnicType


class Neutron:
    """Keeps ports; those named in ``stuck`` can be neither made nor gone."""

    def __init__(self, stuck=()):
        self.ports = {}
        self._stuck = stuck

    def create_port(self, body):
        if body['name'] in self._stuck:
            raise RuntimeError('no address is free')
        self.ports[f"id-{body['name']}"] = body
        return f"id-{body['name']}"

    def delete_port(self, port):
        if port in self._stuck:
            raise RuntimeError('Neutron is away')
        del self.ports[port]

    def ports_of(self, server):
        return [('p1', ports.MADE), ('p2', ''), ('p3', 'mine')]


def wish(name, **values):
    return ports.Wish(name=name, network='n', vnic_type=VnicType.DIRECT,
                      **values)


BODY = {'network_id': 'n', 'binding:vnic_type': 'direct',
        'description': 'Made for a server by nova-pci-ext'}


def test_a_port_that_says_no_more_than_it_must():
    assert wish('a').body == {'name': 'a', **BODY}


def test_addresses_and_groups_are_the_ports():
    assert wish('a', addresses=('10.0.0.5', 'fd00::5'), groups=()).body == {
        'name': 'a', **BODY, 'security_groups': [], 'fixed_ips': [
            {'ip_address': '10.0.0.5'}, {'ip_address': 'fd00::5'}]}


def test_ports_stay_when_all_is_well():
    neutron = Neutron()
    with ports.made(neutron, [wish('a'), wish('b')]) as made:
        assert made == ['id-a', 'id-b']
    assert sorted(neutron.ports) == ['id-a', 'id-b']


REFUSED = [ValueError('no'), nova.Forbidden(403, 'no'),
           sdk.ConflictException('no', http_status=409)]
UNKNOWN = [KeyboardInterrupt(), keystoneauth1.ConnectTimeout('no'),
           nova.ClientException(504, 'no'),
           sdk.HttpException('no', http_status=500)]


@pytest.mark.parametrize('error', REFUSED, ids=repr)
def test_ports_go_when_the_server_is_refused(error):
    neutron = Neutron()
    with pytest.raises(type(error)):
        with ports.made(neutron, [wish('a'), wish('b')]):
            raise error
    assert neutron.ports == {}


@pytest.mark.parametrize('error', UNKNOWN, ids=repr)
def test_ports_stay_when_nova_may_have_the_server(error, capsys):
    neutron = Neutron()
    with pytest.raises(type(error)):
        with ports.made(neutron, [wish('a'), wish('b')]):
            raise error
    assert sorted(neutron.ports) == ['id-a', 'id-b']
    assert capsys.readouterr().err == (
        'Port id-a, id-b was not deleted: Nova may have the server\n')


def test_ports_go_when_another_cannot_be_made():
    neutron = Neutron(stuck=['b'])
    with pytest.raises(RuntimeError, match='no address is free'):
        with ports.made(neutron, [wish('a'), wish('b')]):
            raise AssertionError
    assert neutron.ports == {}


def test_a_port_that_stays_is_named(capsys):
    neutron = Neutron(stuck=['id-a'])
    with pytest.raises(ValueError, match='no'):
        with ports.made(neutron, [wish('a'), wish('b')]):
            raise ValueError('no')
    assert sorted(neutron.ports) == ['id-a']
    assert capsys.readouterr().err == (
        'Port id-a was not deleted: Neutron is away\n')


def test_only_ports_made_here_are_found():
    assert ports.of_server(Neutron(), 's') == ['p1']


def test_ports_are_deleted_when_the_server_is_gone():
    neutron, answers = Neutron(), [False, True]
    neutron.ports = {'p1': {}, 'p2': {}}
    ports.delete_after(neutron, ['p1'], lambda: answers.pop(0))
    assert (neutron.ports, answers) == ({'p2': {}}, [])


def test_the_ports_of_a_server_that_stays_are_left_and_named(capsys):
    neutron = Neutron()
    neutron.ports = {'p1': {}}
    ports.delete_after(neutron, ['p1'], lambda: False, timeout_s=0)
    assert list(neutron.ports) == ['p1']
    assert capsys.readouterr().err == (
        'Port p1 was not deleted: the server is not gone after 0 s\n')


def test_what_neutron_answers_is_escaped(capsys):
    ports._left(['p1\x9b'], 'no\r\n\x1b[2J\u202e')
    assert capsys.readouterr().err == (
        'Port p1\\x9b was not deleted: no\\r\\n\\x1b[2J\\u202e\n')


def test_nothing_is_asked_where_there_is_no_port():
    ports.delete_after(Neutron(), [], lambda: 1 / 0)
