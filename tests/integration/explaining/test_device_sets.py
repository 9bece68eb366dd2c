# SPDX-License-Identifier: Apache-2.0

"""The flavors of the page about sets, on hosts that have such devices."""

import json
import pathlib

import pytest

from nova_pci_ext.cli import main
from tests import hgx_host

pytestmark = pytest.mark.nova

DATA = pathlib.Path(__file__).parents[2] / 'data'


@pytest.fixture
def devices(capsys):
    """Ask about a flavor; return the devices of each request, or a reason."""
    def ask(host, *words, **specs):
        main.main([
            'explain', '-f', 'json', '--config-file',
            str(DATA / host / 'nova.conf'), '--inventory',
            str(DATA / host / 'inventory.json'), *words, *(
                f'--extra-spec=pci_passthrough:{key}={value}'
                for key, value in specs.items())])
        (row,) = json.loads(capsys.readouterr().out)['hosts']
        found = {}
        for each in row['devices']:
            found.setdefault(each['request'], set()).add(each['address'])
        return found or row['reason']['reason']
    return ask


@pytest.mark.parametrize('count', [1, 2, 4, 8])
def test_gpus_are_a_partition_of_nvlink(devices, count):
    found = devices('hgx-host', alias=f'gpu:{count}', group='nvlink:gpu')
    assert found['gpu'] in [
        {hgx_host.MODULES[module] for module in modules}
        for modules in hgx_host.PARTITIONS.values() if len(modules) == count]


def test_three_gpus_are_no_partition(devices):
    assert devices('hgx-host', alias='gpu:3', group='nvlink:gpu'
                   ) == 'set_value'


def test_each_gpu_has_a_nic_on_its_switch(devices):
    found = devices('hgx-host', alias='gpu:4,nic:4', distinct='pf:nic',
                    pair='pcie_switch:gpu,nic')

    def below(address):
        """Return the first bus of the tree that a device is in."""
        bus = int(address.split(':')[1], 16)
        return max(first for first in (0x0a, 0x3c, 0x80, 0xb2)
                   if first <= bus)
    assert sorted(map(below, found['gpu'])) == sorted(
        map(below, found['nic']))
    assert len({address.rpartition('.')[0] for address in found['nic']}) == 4


def test_ports_of_a_bond_are_on_different_cards(devices):
    words = ('--physical-network', 'physnet0') * 2
    for attribute in ('pf', 'card'):
        found = devices('bond-host', *words,
                        distinct=f'{attribute}:ports@physnet0')
        assert len({address.split(':')[1] for ports in found.values()
                    for address in ports}) == 2
    assert devices('bond-host', *words, '--physical-network', 'physnet0',
                   distinct='card:ports') == 'set'
