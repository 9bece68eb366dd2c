# SPDX-License-Identifier: Apache-2.0

"""Our commands on a controller of the running cloud."""

import json
import subprocess

import pytest

from tests import igb_host
from tests.cloud.scene import HOST


@pytest.fixture
def nova_pci(place):
    """Run a command with the controllers' nova.conf; return its rows."""
    def run(*words):
        done = subprocess.run(
            [place.program('nova-pci'), *words, '--config-file',
             str(place.etc / 'nova' / 'nova.conf'), '--format', 'json'],
            capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout)[
            'devices' if words[0] == 'devices' else 'hosts']
    return run


def answers(rows):
    return {row['host']: (row['answer'], row['servers']) for row in rows}


def test_the_capacity_of_the_cloud_is_what_it_takes(scene, nova_pci):
    flavor = 'pci_passthrough:alias=v100:2'
    asked = ('explain', '--capacity', '--extra-spec', flavor)
    assert answers(nova_pci(*asked))['gpu-1'] == ('passes', 2)
    for left in (1, 0):
        server = scene.boot(scene.flavor('v100:2'))
        assert (server['status'], server[HOST]) == ('ACTIVE', 'gpu-1')
        assert answers(nova_pci(*asked))['gpu-1'][1] == left


def test_a_full_host_is_told_from_one_without_such_devices(scene, nova_pci):
    booted = [scene.boot(scene.flavor('v100:2'))['id'] for _ in range(2)]
    rows = nova_pci('explain', '--extra-spec', 'pci_passthrough:alias=v100:1')
    assert answers(rows) == {
        'gpu-1': ('not now', 0),
        **{host: ('not possible on this host', 0)
           for host in ('igb-1', 'igb-2', 'plain-1')}}
    (gpu_host,) = (row for row in rows if row['host'] == 'gpu-1')
    assert {change['instance'] for changes in gpu_host['changes']
            for change in changes if 'instance' in change} == set(booted)


def test_the_owners_of_a_hosts_devices_are_shown(
        scene, nova_pci, records, tmp_path):
    server = scene.boot(scene.flavor('nvme:2'))
    rows = nova_pci('devices', '--host', server[HOST], '--sysfs', str(
        igb_host.unpack(tmp_path)))
    shown = [row['address'] for row in rows if row['instance'] == server['id']]
    assert len(shown) == 2
    assert sorted(shown) == sorted(
        each.address for each in records.devices()
        if each.owner == server['id'])
