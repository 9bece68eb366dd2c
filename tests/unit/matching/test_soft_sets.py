# SPDX-License-Identifier: Apache-2.0

"""What is better is done where it costs nobody anything."""

import dataclasses

import pytest

from nova_pci_ext.matching import demands
from nova_pci_ext.matching import search
from nova_pci_ext.matching import soft_sets
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import request
from tests.pci_hosts import vfs
from tests.set_hosts import placed

ONE, TWO = '0000:41:00.0', '0000:42:00.0'


def port(name):
    return dataclasses.replace(
        request(name, 1, asked(physical_network='p', remote_managed='false')),
        origin=Origin.PORT)


def nic(group, free=4):
    return vfs(group, free, physical_network='p', remote_managed='false')


def groups(requests, pools):
    return sorted(take.pool.group for take in search(requests, pools).takes
                  for _ in range(take.count))


@pytest.mark.parametrize(('pools', 'found'), [
    ([nic(ONE), nic(TWO)], [ONE, TWO]),
    # A whole PF is left to whoever wants one.
    ([nic(ONE), nic(TWO), pf(TWO)], [ONE, ONE]),
    ([nic(ONE), pf(ONE), nic(TWO), pf(TWO)], [ONE, ONE]),
    ([nic(ONE)], [ONE, ONE]),
])
def test_ports_of_one_server_are_on_pfs_of_their_own(pools, found):
    assert groups([port('a'), port('b')], pools) == found


def test_a_port_alone_is_on_a_pf_that_is_broken_up_already():
    assert groups([port('a')], [nic(ONE), pf(ONE), nic(TWO)]) == [TWO]


def gpu(number, **sizes):
    return placed(pool(group=f'0000:{number:02x}:00.0', product='2330',
                       dev_type=DeviceType.PCI), {'nvlink': sizes})


GPUS = [gpu(1, a=2, quad=4), gpu(2, b=2, quad=4), gpu(3, a=2, quad=4),
        gpu(4, b=2, quad=4)]


def test_gpus_of_one_request_are_a_group():
    assert groups([request('gpu', 2, asked('2330'))], GPUS) == [
        '0000:01:00.0', '0000:03:00.0']


def test_a_gpu_alone_breaks_the_fewest_groups():
    assert groups([request('gpu', 1, asked('2330'))],
                  [*GPUS[:3], gpu(5, c=1)]) == ['0000:02:00.0']


def test_ports_stay_near_the_guest():
    near = [vfs(ONE, 4, physical_network='p', remote_managed='false'),
            vfs(TWO, 4, numa=1, physical_network='p', remote_managed='false')]
    ports = [dataclasses.replace(port(name), numa_policy=NumaPolicy.PREFERRED)
             for name in 'ab']
    found = search(ports, near, GuestCells(nodes=frozenset({0})))
    assert [take.pool.group for take in found.takes] == [ONE, ONE]


def test_the_alternative_that_is_written_first_comes_first():
    # To take the pair would leave both groups of the first whole.
    first = [gpu(1, a=3), gpu(2, b=3), gpu(3, a=3), gpu(4, b=3), gpu(5, a=3),
             gpu(6, b=3)]
    pair = [placed(pool(group=f'0000:0{bus}:00.0', product='2331',
                        dev_type=DeviceType.PCI), {'nvlink': {'c': 2}})
            for bus in '89']
    assert groups([request('gpu', 2, asked('2330'), asked('2331'))],
                  first + pair) == ['0000:01:00.0', '0000:02:00.0']


def test_what_is_asked_comes_first():
    # Three are not a group, and are served.
    assert len(groups([request('gpu', 3, asked('2330'))], GPUS)) == 3


@pytest.mark.parametrize(('count', 'free', 'is_preferred'), [
    (2, 2, False), (3, 4, False), (4, 3, False), (4, 4, True)], ids=[
        'a part of the group', 'most of it', 'more than is free', 'all of it'])
def test_no_set_is_looked_for_where_no_group_has_the_size(
        count, free, is_preferred):
    """To look for one takes all devices of a host several times."""
    pools = [gpu(number, g=4) for number in range(free)]
    asking = demands.merge([demands.Ask(
        requests=(request('a', count, asked('2330')),))])
    assert bool(soft_sets.preferred(asking, pools)) is is_preferred
