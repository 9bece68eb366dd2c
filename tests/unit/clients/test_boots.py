# SPDX-License-Identifier: Apache-2.0

import types

import pytest
from novaclient import exceptions as nova

from nova_pci_ext.clients import boots
from tests.unit.clients.neutron import Neutron
from tests.unit.clients.neutron import wish

SERVER = types.SimpleNamespace(id='s')
MARK = 'Made for server s by nova-pci-ext'
LOST = nova.ClientException(504, 'no answer')
REFUSED = nova.Conflict(409, 'no address is free')


def boot(neutron, create):
    return boots.boot(neutron, "my 'guest'", [wish('a'), wish('b')], create)


def fails(error):
    def create(_):
        raise error
    return create


def test_ports_say_whose_they_are():
    neutron, given = Neutron(), []
    assert boot(neutron, lambda ports: given.append(ports) or SERVER) is SERVER
    assert given == [['id-a', 'id-b']]
    assert [port.description for port in neutron.ports.values()] == [MARK] * 2


def test_ports_go_when_the_server_is_refused():
    neutron = Neutron()
    with pytest.raises(nova.Forbidden):
        boot(neutron, fails(nova.Forbidden(403)))
    assert neutron.ports == {}


@pytest.mark.parametrize('error', [
    LOST, nova.ClientException(408), KeyboardInterrupt(),
    TypeError('an answer that cannot be read')], ids=repr)
def test_ports_stay_when_nova_may_have_the_server(error, capsys):
    neutron = Neutron()
    with pytest.raises(type(error)):
        boot(neutron, fails(error))
    assert list(neutron.ports) == ['id-a', 'id-b']
    assert capsys.readouterr().err == (
        'Port id-a, id-b was not deleted: Nova may have server '
        '"my \'guest\'"; if "openstack server list --name '
        '\'my \'"\'"\'guest\'"\'"\'\'" does not show it: openstack port '
        'delete id-a id-b\n')


def test_ports_stay_with_a_server_without_an_id(capsys):
    neutron = Neutron()
    boots.boot(neutron, 'guest', [wish('a')],
               lambda _: types.SimpleNamespace(id=None))
    assert list(neutron.ports) == ['id-a']
    assert capsys.readouterr().err == (
        "Port id-a was not deleted: Nova may have server 'guest'; if "
        '"openstack server list --name guest" does not show it: openstack '
        'port delete id-a\n')


def test_ports_stay_when_the_answer_names_no_server(capsys):
    neutron = Neutron()
    with pytest.raises(AttributeError):
        boot(neutron, lambda _: object())
    assert list(neutron.ports) == ['id-a', 'id-b']
    assert capsys.readouterr().err.startswith(
        'Port id-a, id-b was not deleted: Nova may have server ')


def test_ports_go_when_another_is_refused():
    neutron = Neutron(errors={('create', 'b'): REFUSED})
    with pytest.raises(nova.Conflict):
        boot(neutron, fails(AssertionError()))
    assert list(neutron.ports) == ['id-b']


@pytest.mark.parametrize('error', [LOST, KeyboardInterrupt(),
                                   TypeError('no answer')], ids=repr)
def test_a_port_that_neutron_made_without_saying_so_goes_too(error, capsys):
    neutron = Neutron(errors={('create', 'b'): error})
    with pytest.raises(type(error)):
        boot(neutron, fails(AssertionError()))
    assert neutron.ports == {}
    assert capsys.readouterr().err == ''


class Losing(Neutron):
    """Does not show the ports of a name; another has it too."""

    def find_ports(self, **query):
        if 'name' in query:
            return [boots.ports.Port(id='other', description='my own')]
        return super().find_ports(**query)


@pytest.mark.parametrize('neutron', [
    Losing(errors={('create', 'a'): LOST}),
    Neutron(errors={('create', 'a'): LOST,
                    ('find', 'a'): RuntimeError('Neutron is away')}),
], ids=['not there yet', 'no answer'])
def test_a_port_that_may_come_is_named(neutron, capsys):
    with pytest.raises(nova.ClientException):
        boot(neutron, fails(AssertionError()))
    assert capsys.readouterr().err == (
        "Neutron may have made port 'a' with description 'our mark'; to see "
        'it: openstack port list --long --name a\n')


def test_a_port_that_does_not_say_whose_it_is_is_named(capsys):
    neutron = Neutron(errors={('describe', 'id-a'): RuntimeError('away')})
    assert boot(neutron, lambda _: SERVER) is SERVER
    assert neutron.ports['id-b'].description == MARK
    assert capsys.readouterr().err == (
        "Port id-a does not say that it was made for server 's', so "
        '--delete-port will not delete it: away\n')


def test_an_interrupt_names_the_ports_that_do_not_say_it(capsys):
    neutron = Neutron(errors={('describe', 'id-b'): KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        boot(neutron, lambda _: SERVER)
    assert capsys.readouterr().err == (
        "Port id-b does not say that it was made for server 's', so "
        '--delete-port will not delete it: interrupted\n')
