# SPDX-License-Identifier: Apache-2.0

"""A port with a minimum bandwidth gets a VF of the PF that Placement chose.

Placement is the real one, and Nova's own client asks it.
"""

import contextlib
import logging
import socket
import uuid

import pytest
from keystoneauth1 import adapter
from keystoneauth1 import session
from keystoneauth1 import token_endpoint
from nova import exception
from nova import objects
from nova.scheduler.client import report

from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.quickstart import placement_service
from nova_pci_ext.scheduler import filters
from nova_pci_ext.scheduler import weights
from tests import nova_hosts
from tests import port_bandwidths as port_options

pytestmark = pytest.mark.nova

PORT = str(uuid.uuid4())
BANDWIDTH = 'NET_BW_EGR_KILOBIT_PER_SEC'


@pytest.fixture(autouse=True)
def option():
    with port_options.followed():
        yield


class Asked:
    """Nova's client, which notes what it was asked.

    :ivar urls: of every question
    """

    def __init__(self, url):
        self.client = report.SchedulerReportClient(adapter=adapter.Adapter(
            session.Session(auth=token_endpoint.Token(url, 'admin')),
            service_type='placement', endpoint_override=url,
            raise_exc=False))
        self.urls = []

    def __call__(self):
        return self

    def get(self, url, **more):
        self.urls.append(url)
        return self.client.get(url, **more)


@pytest.fixture(scope='module')
def placement(tmp_path_factory):
    """Yield a client of Placement, and the providers by their names."""
    providers = {}
    with placement_service.serve_placement(
            tmp_path_factory.mktemp('placement')) as server:
        client = Asked(server.url).client
        for name in ('one:NIC Switch agent:ens1', 'one:NIC Switch agent:ens2',
                     'one:NIC Switch agent:full', 'one'):
            found = client.post(
                '/resource_providers', {'name': name, 'uuid': str(
                    uuid.uuid4())}, version='1.20').json()
            providers[name.split(':')[-1]] = found['uuid']
            reserved = 1000 if name.endswith('full') else 0
            assert client.put(
                f'/resource_providers/{found["uuid"]}/inventories', {
                    'resource_provider_generation': found['generation'],
                    'inventories': {BANDWIDTH: {
                        'total': 1000, 'reserved': reserved,
                    }}}, version='1.26').status_code == 200
        yield server.url, providers


@pytest.fixture
def asked(placement, monkeypatch):
    """Return Nova's client, which the names come from in this test."""
    found = Asked(placement[0])
    monkeypatch.setattr(qos_interfaces, 'INTERFACES',
                        qos_interfaces.Interfaces(found))
    return found


@pytest.fixture
def provider(placement):
    """Return the provider UUIDs by interface."""
    return placement[1]


def port_request():
    return objects.InstancePCIRequest(
        count=1, spec=[{'physical_network': 'p1'}], requester_id=PORT,
        request_id=str(uuid.uuid4()))


def host(*interfaces, mappings=()):
    """Return a host with one free VF on each PF named by its interface."""
    devices = []
    for number, interface in enumerate(interfaces):
        _, found = nova_hosts.family(f'0000:8{number}:00.0', 1)
        found.extra_info = {'parent_ifname': interface}
        devices.append(found)
    pools = nova_hosts.compute_stats(devices, [
        {'address': '*:*:*.*', 'physical_network': 'p1'}])
    return nova_hosts.host_state('one', nova_hosts.scheduler_stats(pools), [
        {'mappings': {PORT: [chosen]}} for chosen in mappings])


def said(caplog):
    """Return our warnings; other tests turn up the loggers of others."""
    return [record.getMessage() for record in caplog.records
            if record.name == 'nova_pci_ext.novaobj.qos_interfaces'
            and record.levelno >= logging.WARNING]


def passes(state, *requests):
    return list(filters.PciPassthroughFilter().filter_all(
        [state], nova_hosts.request_spec(*requests))) == [state]


