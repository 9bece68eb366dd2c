# SPDX-License-Identifier: Apache-2.0

import dataclasses

import pytest
from novaclient import exceptions as nova

from nova_pci_ext.clients import ports
from nova_pci_ext.clients.ports import Port
from tests.unit.clients.neutron import Neutron
from tests.unit.clients.neutron import wish

BODY = {'network_id': 'n', 'binding:vnic_type': 'direct',
        'description': 'our mark'}
OURS = Port(id='p1', description='m')


def test_a_port_that_says_no_more_than_it_must():
    assert wish('a').body == {'name': 'a', **BODY}


def test_addresses_and_groups_are_the_ports():
    assert wish('a', addresses=('10.0.0.5', 'fd00::5'), groups=()).body == {
        'name': 'a', **BODY, 'security_groups': [], 'fixed_ips': [
            {'ip_address': '10.0.0.5'}, {'ip_address': 'fd00::5'}]}


def test_each_wish_has_a_mark_of_its_own():
    first, second = (ports.Wish(name='a', network='n', vnic_type='direct')
                     for _ in range(2))
    assert first.mark != second.mark


@pytest.mark.parametrize('description, expected', [
    (ports.mark_of('s'), True),
    ('Made for a server by nova-pci-ext, request 5ac5', True),
    # As the first release of this wrote it.
    ('Made for a server by nova-pci-ext', True),
    ('Made for the web servers', False), ('', False),
])
def test_what_is_a_mark(description, expected):
    assert ports.is_mark(description) is expected


@pytest.mark.parametrize('port', [
    OURS, dataclasses.replace(OURS, device='s', owner='compute:nova',
                              host='h')],
    ids=['free', 'of the server that is gone'])
def test_our_port_is_deleted_and_no_other(port, capsys):
    neutron = Neutron(port, Port(id='p2', description='m'))
    ports.take_back(neutron, {'p1': 'm'}, 's')
    assert list(neutron.ports) == ['p2']
    assert capsys.readouterr().err == ''


def test_a_port_that_is_gone_is_no_error(capsys):
    ports.take_back(Neutron(), {'p1': 'm'})
    assert capsys.readouterr().err == ''


@pytest.mark.parametrize('change, reason', [
    pytest.param({'device': 's2', 'owner': 'compute:nova'},
                 "compute:nova 's2' has it", id='another server'),
    pytest.param({'device': 's2'}, "device 's2' has it", id='a device'),
    pytest.param({'owner': 'trunk:subport'}, 'trunk:subport has it',
                 id='an owner without a device'),
    pytest.param({'host': 'c1'}, "host 'c1' has it", id='a host'),
    pytest.param({'description': "the web's"},
                 """its description is "the web's", not 'm'""",
                 id='another description'),
])
def test_a_port_that_is_something_else_by_now_stays(change, reason, capsys):
    neutron = Neutron(dataclasses.replace(OURS, **change))
    ports.take_back(neutron, {'p1': 'm'}, 's')
    assert list(neutron.ports) == ['p1']
    assert capsys.readouterr().err == (
        f'Port p1 was not deleted: {reason}\n')


def test_no_server_has_a_port_of_a_server_that_was_refused(capsys):
    neutron = Neutron(dataclasses.replace(OURS, device='s'))
    ports.take_back(neutron, {'p1': 'm'})
    assert capsys.readouterr().err == (
        "Port p1 was not deleted: device 's' has it\n")


class Changing(Neutron):
    """Changes a port that is deleted, so many times."""

    def __init__(self, times, **change):
        super().__init__(OURS)
        self._times, self._change = times, change

    def delete_port(self, port):
        if self._times:
            self._times -= 1
            self.ports['p1'] = dataclasses.replace(port, **self._change)
            raise nova.ClientException(412, 'Constrained to 1')
        super().delete_port(port)


def test_a_port_that_changes_meanwhile_is_read_again():
    neutron = Changing(4)
    ports.take_back(neutron, {'p1': 'm'})
    assert neutron.ports == {}


@pytest.mark.parametrize('neutron, message', [
    pytest.param(Changing(1, device='s2'), "device 's2' has it",
                 id='given away'),
    pytest.param(Changing(5), 'Constrained to 1 (HTTP 412); try: openstack '
                 'port delete p1', id='too often'),
])
def test_a_port_is_not_deleted_unread(neutron, message, capsys):
    ports.take_back(neutron, {'p1': 'm'})
    assert list(neutron.ports) == ['p1']
    assert capsys.readouterr().err == (
        f'Port p1 was not deleted: {message}\n')


@pytest.mark.parametrize('method', ['find', 'delete'])
def test_one_port_that_stays_keeps_no_other(method, capsys):
    neutron = Neutron(*(dataclasses.replace(OURS, id=each) for each in 'abc'),
                      errors={(method, 'a'): RuntimeError('Neutron is away.')})
    ports.take_back(neutron, dict.fromkeys('abc', 'm'))
    assert list(neutron.ports) == ['a']
    assert capsys.readouterr().err == (
        'Port a was not deleted: Neutron is away; try: openstack port delete '
        'a\n')


def test_an_interrupt_names_what_is_left(capsys):
    neutron = Neutron(*(dataclasses.replace(OURS, id=each) for each in 'abc'),
                      errors={('delete', 'b'): KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        ports.take_back(neutron, dict.fromkeys('abc', 'm'))
    assert capsys.readouterr().err == (
        'Port b, c was not deleted: interrupted; try: openstack port delete '
        'b c\n')


def test_what_neutron_answers_is_escaped(capsys):
    ports.left(['p1\x9b'], 'no\r\n\x1b[2J\u202e')
    assert capsys.readouterr().err == (
        'Port p1\\x9b was not deleted: no\\r\\n\\x1b[2J\\u202e\n')
