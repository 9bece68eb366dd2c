# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts under the two switches of PCI in Placement."""

import json

import pytest

from nova_pci_ext.cli import main
from nova_pci_ext.discovery import inventory
from tests import configuration_hosts

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

    def go(text, *words):
        host, conf = tmp_path / 'nic.json', tmp_path / 'nova.conf'
        inventory.write_inventory(configuration_hosts.HOSTS['nic'], host)
        conf.write_text(text)
        status = main.main([
            'explain', '-f', 'json', '--config-file', str(conf),
            '--inventory', str(host), *words])
        (row,) = json.loads(capsys.readouterr().out)
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
    assert (found, row['Answer']) == (status, answer)


def test_servers_use_up_the_providers(explain):
    status, row = explain(
        ON + spec() + f'alias = {CLASS}\n', '--count', '3',
        '--extra-spec', 'pci_passthrough:alias=c:3')
    assert (status, row['Servers']) == (1, 2)
