# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts under the two switches of PCI in Placement."""

import json

import pytest

from nova_pci_ext.cli import main
from nova_pci_ext.discovery import inventory
from tests import configuration_hosts
from tests.embedded import gpu_cloud
from tests.embedded.alternatives import ENTRY

pytestmark = pytest.mark.nova

VF = '"vendor_id": "15b3", "product_id": "101e"'
ON = ('[pci]\nreport_in_placement = true\n'
      '[filter_scheduler]\npci_in_placement = true\n[pci]\n')
CLASS = '{"name": "c", "resource_class": "RDMA_VF"}'
IDS = f'{{{VF}, "name": "c", "device_type": "type-VF"}}'


def spec(**tags):
    return (f'device_spec = {{{VF}, "resource_class": "RDMA_VF", '
            f'{json.dumps(tags)[1:-1] or json.dumps("rack") + ": 1"}}}\n')


@pytest.fixture
def explain(tmp_path, capsys):
    """Ask the recorded NIC; return the exit status and the row."""

    def go(text, *words, host=configuration_hosts.HOSTS['nic']):
        recording, conf = tmp_path / 'host.json', tmp_path / 'nova.conf'
        inventory.write_inventory(host, recording)
        conf.write_text(text)
        status = main.main([
            'explain', '-f', 'json', '--config-file', str(conf),
            '--inventory', str(recording), *words])
        (row,) = json.loads(capsys.readouterr().out)['hosts']
        return status, row

    return go


@pytest.mark.parametrize(('text', 'count', 'status', 'answer'), [
    pytest.param(ON + spec() + f'alias = {IDS}\n', 2, 1,
                 'refused by another filter', id='a class of the ids'),
    pytest.param(ON + spec() + f'alias = {CLASS}\n', 2, 0, 'passes',
                 id='the class of the devices'),
    pytest.param(ON + spec() + f'alias = {CLASS}\n', 8, 0, 'passes',
                 id='all devices of both cards'),
    pytest.param(ON + spec() + f'alias = {CLASS}\n', 9, 1, 'not now',
                 id='one more than there are'),
    pytest.param(ON + spec(traits='blue') + 'alias = {"name": "c", '
                 '"resource_class": "RDMA_VF", "traits": "BLUE"}\n', 1, 0,
                 'passes', id='a trait of the devices'),
    pytest.param(ON + spec() + 'alias = {"name": "c", '
                 '"resource_class": "RDMA_VF", "traits": "BLUE"}\n', 1, 1,
                 'refused by another filter', id='a trait of no device'),
    pytest.param(ON + spec(physical_network='p') + f'alias = {CLASS}\n', 1,
                 1, 'refused by another filter', id='a physical network'),
    pytest.param('[filter_scheduler]\npci_in_placement = true\n[pci]\n'
                 + spec() + f'alias = {CLASS}\n', 1, 1,
                 'refused by another filter', id='nothing is reported'),
    pytest.param('[pci]\nreport_in_placement = true\n' + spec()
                 + f'alias = {IDS}\n', 2, 0, 'passes', id='nobody is asked'),
])
def test_placement_is_asked_as_the_switches_say(
        explain, text, count, status, answer):
    found, row = explain(text, '--extra-spec',
                         f'pci_passthrough:alias=c:{count}')
    assert (found, row['answer']) == (status, answer)


GPUS = gpu_cloud.host('gpus', (
    *gpu_cloud.gpus(8), *gpu_cloud.gpus(2, '20b0', 0x40)))
EIGHT = ('[pci]\nreport_in_placement = true\n'
         'device_spec = {"vendor_id": "10de"}\n'
         f'{gpu_cloud.A1}\n{ENTRY % "20b0"}\n{ENTRY % "1db6"}\n'
         '[filter_scheduler]\npci_in_placement = true\n')


@pytest.mark.parametrize(('words', 'servers', 'addresses'), [
    pytest.param(['pci_passthrough:alias=a1:8'], 1,
                 [f'0000:{number:02x}:00.0' for number in range(0x10, 0x18)],
                 id='eight of eight, which have 40,320 orders'),
    pytest.param(['pci_passthrough:alias=gpu:3'], 3,
                 ['0000:10:00.0', '0000:40:00.0', '0000:41:00.0'],
                 id='the entry that stands first'),
    pytest.param(['pci_passthrough:alias=a1:4', 'hw:numa_nodes=1',
                  'hw:pci_numa_affinity_policy=required'], 2,
                 [f'0000:{number:02x}:00.0' for number in range(0x10, 0x14)],
                 id='one NUMA node'),
])
def test_our_candidates_are_made_as_the_scheduler_makes_them(
        explain, words, servers, addresses):
    status, row = explain(
        EIGHT, '--capacity', *(word for each in words
                               for word in ('--extra-spec', each)),
        host=GPUS)
    assert (status, row['servers']) == (0, servers)
    assert [each['address'] for each in row['devices']] == addresses


def test_servers_use_up_the_providers(explain):
    status, row = explain(
        ON + spec() + f'alias = {CLASS}\n', '--count', '3',
        '--extra-spec', 'pci_passthrough:alias=c:3')
    assert (status, row['servers']) == (1, 2)
