# SPDX-License-Identifier: Apache-2.0

"""What ports ask beside devices, and ports that are gone."""

import types

import pytest
from keystoneauth1 import exceptions as ks_exc
from neutronclient.common import exceptions as client_errors
from nova import exception
from nova import objects
from nova.network import neutron

from nova_pci_ext.servers import ports

pytestmark = pytest.mark.nova
objects.register_all()

SILENT = ('Neutron does not answer (ConnectFailure): whether its ports need '
          'bandwidth is not known, nor to which NUMA node a network belongs')


def request(port=None, alias=None):
    return objects.InstancePCIRequest(
        count=1, spec=[{'physical_network': 'p'}], alias_name=alias,
        requester_id=port, request_id='r')


def spec(*requests):
    return objects.RequestSpec(pci_requests=objects.InstancePCIRequests(
        requests=list(requests)))


def group(port):
    return objects.RequestGroup(requester_id=port)


@pytest.fixture
def asked_of(monkeypatch):
    """Let Neutron answer of each port with this, or raise it."""
    def make(answers):
        def create(self, context, networks, requests):
            answer = answers[networks[0].port_id]
            if isinstance(answer, Exception):
                raise answer
            return (objects.NetworkMetadata(physnets={answer},
                                            tunneled=False),
                    [group(networks[0].port_id)],
                    objects.RequestLevelParams(same_subtree=[['a']]))
        monkeypatch.setattr(neutron.API, 'create_resource_requests', create)
    return make


def test_ports_of_a_server_without_host(asked_of):
    asked_of({'one': 'p1', 'two': 'p2'})
    found = spec(request('one'), request(alias='a1'), request('two'),
                 request('one'))
    asked = ports.of_unsettled(found)
    assert [each.requester_id for each in asked.groups] == ['one', 'two']
    assert found.network_metadata.physnets == {'p1', 'p2'}
    assert (asked.level.same_subtree, asked.notes) == ([['a'], ['a']], ())


def test_a_port_that_is_gone_hides_no_other(asked_of):
    asked_of({'one': exception.PortNotFound(port_id='one'), 'two': 'p2'})
    asked = ports.of_unsettled(spec(request('one'), request('two')))
    assert [each.requester_id for each in asked.groups] == ['two']
    assert asked.notes == ('port one is not in Neutron any more: its device '
                           'is asked for as it was',)


def test_a_silent_neutron_is_asked_once(asked_of):
    asked_of({'one': ks_exc.ConnectFailure('x')})
    found = spec(request('one'), request('two'))
    asked = ports.of_unsettled(found)
    assert (asked.groups, asked.notes) == ([], (SILENT,))
    assert 'network_metadata' not in found


def test_a_server_without_ports_asks_nobody():
    assert ports.of_unsettled(spec(request(alias='a1'))).notes == ()
    for cache in (None, types.SimpleNamespace(network_info=None)):
        assert ports.of_settled(spec(), types.SimpleNamespace(
            info_cache=cache)) == ports.Asked()


INSTANCE = types.SimpleNamespace(uuid='u', info_cache=types.SimpleNamespace(
    network_info=[{'id': 'one', 'network': {
        'id': 'n', 'meta': {'physical_network': 'p1'}}}]))


@pytest.mark.parametrize(('shown', 'notes'), [
    ({}, ()),
    (client_errors.PortNotFoundClient(), (
        'port one is not in Neutron any more: its device is asked for as it '
        'was',)),
    (exception.PortNotFound(port_id='one'), (
        'port one is not in Neutron any more: its device is asked for as it '
        'was',)),
    (ks_exc.ConnectFailure('x'), (SILENT,)),
], ids=['there', 'gone', 'gone for Nova', 'silent'])
def test_ports_of_a_server_on_a_host(monkeypatch, shown, notes):
    def show(port, fields):
        if isinstance(shown, Exception):
            raise shown
        return shown

    monkeypatch.setattr(neutron.API, 'get_requested_resource_for_instance',
                        lambda self, context, uuid: ([group('one')], 'level'))
    monkeypatch.setattr(neutron, 'get_client', lambda context, admin: (
        types.SimpleNamespace(show_port=show)))
    found = spec(request('one'))
    asked = ports.of_settled(found, INSTANCE)
    assert [each.requester_id for each in asked.groups] == ['one']
    assert (asked.level, asked.notes) == ('level', notes)
    assert found.network_metadata.physnets == {'p1'}


def test_a_silent_neutron_of_a_server_on_a_host(monkeypatch):
    def silent(*_):
        raise ks_exc.ConnectFailure('x')

    monkeypatch.setattr(neutron.API, 'get_requested_resource_for_instance',
                        silent)
    assert ports.of_settled(spec(request('one')), INSTANCE) == ports.Asked(
        notes=(SILENT,))