def test_only_candidates_on_a_pf_with_a_free_vf_are_kept(asked, provider):
    chosen = [provider['ens1'], provider['ens2']]
    state = host('ens2', mappings=chosen)
    assert passes(state, port_request())
    assert state.allocation_candidates == [{'mappings': {PORT: [chosen[1]]}}]


def test_a_host_is_refused_where_the_chosen_pf_has_no_vf_left(
        asked, provider):
    assert not passes(host('ens2', mappings=[provider['ens1']]),
                      port_request())


def test_statistics_know_the_pf_as_the_filter_does(asked, provider):
    pools = host('ens2').pci_stats
    mappings = {name: {PORT: [provider[name]]} for name in ('ens1', 'ens2')}
    requests = [port_request()]
    assert not pools.support_requests(requests, mappings['ens1'])
    assert pools.support_requests(requests, mappings['ens2'])
    with pytest.raises(exception.PciDeviceRequestFailed):
        pools.apply_requests(requests, mappings['ens1'])
    pools.apply_requests(requests, mappings['ens2'])
    assert pools.pools == []


def of_own_id(*groups):
    """Return a request spec of one port, whose group has an id of its own."""
    spec = nova_hosts.request_spec(port_request())
    spec.requested_resources = [objects.RequestGroup(
        requester_id=group, resources={BANDWIDTH: 1000}, provider_uuids=[],
        required_traits={'CUSTOM_PHYSNET_P1', 'CUSTOM_VNIC_TYPE_DIRECT'})
        for group in groups]
    return spec


@pytest.mark.parametrize(('interface', 'fits'), [
    ('ens1', False), ('ens2', True)])
def test_a_group_with_an_id_of_its_own_is_that_of_its_port(
        asked, provider, interface, fits):
    """As Neutron makes them since Xena."""
    group = str(uuid.uuid4())
    spec = of_own_id(group)
    state = host('ens2', mappings=[provider[interface]])
    mappings = {group: [provider[interface]]}
    state.allocation_candidates = [{'mappings': mappings}]
    with asked_sets.asked_by(spec):
        assert list(filters.PciPassthroughFilter().filter_all(
            [state], spec)) == [state] * fits
        assert state.pci_stats.support_requests(
            spec.pci_requests.requests, mappings) is fits
    # Whoever does not know the server knows of no group.
    assert state.pci_stats.support_requests(
        spec.pci_requests.requests, mappings)


def test_the_card_of_such_a_group_is_weighed(asked, provider):
    group = str(uuid.uuid4())
    for interface in ('ens1', 'ens2'):
        state = two_cards(provider[interface])
        expected = weights.PciFitWeigher().weigh_hosts(
            [state], nova_hosts.request_spec(port_request()))
        state.allocation_candidates = [
            {'mappings': {group: [provider[interface]]}}]
        assert weights.PciFitWeigher().weigh_hosts(
            [state], of_own_id(group)) == expected


def two_cards(chosen):
    """Return a host with a whole PF ens1 and a broken one ens2."""
    devices = []
    for number, interface, children in [(0, 'ens1', 4), (1, 'ens2', 2)]:
        pf, *vfs = nova_hosts.family(f'0000:8{number}:00.0', children)
        for vf in vfs:
            vf.extra_info = {'parent_ifname': interface}
        devices += [pf, *vfs] if interface == 'ens1' else vfs
    pools = nova_hosts.compute_stats(devices, [
        {'address': '*:*:*.*', 'physical_network': 'p1'}])
    return nova_hosts.host_state('one', nova_hosts.scheduler_stats(pools), [
        {'mappings': {PORT: [chosen]}}])


