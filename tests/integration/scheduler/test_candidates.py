# SPDX-License-Identifier: Apache-2.0

"""Nova's scheduler with candidates of ours on a real Placement."""

import json
import logging
import threading

import nova.conf
import pytest
from nova import exception
from nova import objects
from nova.pci import request as pci_request
from nova.scheduler import utils
from oslo_utils import uuidutils

from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.scheduler import making
from tests import gpu_hosts
from tests import real_placement
from tests.gpu_hosts import GPU

pytestmark = [pytest.mark.nova, pytest.mark.slow]

CONF = nova.conf.CONF
A1 = '{"vendor_id":"10de","product_id":"1db6","name":"a1",' \
     '"device_type":"type-PCI"}'
NEAR = {'hw:numa_nodes': '1', 'hw:pci_numa_affinity_policy': 'required'}


@pytest.fixture(scope='module')
def application(tmp_path_factory):
    return real_placement.RealPlacement(tmp_path_factory.mktemp('placement'))


@pytest.fixture(autouse=True)
def configured():
    objects.register_all()
    CONF([], project='nova', default_config_files=[],
         default_config_dirs=[])
    pci_request.get_alias_from_config.cache_clear()
    CONF.set_override('alias', [A1], 'pci')
    CONF.set_override('pci_in_placement', True, 'filter_scheduler')
    with gpu_hosts.without_database():
        yield
    CONF.clear_override('alias', 'pci')
    CONF.clear_override('pci_in_placement', 'filter_scheduler')
    pci_request.get_alias_from_config.cache_clear()


@pytest.fixture
def placement(application):
    application.clear()
    application.configure()
    return application


def cloud(placement, hosts, count=8):
    """Return hosts in Placement."""
    made = [gpu_hosts.GpuHost(f'h{number}', count)
            for number in range(hosts)]
    placement.add([host.tree() for host in made])
    return made


def take(placement, host, *numbers, known=True):
    """Let somebody have GPUs; ``known`` if the compute has published it."""
    for number in numbers:
        provider = host.gpus[number][0]
        placement.take(provider, GPU)
        if known:
            host.taken.add(provider)


def place(placement, hosts, spec, **more):
    scheduler = gpu_hosts.Scheduler(placement.client(), hosts)
    return scheduler.place(spec, **more)


def test_all_devices_of_a_host_are_one_candidate(placement):
    hosts = cloud(placement, 1)
    ((selection,),) = place(placement, hosts, gpu_hosts.alias_spec('a1:8'))
    assert gpu_hosts.held(selection) == dict.fromkeys(
        [provider for provider, _, _ in hosts[0].gpus], 1)


def test_no_host_is_lost_whatever_their_number(placement):
    hosts = cloud(placement, 150)
    for host in hosts:
        take(placement, host, 0)
    scheduler = gpu_hosts.Scheduler(placement.client(), hosts)
    scheduler.place(gpu_hosts.alias_spec('a1:4', NEAR))
    assert scheduler.host_manager.passed == 150


def test_a_limit_counts_hosts_that_have_enough(placement):
    hosts = cloud(placement, 6)
    for host in hosts[:4]:
        take(placement, host, *range(5))
    CONF.set_override('max_placement_results', 2, 'scheduler')
    try:
        scheduler = gpu_hosts.Scheduler(placement.client(), hosts)
        scheduler.place(gpu_hosts.alias_spec('a1:4'))
    finally:
        CONF.clear_override('max_placement_results', 'scheduler')
    assert scheduler.host_manager.seen == 2


def test_the_query_asks_for_one_device(placement, monkeypatch):
    hosts = cloud(placement, 1)
    client = placement.client()
    asked = []
    monkeypatch.setattr(client, 'get', lambda url, **more: asked.append(
        url) or type(client).get(client, url, **more))
    spec = gpu_hosts.alias_spec('a1:3')
    gpu_hosts.Scheduler(client, hosts).place(spec)
    (request,) = spec.pci_requests.requests
    assert asked[0] == (
        '/allocation_candidates?group_policy=none&resources=DISK_GB%3A1%2C'
        f'MEMORY_MB%3A512%2CVCPU%3A2&resources{request.request_id}-0='
        f'{GPU}%3A1&root_required=%21COMPUTE_STATUS_DISABLED')


def test_with_novas_candidates_nothing_is_ours(placement, monkeypatch):
    CONF.set_override('allocation_candidates', 'nova', 'pci_ext')
    try:
        hosts = cloud(placement, 1)
        monkeypatch.setattr(making.Maker, 'make', None)
        ((selection,),) = place(placement, hosts,
                                gpu_hosts.alias_spec('a1:2'))
    finally:
        CONF.clear_override('allocation_candidates', 'pci_ext')
    assert sum(gpu_hosts.held(selection).values()) == 2


