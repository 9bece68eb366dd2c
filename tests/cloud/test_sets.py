# SPDX-License-Identifier: Apache-2.0

"""Servers with sets of devices, on hosts that have other devices meanwhile.

``igb-1`` and ``igb-2`` are like an HGX, ``plain-1`` has a bond; what devices
have in common is read from these recordings (``tests/set_scenes.py``).
"""

import dataclasses
import subprocess

import pytest

from cloud import bring_up
from cloud import hosts
from cloud import rest
from tests import bond_host
from tests import hgx_host
from tests import set_scenes
from tests.cloud import gpus
from tests.cloud.scene import HOST

# One configuration for all hosts, and some have no GPUs.
EXPECTED_LOG = ('cannot be used: this host does not hand out',)
FABRIC, BOND = 'physnet1', 'physnet2'
HGX_HOSTS = ('igb-1', 'igb-2')
DEVICES = {**{host: hgx_host.host().devices for host in HGX_HOSTS},
           'plain-1': bond_host.host().devices}
OPTIONS = (f'[pci]\n{set_scenes.pci_options(FABRIC, BOND)}'
           f'[pci_ext]\n{set_scenes.group_options()}')
#: GPUs and VFs, of each host: what these options hand out.
HANDED_OUT = {**dict.fromkeys(HGX_HOSTS, 8 + 8 * hgx_host.VFS),
              'plain-1': 2 * bond_host.VFS}
SHORT = 'the free devices that fit do not make the device sets asked'


@pytest.fixture(scope='module', autouse=True)
def hosts_with_sets(choice, place, calls, records):
    before = _rows(records)
    _plug(place, {host: dataclasses.replace(
        hosts.recording(host), devices=devices)
        for host, devices in DEVICES.items()})
    # The options of before hand out none of these devices.
    _wait(records, dict.fromkeys(DEVICES, 0))
    bring_up.restart_nova(place, dataclasses.replace(
        choice, more=OPTIONS), calls)
    _wait(records, HANDED_OUT)
    yield
    _plug(place, {host: hosts.recording(host) for host in DEVICES})
    _wait(records, before)
    bring_up.restart_nova(place, choice, calls)


def _plug(place, inventories):
    for host, found in inventories.items():
        hosts.plug(place, host, found)


def _rows(records):
    """Return how many devices each of the hosts has handed out."""
    found = dict.fromkeys(DEVICES, 0)
    for each in records.devices():
        if each.host in found:
            found[each.host] += 1
    return found


def _wait(records, rows):
    rest.wait_until(f'devices: {rows}', lambda: _rows(records) == rows, 90)


@pytest.fixture
def boot(scene):
    """Boot a server with sets; ``ports`` are their physical networks."""
    def run(asked, ports=(), **more):
        return scene.boot(flavor(scene, asked), [
            scene.port(name) for name in ports], **more)
    return run


@pytest.fixture
def got(choice, records):
    """Return the devices of a server where it is.

    With devices in Placement it holds the providers of its GPUs.
    """
    def run(server):
        assert server['status'] == 'ACTIVE', server.get('fault')
        found = [each for each in records.devices()
                 if (each.owner, each.host) == (server['id'], server[HOST])]
        if choice.in_placement:
            providers = sorted(
                each.provider for each in found
                if each.kind[0] == set_scenes.GPU['vendor_id'])
            rest.wait_until('agreement', lambda: gpus.held(
                records, server['id']) == providers, 30)
        return [each.address for each in found]
    return run


def flavor(scene, asked):
    return scene.flavor(**{f'pci_passthrough__{name}': value
                           for name, value in asked.items()})


def explained(place, asked):
    """Return what ``nova-pci explain`` says to people."""
    words = [word for name, value in set_scenes.extra_specs(asked).items()
             for word in ('--extra-spec', f'{name}={value}')]
    done = subprocess.run(
        [place.program('nova-pci'), 'explain', '-v', *words, '--config-file',
         str(place.etc / 'nova' / 'nova.conf')],
        capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stderr
    return done.stdout


@pytest.mark.parametrize(('asked', 'count'), [
    (set_scenes.PAIR, 2), (set_scenes.QUAD, 4)], ids=['pair', 'quad'])
def test_gpus_are_a_partition(boot, got, asked, count):
    found = got(boot(asked))
    assert len(found) == count
    assert set_scenes.is_partition(found)


@pytest.mark.parametrize(('asked', 'ports', 'count'), [
    (set_scenes.NEAR_NIC, (), 4),
    (set_scenes.NEAR_PORT, (FABRIC, FABRIC), 2)], ids=['NIC', 'port'])
def test_each_gpu_has_a_vf_on_its_switch(boot, got, asked, ports, count):
    found = got(boot(asked, ports))
    assert len(set_scenes.gpus(found)) == count
    assert set_scenes.switches(set_scenes.gpus(found)) == (
        set_scenes.switches(set_scenes.vfs(found)))


def test_ports_of_a_bond(boot, got):
    found = got(boot(set_scenes.BOND, [BOND] * 2))
    assert set_scenes.pfs(found) == list(bond_host.PFS)
    shared = got(boot(set_scenes.ONE_PF, [BOND] * 4))
    assert len(set(set_scenes.pfs(shared))) == 1


def test_servers_of_one_request_have_partitions_of_their_own(scene, got):
    scene.calls.compute('POST', '/servers', {'server': {
        'name': 'many', 'flavorRef': flavor(scene, set_scenes.PAIR),
        'imageRef': scene.image, 'networks': 'none', 'min_count': 8,
        'max_count': 8, 'return_reservation_id': True}})
    found = [(server[HOST], got(server)) for server in (
        scene.wait(server_id, 'ACTIVE', 'ERROR')
        for server_id in scene.servers())]
    assert all(set_scenes.is_partition(each) for _, each in found)
    assert len({(host, address) for host, addresses in found
                for address in addresses}) == 16


def test_what_does_not_fit_is_refused_and_named(boot, got, place):
    for host in HGX_HOSTS:
        assert len(set(set_scenes.switches(
            got(boot(set_scenes.SPREAD, host=host))))) == 4
    refused = boot(set_scenes.QUAD)
    assert (refused['status'], refused[HOST]) == ('ERROR', None)
    said = explained(place, set_scenes.QUAD)
    assert said.count(SHORT) >= 2
    assert said.count(
        'request gpu (4) needs 4 devices, and only 2 free devices can serve '
        'it') == said.count('if group=nvlink:gpu has p') == 2


def test_a_resize_makes_the_sets_of_the_new_flavor(scene, boot, got):
    server = boot(set_scenes.QUAD)
    assert set_scenes.is_partition(got(server))
    scene.act(server['id'], 'resize', {
        'flavorRef': flavor(scene, set_scenes.SPREAD)})
    resized = scene.wait(server['id'], 'VERIFY_RESIZE', 'ERROR')
    assert resized['status'] == 'VERIFY_RESIZE', resized.get('fault')
    scene.act(server['id'], 'confirmResize')
    found = got(scene.wait(server['id'], 'ACTIVE', 'ERROR'))
    assert len(set(set_scenes.switches(found))) == 4
    assert not set_scenes.is_partition(found)
