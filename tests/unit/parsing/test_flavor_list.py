# SPDX-License-Identifier: Apache-2.0

"""Flavors of a file, and what is not a list of flavors."""

import json

import pytest

from nova_pci_ext.model.listed_flavor import ListedFlavor
from nova_pci_ext.parsing import flavor_list
from nova_pci_ext.parsing.faults import Faults

EXPECTED = ('expected a list of flavors as openstack flavor list --long -f '
            'json prints it')
SMALL = {'Name': 'small', 'VCPUs': 1, 'RAM': 512}


def read(content):
    faults = Faults()
    text = content if isinstance(content, str) else json.dumps(content)
    return (flavor_list.parse_flavor_list(text, 'f.json', faults),
            [str(error) for error in faults.errors])


def test_what_the_client_prints_is_read():
    assert read([{
        'ID': '1', 'Name': 'gpu', 'RAM': 4096, 'Disk': 20, 'Ephemeral': 5,
        'VCPUs': 2, 'Is Public': True, 'Swap': 0, 'RXTX Factor': 1.0,
        'Properties': {'pci_passthrough:alias': 'gpu:1'}},
        {**SMALL, 'Running': 7}]) == ((
            ListedFlavor(name='gpu', vcpus=2, ram_mb=4096, disk_gb=25,
                         extra_specs={'pci_passthrough:alias': 'gpu:1'}),
            ListedFlavor(name='small', vcpus=1, ram_mb=512, running=7)), [])


@pytest.mark.parametrize(('content', 'fault'), [
    ('[', f'f.json: not JSON; {EXPECTED}'),
    ('[' * 100_000, f'f.json: not JSON; {EXPECTED}'),
    ({}, f"f.json: {{}} is not of type 'array'; {EXPECTED}"),
    ([], f'f.json: [] should be non-empty; {EXPECTED}'),
    ([{'VCPUs': 1, 'RAM': 1}],
     f"f.json: [0]: 'Name' is a required property; {EXPECTED}"),
    ([SMALL, {**SMALL, 'Name': 'b', 'VCPUs': 0}],
     f'f.json: [1].VCPUs: 0 is less than the minimum of 1; {EXPECTED}'),
    ([{**SMALL, 'Properties': 'hw:numa_nodes=1'}],
     "f.json: [0].Properties: 'hw:numa_nodes=1' is not of type 'object'; "
     f'{EXPECTED}'),
    ([{**SMALL, 'Running': -1}],
     f'f.json: [0].Running: -1 is less than the minimum of 0; {EXPECTED}'),
    ([SMALL, SMALL], 'f.json: [1].Name: the same name as an earlier flavor'),
], ids=range(9))
def test_anything_else_is_one_fault(content, fault):
    assert read(content) == ((), [fault])