def test_the_card_that_is_claimed_is_the_one_that_is_weighed(
        asked, provider):
    weigher = weights.PciFitWeigher()
    found = {}
    for interface, card in (('ens1', '0000:80:00.0'),
                            ('ens2', '0000:81:00.0')):
        state = two_cards(provider[interface])
        [mappings] = state.allocation_candidates
        [found[interface]] = weigher.weigh_hosts(
            [state], nova_hosts.request_spec(port_request()))
        # A port that asks for a VF of that PF by its tag weighs as much.
        tagged = port_request()
        tagged.spec = [dict(tagged.spec[0], parent_ifname=interface)]
        state.allocation_candidates = [{'mappings': {}}]
        assert weigher.weigh_hosts([state], nova_hosts.request_spec(
            tagged)) == [found[interface]]
        before = sum(pool['count'] for pool in state.pci_stats.pools
                     if pool['address'] == card)
        state.pci_stats.apply_requests([port_request()],
                                       mappings['mappings'])
        after = sum(pool['count'] for pool in state.pci_stats.pools
                    if pool['address'] == card)
        assert after < before
    assert found['ens1'] < found['ens2']


def test_two_ports_on_one_pf_need_two_of_its_vfs(asked, provider):
    other = str(uuid.uuid4())
    requests = [port_request(), port_request()]
    requests[1].requester_id = other
    for first, second, fits in [('ens1', 'ens1', False),
                                ('ens1', 'ens2', True)]:
        state = host('ens1', 'ens2', mappings=[provider[first]])
        state.allocation_candidates[0]['mappings'][other] = [
            provider[second]]
        assert passes(state, *requests) is fits


def test_the_providers_of_all_hosts_are_read_at_once(asked, provider):
    found = qos_interfaces.INTERFACES
    assert [found.of(provider[name]) for name in ('ens1', 'ens2', 'ens1')
            ] == ['ens1', 'ens2', 'ens1']
    assert asked.urls == [f'/resource_providers?resources={BANDWIDTH}:1']


def test_a_pf_without_bandwidth_left_is_asked_for_alone(asked, provider):
    found = qos_interfaces.INTERFACES
    assert [found.of(provider['full']) for _ in range(2)] == ['full'] * 2
    assert asked.urls[1:] == [f'/resource_providers/{provider["full"]}']


@pytest.mark.parametrize('name, urls', [
    pytest.param('one', 1, id='a provider that is not a PF')])
def test_a_name_of_another_form_is_no_interface(asked, provider, name, urls):
    assert qos_interfaces.INTERFACES.of(provider[name]) is None
    assert passes(host('ens2', mappings=[provider[name]]), port_request())
    assert len(asked.urls) == urls


def test_a_provider_that_is_gone_is_said_once_and_decides_nothing(
        asked, caplog):
    gone = str(uuid.uuid4())
    assert passes(host('ens2', mappings=[gone, gone]), port_request())
    [text] = said(caplog)
    assert text.startswith(
        f'Placement did not tell the name of resource provider {gone}: 404 ')
    assert len(asked.urls) == 2


def test_without_placement_nothing_is_asked_for_a_while(caplog, provider):
    with contextlib.closing(socket.create_server(
            ('127.0.0.1', 0))) as closed:
        port = closed.getsockname()[1]
    asked = Asked(f'http://127.0.0.1:{port}')
    found = qos_interfaces.Interfaces(asked)
    assert [found.of(provider[name]) for name in ('ens1', 'ens2')
            ] == [None, None]
    assert len(asked.urls) == len(said(caplog)) == 1


def test_names_are_asked_again_after_the_pause(
        asked, provider, monkeypatch):
    monkeypatch.setattr(qos_interfaces, 'PAUSE', 0)
    assert qos_interfaces.INTERFACES.of(str(uuid.uuid4())) is None
    assert qos_interfaces.INTERFACES.of(provider['full']) == 'full'


def test_the_number_of_names_is_bounded(asked, provider, monkeypatch):
    monkeypatch.setattr(qos_interfaces, '_MAX_NAMES', 3)
    found = qos_interfaces.INTERFACES
    assert [found.of(provider[name]) for name in ('ens1', 'full', 'ens1')
            ] == ['ens1', 'full', 'ens1']
    assert len(asked.urls) == 3
