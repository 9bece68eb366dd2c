# SPDX-License-Identifier: Apache-2.0

"""When a compute asks Neutron for the groups of ports, and what it takes.

``tests/neutron/test_bandwidth.py`` asks a real Neutron.
"""

import contextlib
import http.server
import socket
import threading
from unittest import mock

import pytest
from keystoneauth1 import exceptions as ksa_errors
from keystoneauth1 import token_endpoint
from keystoneauth1.identity import v3 as identity
from neutronclient.common import exceptions as client_errors
from nova import context
from nova import exception
from nova import objects
from nova.compute import manager
from nova.compute import utils as compute_utils
from nova.conf import CONF
from nova.network import neutron
from nova.objects import base

from nova_pci_ext.compute import port_bandwidths
from tests import port_bandwidths as port_options

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


def test_a_port_that_is_gone_has_no_group_and_stops_no_other():
    assert found([request('gone'), request('p')], {BW: ['pf']},
                 gone=client_errors.PortNotFoundClient(),
                 p=port((BW, EGRESS))) == ({'p': ['pf']}, ['gone', 'p'])


@contextlib.contextmanager
def served(status):
    """Serve what is not JSON with a status; None ends each connection."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            if status is None:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            self.end_headers()
            self.wfile.write(b'<html>')

        def log_message(self, *_):
            pass
    asked = []
    server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f'http://127.0.0.1:{server.server_port}', asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def neutron_at(url, auth=None):
    """Let Nova's own client ask a Neutron at an address."""
    plugin = auth or token_endpoint.Token(url, 'token')
    CONF.set_override('endpoint_override', url, 'neutron')
    CONF.set_override('http_retries', 0, 'neutron')
    try:
        with mock.patch.object(neutron, '_get_auth_plugin',
                               return_value=plugin):
            yield
    finally:
        CONF.clear_override('endpoint_override', 'neutron')
        CONF.clear_override('http_retries', 'neutron')


def of_two_ports():
    return dict(port_bandwidths.of_ports(
        context.get_admin_context(), [request('p'), request('q')],
        {BW: ['pf']}))


@pytest.mark.parametrize('status', [None, 401, 403, 500, 503])
def test_a_neutron_that_does_not_answer_is_said_and_not_asked_again(
        status, caplog):
    """Nova would not take back what it has allocated in Placement."""
    with served(status) as (url, asked), neutron_at(url):
        assert of_two_ports() == {}
    assert {path.partition('?')[0] for path in asked} == {
        '/v2.0/ports/p'}
    assert_said(caplog)


def assert_said(caplog):
    (record,) = [each for each in caplog.records
                 if each.name == port_bandwidths.__name__]
    assert record.levelname == 'WARNING'
    assert 'groups of the ports p, q: ' in record.getMessage()


@pytest.mark.parametrize('which', ['neutron', 'keystone'])
def test_a_closed_port_is_a_neutron_that_does_not_answer(which, caplog):
    with socket.socket() as closed:
        # Bound, so that it is nobody else's, and not listening.
        closed.bind(('127.0.0.1', 0))
        url = f'http://127.0.0.1:{closed.getsockname()[1]}'
        auth = None if which == 'neutron' else identity.Password(
            f'{url}/v3', username='u', password='p', project_name='p',
            user_domain_name='d', project_domain_name='d')
        with neutron_at(url, auth):
            assert of_two_ports() == {}
    assert_said(caplog)


class _ReportClient:
    """Names providers as their UUIDs."""

    def get_resource_provider_name(self, _context, uuid):
        return uuid


@pytest.fixture
def ours(monkeypatch):
    name = 'update_pci_request_with_placement_allocations'
    monkeypatch.setattr(compute_utils, name, getattr(compute_utils, name))
    port_bandwidths.install()
    return getattr(compute_utils, name)


def written(function, provider, *, is_asked=True):
    """Return the interface that a request has that had another one."""
    asked = request('p', parent_ifname='before')
    client = mock.Mock(show_port=lambda name, fields: {
        'port': port((BW, EGRESS))})
    with mock.patch.object(neutron, 'get_client', return_value=client) as get:
        function(context.get_admin_context(), _ReportClient(), [asked],
                 {BW: [provider]})
    assert get.called is is_asked
    return asked.spec[0].get('parent_ifname')


@pytest.mark.parametrize(('provider', 'interface'), [
    ('h:NIC Switch agent:ens1', 'ens1'),
    ('h:Open vSwitch agent:br-ex', None),
    ('h:OVN Controller agent:rp_tunnelled', None), ('h', None)])
def test_the_interface_of_a_pf_is_written_and_no_bridge(
        ours, provider, interface):
    """And that of an earlier place is gone."""
    with port_options.followed():
        assert written(ours, provider) == interface