@pytest.mark.parametrize(('alias', 'servers'), [('a1:4', 2), ('a1:3', 2)])
def test_servers_of_one_request_have_candidates_of_their_own(
        placement, alias, servers):
    hosts = cloud(placement, 1, 8 if alias == 'a1:4' else 7)
    found = place(placement, hosts, gpu_hosts.alias_spec(alias), instances=[
        uuidutils.generate_uuid() for _ in range(servers)])
    held = [gpu_hosts.held(selection) for selection, in found]
    assert not held[0] & held[1]
    assert {len(each) for each in held} == {int(alias[-1])}


def test_one_server_too_many_leaves_nothing_claimed(placement):
    hosts = cloud(placement, 1)
    with pytest.raises(exception.NoValidHost):
        place(placement, hosts, gpu_hosts.alias_spec('a1:3'), instances=[
            uuidutils.generate_uuid() for _ in range(3)])
    assert [placement.claim({provider: {'resources': {GPU: 1}}})[1]
            for provider, _, _ in hosts[0].gpus] == [204] * 8


def test_alternates_are_complete(placement):
    hosts = cloud(placement, 3)
    ((_, *alternates),) = place(
        placement, hosts, gpu_hosts.alias_spec('a1:8'), alternates=True)
    assert len(alternates) == 2
    for alternate in alternates:
        content = json.loads(alternate.allocation_request)
        # A conductor claims it as it is.
        assert placement.claim(content['allocations'])[1] == 204


def test_a_late_claim_takes_what_is_left_on_the_host(placement, monkeypatch):
    """Another scheduler takes the first choice before our claim."""
    hosts = cloud(placement, 1)
    original = wrapping.original(utils.claim_resources)
    scheduler = gpu_hosts.Scheduler(placement.client(), hosts)
    claims = []
    client = scheduler.placement_client
    put = client.put

    def late(url, data, **more):
        if url.startswith('/allocations') and not claims:
            (first,) = [uuid for uuid in data['allocations']
                        if uuid != hosts[0].root]
            placement.take(first, GPU)
        claims.append(url)
        return put(url, data, **more)

    monkeypatch.setattr(client, 'put', late)
    ((selection,),) = scheduler.place(gpu_hosts.alias_spec('a1:1'))
    assert original is not utils.claim_resources
    assert len(claims) == 2
    assert sum(gpu_hosts.held(selection).values()) == 1


def test_twelve_servers_of_two_schedulers_get_all_eight_devices(placement):
    """Placement alone decides; computes publish nothing meanwhile."""
    hosts = cloud(placement, 1)
    lock = threading.Lock()
    outcome = []

    class OneAtATime(real_placement.Client):
        def _call(self, *arguments):
            # SQLite has one writer.
            with lock:
                return super()._call(*arguments)

    def schedule():
        scheduler = gpu_hosts.Scheduler(OneAtATime(placement.app), hosts)
        for _ in range(6):
            try:
                ((selection,),) = scheduler.place(
                    gpu_hosts.alias_spec('a1:1'))
                outcome.append(next(iter(gpu_hosts.held(selection))))
            except exception.NoValidHost:
                outcome.append(None)

    threads = [threading.Thread(target=schedule) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcome) == 12
    assert sorted(filter(None, outcome)) == sorted(
        provider for provider, _, _ in hosts[0].gpus)


def test_units_that_placement_has_given_away_are_not_chosen(placement):
    hosts = cloud(placement, 1)
    take(placement, hosts[0], 0, 1, 2, known=False)
    ((selection,),) = place(placement, hosts, gpu_hosts.alias_spec('a1:5'))
    assert set(gpu_hosts.held(selection)) == {
        provider for provider, _, _ in hosts[0].gpus[3:]}


def test_a_forced_host_is_the_only_one(placement):
    hosts = cloud(placement, 3)
    spec = gpu_hosts.alias_spec('a1:2')
    spec.requested_destination = objects.Destination(host='h1', node='h1')
    scheduler = gpu_hosts.Scheduler(placement.client(), hosts)
    scheduler.host_manager.get_compute_nodes_by_host_or_node = (
        lambda *arguments, **more: [objects.ComputeNode(
            uuid=hosts[1].root, host='h1', hypervisor_hostname='h1')])
    ((selection,),) = scheduler.place(spec)
    assert selection.compute_node_uuid == hosts[1].root


def test_pinned_cpus_ask_twice(placement):
    """No host reports PCPU: the second query has the candidates."""
    hosts = cloud(placement, 2)
    spec = gpu_hosts.alias_spec('a1:2', {'hw:cpu_policy': 'dedicated'})
    ((selection,),) = place(placement, hosts, spec)
    assert sum(gpu_hosts.held(selection).values()) == 2


def test_a_refusal_says_whether_placement_is_short(placement, caplog):
    hosts = cloud(placement, 1)
    take(placement, hosts[0], *range(5), known=False)
    caplog.set_level(logging.INFO)
    with pytest.raises(exception.NoValidHost):
        place(placement, hosts, gpu_hosts.alias_spec('a1:4'))
    assert ('0 of 1 hosts can serve the PCI requests: '
            '1 placement (such as h0)') in (
        caplog.messages)
