# SPDX-License-Identifier: Apache-2.0

"""Sets on hosts as they are sold: which devices, and how much effort."""

import collections

import pytest

from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Reason
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import request
from tests.pci_hosts import vfs
from tests.set_hosts import constraint
from tests.set_hosts import placed

GPU, NIC = asked('2330'), asked('101e')
# Module ids do not follow the order of addresses.
MODULES = (5, 6, 8, 7, 1, 2, 4, 3)
GROUPS = {'p0': range(1, 9), 'p1': (1, 2, 3, 4), 'p2': (5, 6, 7, 8),
          'p3': (1, 3), 'p4': (2, 4), 'p5': (5, 7), 'p6': (6, 8),
          **{f'p{6 + module}': (module,) for module in range(1, 9)}}


def hgx(taken=()):
    """Return the pools of eight GPUs and eight NICs on four switches.

    :param taken: numbers of GPUs that are in use
    """
    pools = []
    for number in range(8):
        node, switch = number // 4, f'0000:{number // 2}0:00.0'
        groups = {name: len(members) for name, members in GROUPS.items()
                  if MODULES[number] in members}
        if number not in taken:
            pools.append(placed(
                pool(product='2330', dev_type=DeviceType.PCI, numa=node,
                     group=f'0000:{number}a:00.0'),
                {'nvlink': groups}, pcie_switch=switch))
        pools.append(placed(
            vfs(f'0000:{number}b:00.0', 4, product='101e', numa=node),
            pcie_switch=switch))
    return pools


def gpus(count):
    return request('gpu', count, GPU)


def decide(requests, constraints, pools, servers=1):
    return decision.search_demands(demands.merge([
        demands.Ask(requests=tuple(requests),
                    constraints=tuple(constraints))] * servers), pools)


def taken(found, name='gpu'):
    """Return the groups of the devices that a request gets."""
    assert isinstance(found, Assignment), found
    return [take.pool.group for take in found.takes if take.name == name
            for _ in range(take.count)]


LINKED = constraint(SetRule.GROUP, 'nvlink', (0,))


@pytest.mark.parametrize(('count', 'used', 'numbers'), [
    (2, (), (0, 3)), (4, (), (0, 1, 2, 3)), (8, (), range(8)),
    (1, (), (0,)),
    # Half of a quad is gone: the pair that is left of it goes first.
    (2, (0, 3), (1, 2)), (1, (0, 3), (1,)), (4, (0, 3), (4, 5, 6, 7)),
    (2, (0, 3, 1), (4, 7)),
])
def test_a_group_of_gpus(count, used, numbers):
    assert sorted(taken(decide([gpus(count)], [LINKED], hgx(used)))) == [
        f'0000:{number}a:00.0' for number in numbers]


@pytest.mark.parametrize(('count', 'used', 'reason'), [
    (3, (), Reason.SET_VALUE), (4, (0, 4), Reason.SET),
    (8, (0,), Reason.TOO_FEW), (2, (0, 1, 4, 5), Reason.SET)])
def test_no_group_of_gpus(count, used, reason):
    found = decide([gpus(count)], [LINKED], hgx(used))
    assert found.reason is reason


def test_four_gpus_each_with_the_nic_on_its_switch():
    found = decide(
        [gpus(4), request('nic', 4, NIC)],
        [constraint(SetRule.PAIR, 'pcie_switch', (0,), (1,)),
         constraint(SetRule.DISTINCT, 'pf', (1,))], hgx())
    switches = [collections.Counter(
        int(group[5]) // 2 for group in taken(found, name))
        for name in ('gpu', 'nic')]
    assert switches[0] == switches[1]
    assert len(set(taken(found, 'nic'))) == 4


def test_two_ports_of_a_bond_are_on_two_pfs():
    pools = [vfs('0000:41:00.0', 8), vfs('0000:41:00.1', 8)]
    ports = [request('a', 1, asked()), request('b', 1, asked())]
    bond = constraint(SetRule.DISTINCT, 'pf', (0,), (1,))
    found = decide(ports, [bond], pools)
    assert {*taken(found, 'a'), *taken(found, 'b')} == {
        '0000:41:00.0', '0000:41:00.1'}
    refused = decide(ports, [bond], pools[:1])
    assert refused.reason is Reason.SET
    assert [(proof.needed, proof.devices) for proof in refused.proofs] == [
        (2, (('0000:41:00.0', 1),))]


def test_each_way_is_proven():
    found = decide([gpus(2), request('nic', 2, NIC)],
                   [constraint(SetRule.SAME, 'pcie_switch', (0,), (1,))],
                   hgx(taken=(0, 2, 4, 6)))
    assert found.reason is Reason.SET
    assert [(proof.chosen, proof.alike, proof.needed, proof.available)
            for proof in found.proofs] == [
        ((('same=pcie_switch:[0],[1]', '0000:00:00.0'),),
         (('0000:10:00.0', '0000:20:00.0', '0000:30:00.0'),), 2, 1)]


def test_groups_that_overlap_are_not_alike():
    # The pair in the middle breaks fewest others, and leaves no other pair.
    chain = {'a': {'p1': 2, 't1': 3, 't2': 3}, 'b': {'p1': 2, 'p2': 2},
             'c': {'p2': 2, 'p3': 2}, 'd': {'p3': 2, 't3': 3, 't4': 3}}
    triples = {'e': {'t1': 3, 't2': 3}, 'f': {'t1': 3, 't2': 3},
               '8': {'t3': 3, 't4': 3}, '9': {'t3': 3, 't4': 3}}
    pools = [placed(pool(product='2330', dev_type=DeviceType.PCI,
                         group=f'0000:0{bus}:00.0'), {'nvlink': groups})
             for bus, groups in (chain | triples).items()]
    found = decide([gpus(2)], [constraint(SetRule.GROUP, 'nvlink', (0,))],
                   pools, servers=2)
    assert sorted(take.pool.group for take in found.takes) == [
        f'0000:0{bus}:00.0' for bus in 'abcd']


def test_servers_share_the_host_with_sets_of_their_own():
    pair = [gpus(2)], [LINKED]
    assert isinstance(decide(*pair, hgx(), servers=4), Assignment)
    assert decide(*pair, hgx(taken=(0,)), servers=4).reason is Reason.JOINT
    assert decide(*pair, hgx(taken=(0, 4)), servers=3).reason is Reason.SET


@pytest.mark.parametrize(('requests', 'constraints', 'pools', 'steps'), [
    ([gpus(2)], [LINKED], hgx((0, 4)), 1_000),
    ([gpus(4), request('nic', 4, NIC)],
     [constraint(SetRule.PAIR, 'pcie_switch', (0,), (1,))],
     hgx((0, 1)), 3_000),
    ([request(f'p{number}', 1, asked()) for number in range(8)],
     [constraint(SetRule.DISTINCT, 'pf',
                 *((number,) for number in range(8)))],
     [each for number in range(16) for each in (
         pf(f'0000:{number:02x}:00.0'), vfs(f'0000:{number:02x}:00.0', 64))],
     10_000),
])
def test_the_effort_is_far_from_the_limit(requests, constraints, pools,
                                          steps):
    found = decision.search_demands(demands.merge([demands.Ask(
        requests=tuple(requests), constraints=tuple(constraints))]), pools,
        limit=steps)
    assert isinstance(found, Assignment), found


def test_out_of_steps_is_a_refusal():
    found = decision.search_demands(demands.merge([demands.Ask(
        requests=(gpus(2),), constraints=(LINKED,))]), hgx(), limit=5)
    assert found.reason is Reason.SEARCH_LIMIT
