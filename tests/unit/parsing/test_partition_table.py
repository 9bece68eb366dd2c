# SPDX-License-Identifier: Apache-2.0

"""The table of a fabric manager, and what is none."""

import json

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.partition import Partition
from nova_pci_ext.parsing import partition_table
from tests import hgx_host

EXPECTED = ('t: expected the JSON that fmpm -l prints: an object with a list '
            'partitionInfo')
ROW = 't: partitionInfo[0]: '


def gpu(module=1, **fields):
    return {'physicalId': module, 'pciBusId': '', **fields}


def row(*gpus, **fields):
    return {'partitionId': 3, 'numGpus': len(gpus), 'gpuInfo': list(gpus),
            **fields}


def read(content):
    return partition_table.parse(
        content if isinstance(content, str) else json.dumps(content), 't')


def test_the_table_of_an_hgx():
    assert read(hgx_host.partition_table()) == tuple(
        Partition(number=number, modules=modules, size=len(modules))
        for number, modules in hgx_host.PARTITIONS.items())


@pytest.mark.parametrize(('text', 'address'), [
    ('00000000:B8:00.0', PciAddress(0, 0xb8, 0, 0)),
    ('00000000:00:00.0', None), ('', None), (None, None), (7, None)])
def test_an_address_that_the_table_has(text, address):
    [found] = read({'partitionInfo': [row(gpu(pciBusId=text))]})
    assert found.addresses == (() if address is None else ((1, address),))


@pytest.mark.parametrize(('content', 'message'), [
    pytest.param('', f'{EXPECTED}; the fault is at line 1 column 1',
                 id='nothing'),
    pytest.param('[' * 100000, f'{EXPECTED}; it is nested too deep',
                 id='too deep'),
    pytest.param('1' * 5000, f'{EXPECTED}; a number in it has too many '
                 'digits', id='a number too long'),
    pytest.param({'partitionInfo': [row(partitionId=1.0)]},
                 f'{ROW}expected a number partitionId, from 0',
                 id='an id that is 1.0'),
    pytest.param([], EXPECTED, id='a list'),
    pytest.param({'partitionInfo': {}}, EXPECTED, id='no list in it'),
    pytest.param({'partitionInfo': [3]}, f'{ROW}expected an object',
                 id='a row that is a number'),
    pytest.param({'partitionInfo': [row(gpuInfo=[3])]},
                 f'{ROW}expected a list gpuInfo of objects',
                 id='a GPU that is a number'),
    pytest.param({'partitionInfo': [row(partitionId=True)]},
                 f'{ROW}expected a number partitionId, from 0',
                 id='an id that is true'),
    pytest.param({'partitionInfo': [row(gpu(-1))]},
                 f'{ROW}expected a number physicalId, from 0',
                 id='a module below 0'),
    pytest.param({'partitionInfo': [row(numGpus='8')]},
                 f'{ROW}expected a number numGpus, from 0',
                 id='a number in quotes'),
    pytest.param({'partitionInfo': [row(gpu(1), gpu(1))]},
                 f'{ROW}has a module twice', id='a module twice'),
    pytest.param({'partitionInfo': [row(), row()]},
                 't: has partition 3 twice', id='a partition twice')])
def test_what_is_no_table(content, message):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        read(content)
    assert str(caught.value) == message
