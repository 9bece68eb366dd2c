# SPDX-License-Identifier: Apache-2.0

"""The ports that the command line clients make, at Neutron's real server."""

import openstack
import pytest
from keystoneauth1 import session
from keystoneauth1 import token_endpoint
from novaclient import client as novaclient

from nova_pci_ext.clients import nova_client
from nova_pci_ext.clients import openstack_client
from nova_pci_ext.clients import ports
from nova_pci_ext.model.binding import VnicType

pytestmark = pytest.mark.nova

SERVER = '44444444-4444-4444-4444-444444444444'


def of_nova(url):
    return nova_client.NeutronPorts(novaclient.Client(
        '2.1', endpoint_override=url, session=session.Session(
            token_endpoint.Token(url, 'token'))))


def of_openstack(url):
    return openstack_client.NeutronPorts(openstack.connection.Connection(
        auth_type='none', endpoint=url, network_endpoint_override=url,
        region_name='r').network)


@pytest.fixture(params=[of_nova, of_openstack])
def neutron(request, url):
    return request.param(url)


@pytest.fixture
def made(neutron, scene):
    """A port as a client makes it for a server, and its mark."""
    wish = ports.Wish(name='guest&co #1', vnic_type=VnicType.DIRECT,
                      network=scene('vlan', 'direct').network['id'])
    port = neutron.create_port(wish.body)
    yield port, wish
    for found in neutron.find_ports(id=port):
        neutron.delete_port(found)


def test_a_port_is_found_by_its_name_and_says_whose_it_is(neutron, made):
    port, wish = made
    (found,) = [each for each in neutron.find_ports(name=wish.name)
                if each.id == port]
    assert found == ports.Port(id=port, description=wish.mark,
                               revision=found.revision)
    neutron.describe_port(port, ports.mark_of(SERVER))
    (after,) = neutron.find_ports(id=port)
    assert after.description == ports.mark_of(SERVER)
    assert after.revision > found.revision


def test_a_port_is_taken_back(neutron, made, capsys):
    port, wish = made
    ports.take_back(neutron, {port: wish.mark})
    assert list(neutron.find_ports(id=port)) == []
    ports.take_back(neutron, {port: wish.mark})
    assert capsys.readouterr().err == ''


def test_neutron_does_not_delete_a_port_that_has_changed(neutron, made,
                                                         scene, capsys):
    port, wish = made
    (before,) = neutron.find_ports(id=port)
    scene('vlan', 'direct').client.update_port(port, {'port': {
        'device_id': SERVER, 'device_owner': 'compute:nova'}})
    with pytest.raises(Exception) as caught:
        neutron.delete_port(before)
    assert ports.refusals.status_of(caught.value) == ports.refusals.CHANGED
    ports.take_back(neutron, {port: wish.mark})
    assert [each.id for each in neutron.find_ports(id=port)] == [port]
    assert capsys.readouterr().err == (
        f"Port {port} was not deleted: compute:nova '{SERVER}' has it\n")
