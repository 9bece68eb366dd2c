# SPDX-License-Identifier: Apache-2.0

"""What was probably meant by requests that no device of a host fits."""

import dataclasses

import pytest

from nova_pci_ext.explaining import corrections
from nova_pci_ext.model.change import OtherNetwork
from nova_pci_ext.model.change import OtherType
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import Origin
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import request
from tests.pci_hosts import vfs

GPUS = [pf(f'0000:{number}9:00.0', product='2330') for number in range(1, 5)]
NIC = [vfs('0000:3b:00.0', 4, physical_network='physnet1',
           remote_managed='false')]


def port(network):
    """A port on a network."""
    return dataclasses.replace(request('port-1', 1, asked(
        physical_network=network, remote_managed='false')),
        origin=Origin.PORT)


def pf_of(name):
    return OtherType(name=name, dev_type=DeviceType.PF)


def network(wanted):
    return OtherNetwork(name='port-1', network=wanted, meant='physnet1')


@pytest.mark.parametrize(('requests', 'pools', 'found'), [
    pytest.param([request('h', 1, asked('2330'))], GPUS, [[pf_of('h')]],
                 id='a card that is a PF'),
    pytest.param([request('h', 4, asked('2330', DeviceType.PCI))], GPUS,
                 [[pf_of('h')]], id='a card that is not a type-PCI'),
    pytest.param([request('h', 5, asked('2330'))], GPUS, [],
                 id='too many of them'),
    pytest.param([request('h', 1, asked('2331'))], GPUS, [],
                 id='another product'),
    pytest.param([request('v', 1, asked('0001', DeviceType.PF))],
                 [pool(2, product='0001')],
                 [[OtherType(name='v', dev_type=DeviceType.VF)]],
                 id='VFs that are no PFs'),
    pytest.param([request('h', 1, asked('2330')),
                  request('g', 1, asked('2330'))], GPUS,
                 [[pf_of('h'), pf_of('g')]], id='two aliases'),
    pytest.param([request('h', 1, asked('2330')),
                  request('g', 1, asked('2330', DeviceType.PF))], GPUS,
                 [[pf_of('h')]], id='one alias of two'),
    pytest.param([port('physnt1')], NIC, [[network('physnt1')]],
                 id='a letter lost'),
    pytest.param([port('physnet-1')], NIC, [[network('physnet-1')]],
                 id='a dash'),
    pytest.param([port('physnet2')], NIC, [], id='another number'),
    pytest.param([port('public')], NIC, [], id='quite another network'),
    pytest.param([port('physnt1'), request('h', 1, asked('2330'))],
                 NIC + GPUS, [[network('physnt1'), pf_of('h')]],
                 id='a port and an alias'),
    pytest.param([request(f'h{number}', 1, asked('2330'))
                  for number in range(9)], GPUS, [], id='too many ways'),
])
def test_what_was_probably_meant(requests, pools, found):
    assert corrections.find(requests, pools) == tuple(map(tuple, found))
