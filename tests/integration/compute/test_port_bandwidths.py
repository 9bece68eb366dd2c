# SPDX-License-Identifier: Apache-2.0

"""When a compute asks Neutron for the groups of ports, and what it takes.

``tests/neutron/test_bandwidth.py`` asks a real Neutron.
"""

from unittest import mock

import pytest
from neutronclient.common import exceptions as client_errors
from nova import context
from nova import objects
from nova.network import neutron

from nova_pci_ext.compute import port_bandwidths

pytestmark = pytest.mark.nova

EGRESS = 'NET_BW_EGR_KILOBIT_PER_SEC'
RATE = 'NET_PACKET_RATE_KILOPACKET_PER_SEC'
BW, PPS, GONE = (f'1e4a0f0c-2d5b-4c8e-9a57-3b6f8d2c4e0{n}' for n in range(3))


def request(port=None, alias=None, **spec):
    return objects.InstancePCIRequest(
        count=1, request_id=f'request-{port or alias}', requester_id=port,
        alias_name=alias, spec=[spec])


def found(requests, providers, **ports):
    """Return (what is found, the ports that Neutron was asked for)."""
    asked = []

    def show_port(port, fields):
        asked.append(port)
        assert fields == ['resource_request']
        if isinstance(ports[port], Exception):
            raise ports[port]
        return {'port': ports[port]}
    client = mock.Mock(show_port=show_port)
    with mock.patch.object(neutron, 'get_client', return_value=client):
        return dict(port_bandwidths.of_ports(
            context.get_admin_context(), requests, providers)), asked


def port(*groups):
    return {'resource_request': {
        'request_groups': [{'id': name, 'resources': {resource: 1}}
                           for name, resource in groups],
        'same_subtree': []}}


@pytest.mark.parametrize('providers', [
    {}, {'': ['root']}, {'p': ['pf']}, {'request-a1-0': ['device']},
    {'': ['root'], '1': ['root'], 'p': ['pf'], 'request-a1-0': ['device']},
    {BW: ['pf'], 'p': ['pf']}])
def test_neutron_is_not_asked_where_nova_knows_all_groups(providers):
    assert found([request('p'), request(alias='a1')], providers) == ({}, [])


def test_a_server_without_ports_with_devices_asks_nothing():
    assert found([request(alias='a1')], {BW: ['br']}) == (
        {}, [])


def test_the_group_of_the_bandwidth_is_taken():
    assert found([request('p'), request('q'), request('r')], {
        BW: ['pf'], PPS: ['agent'], 'r': ['other']},
        p=port((PPS, RATE), (BW, EGRESS)), q={}) == (
            {'p': ['pf']}, ['p', 'q'])


@pytest.mark.parametrize('dev_type', ['type-PF', 'vdpa'])
def test_what_names_no_interface_of_a_pf_stays_as_nova_has_it(dev_type):
    assert found([request('p', dev_type=dev_type)], {BW: ['pf']}) == ({}, [])


@pytest.mark.parametrize('answer', [
    {'resource_request': None}, {}, port(),
    # As before Xena, and a group that was not asked for.
    {'resource_request': {'resources': {EGRESS: 1}, 'required': []}},
    port((GONE, EGRESS))])
def test_other_ports_have_none(answer):
    assert found([request('p')], {BW: ['pf']}, p=answer) == ({}, ['p'])


def test_a_neutron_that_does_not_answer_ends_the_build():
    """A VF of any PF would overspend one of them."""
    with pytest.raises(client_errors.ConnectionFailed):
        found([request('p')], {BW: ['pf']},
              p=client_errors.ConnectionFailed(reason='down'))