@pytest.mark.parametrize('error', [
    exception.ResourceProviderNotFound(name_or_uuid='pf'),
    exception.ResourceProviderRetrievalFailed(uuid='pf'),
    ksa_errors.ConnectTimeout(), ksa_errors.ServiceUnavailable()])
def test_a_placement_that_does_not_answer_is_said(
        ours, error, monkeypatch, caplog):
    def fail(*_):
        raise error
    monkeypatch.setattr(_ReportClient, 'get_resource_provider_name', fail)
    with port_options.followed():
        assert written(ours, 'pf') is None
    assert 'which PF resource provider pf is: ' in caplog.text


def test_without_the_option_a_request_is_as_nova_alone_would_have_it(ours):
    assert written(ours, 'h:NIC Switch agent:ens1',
                   is_asked=False) == 'before'


@pytest.mark.parametrize('answer', [
    None, [], {}, {'port': None}, {'port': {'resource_request': {
        'request_groups': 'text'}}},
    {'port': port() | {'resource_request': {'request_groups': [{}]}}},
    {'port': {'resource_request': {'request_groups': [
        {'id': BW, 'resources': None}]}}}])
def test_an_answer_that_is_odd_is_none(answer, caplog):
    client = mock.Mock(show_port=lambda name, fields: answer)
    with mock.patch.object(neutron, 'get_client', return_value=client):
        assert of_two_ports() == {}
    assert_said(caplog)


@pytest.fixture
def instance(monkeypatch):
    """An instance in a move; its save returns what would be written."""
    def save(self, expected=None):
        context = (('migration_context' in self and self.migration_context)
                   or ())
        holders = [self, context, context]
        return [each.spec[0].get('parent_ifname') for holder, name in zip(
            holders, ('pci_requests', 'old_pci_requests', 'new_pci_requests'),
            strict=True) if name in holder and getattr(holder, name)
            for each in getattr(holder, name).requests]
    monkeypatch.setattr(objects.Instance, 'save', save)
    name = 'update_pci_request_with_placement_allocations'
    monkeypatch.setattr(compute_utils, name, getattr(compute_utils, name))
    port_bandwidths.install()
    asked = request('p', parent_ifname='ens1')

    def requests(*those):
        return objects.InstancePCIRequests(requests=list(those))
    return objects.Instance(
        pci_requests=requests(asked),
        migration_context=objects.MigrationContext(
            old_pci_requests=requests(asked), new_pci_requests=requests(
                asked, request('q', parent_ifname='ens2'))))


def test_a_save_writes_no_name_and_the_claim_after_it_has_it(instance):
    with port_options.followed():
        assert instance.save() == [None] * 4
    assert instance.save(expected='x') == ['ens1', 'ens1', 'ens1', 'ens2']


@pytest.mark.parametrize('found', [
    objects.Instance(), objects.Instance(pci_requests=None,
                                         migration_context=None)])
def test_an_instance_without_requests_is_saved(instance, found):
    with port_options.followed():
        assert found.save() == []


@pytest.mark.parametrize('is_on', [True, False])
def test_the_claim_of_a_live_migration_with_numa_cells_keeps_the_name(
        monkeypatch, is_on):
    """What the conductor answers to a save takes the place of requests."""
    written = []

    def save(self):
        # As remotable and the serialiser do.
        serializer = base.NovaObjectSerializer()
        ctxt = context.get_admin_context()
        self.pci_requests = serializer.deserialize_entity(
            ctxt, serializer.serialize_entity(ctxt, self.pci_requests))
        written.extend(names())

    def names():
        return [each.spec[0].get('parent_ifname')
                for each in found.pci_requests.requests]
    monkeypatch.setattr(objects.Instance, 'save', save)
    for owner, name in ((manager.ComputeManager, '_live_migration_claim'), (
            compute_utils, 'update_pci_request_with_placement_allocations')):
        monkeypatch.setattr(owner, name, getattr(owner, name))
    port_bandwidths.install_on_compute()
    found = objects.Instance(
        migration_context=None, pci_requests=objects.InstancePCIRequests(
            instance_uuid=BW, requests=[
                request(BW, parent_ifname='ens1'), request(PPS)]))
    compute = mock.Mock()
    compute.rt.live_migration_claim = lambda *_: found.save()
    with port_options.followed() if is_on else contextlib.nullcontext():
        manager.ComputeManager._live_migration_claim(
            compute, None, found, None, None, None, None)
    assert written == [None if is_on else 'ens1', None]
    assert names() == ['ens1', None]


def test_placement_is_asked_for_a_name_once(ours, monkeypatch):
    asked = []

    def tell(_self, _context, uuid):
        asked.append(uuid)
        return uuid
    monkeypatch.setattr(_ReportClient, 'get_resource_provider_name', tell)
    with port_options.followed():
        assert written(ours, 'h:NIC Switch agent:ens1') == 'ens1'
    assert len(asked) == 1
