# SPDX-License-Identifier: Apache-2.0

"""What a refusal for a set says: devices, values, pairs, and choices made.

::

    switch 10   gpu 0a   nic 0d (4 VFs)
    switch 20   gpu 1a   nic 1d (4 VFs)
    switch 30   gpu 2a
"""

import pytest

from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import refusal
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.verdict import Counted
from nova_pci_ext.model.verdict import Proof
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import request
from tests.pci_hosts import vfs
from tests.set_hosts import constraint
from tests.set_hosts import placed

GPU, NIC = asked('2330'), asked('101e')
SWITCHES = tuple(f'0000:{number}0:00.0' for number in (1, 2, 3))
GPUS = ('0000:0a:00.0', '0000:1a:00.0', '0000:2a:00.0')
NICS = ('0000:0d:00.0', '0000:1d:00.0')
#: The second and the third GPU have links with GPUs that are in use.
LINKS = ({}, {'bx': 2}, {'cx': 2})
HOST = [
    *(placed(pool(product='2330', dev_type=DeviceType.PCI, group=group),
             {'link': links}, pcie_switch=switch)
      for group, links, switch in zip(GPUS, LINKS, SWITCHES, strict=True)),
    *(placed(vfs(group, 4, product='101e'), pcie_switch=switch)
      for group, switch in zip(NICS, SWITCHES[:2], strict=True))]


def refused(pools, *rule, gpu=0, nic=0):
    """Return the shortage of GPUs and NICs with one set."""
    requests = tuple(request(name, count, ask) for name, count, ask in (
        ('gpu', gpu, GPU), ('nic', nic, NIC)) if count)
    found = decision.search_demands(demands.merge([demands.Ask(
        requests=requests, constraints=(constraint(*rule),))]), pools)
    assert isinstance(found, Shortage), found
    return found


def proof(needed, devices, requests, **more):
    return Proof(requests=requests, needed=needed, devices=devices,
                 available=sum(count for _, count in devices), **more)


CASES = {
    'distinct counts values': (
        (SetRule.DISTINCT, 'pcie_switch', (0,)), {'nic': 3},
        proof(3, tuple((switch, 1) for switch in SWITCHES[:2]),
              (('nic', 3),), lacking='distinct=pcie_switch:[0]',
              counted=Counted.VALUES)),
    'pair counts pairs': (
        (SetRule.PAIR, 'pcie_switch', (0,), (1,)), {'gpu': 3, 'nic': 3},
        proof(3, tuple((switch, 1) for switch in SWITCHES[:2]),
              (('gpu', 3), ('nic', 3)), lacking='pair=pcie_switch:[0],[1]',
              counted=Counted.PAIRS)),
    'same counts devices below a value': (
        (SetRule.SAME, 'pcie_switch', (0,), (1,)), {'gpu': 2, 'nic': 1},
        proof(2, ((GPUS[0], 1),), (('gpu', 2),),
              chosen=(('same=pcie_switch:[0],[1]', SWITCHES[0]),),
              alike=((SWITCHES[1],),))),
    'group counts devices of a group': (
        (SetRule.GROUP, 'link', (0,)), {'gpu': 2},
        proof(2, ((GPUS[1], 1),), (('gpu', 2),),
              chosen=(('group=link:[0]', 'bx'),), alike=(('cx',),))),
    'same needs a value for all': (
        (SetRule.SAME, 'pf', (0,), (1,)), {'gpu': 1, 'nic': 1},
        proof(1, (), (('gpu', 1), ('nic', 1)), lacking='same=pf:[0],[1]',
              counted=Counted.VALUES)),
}


@pytest.mark.parametrize('case', CASES)
def test_what_is_short(case):
    rule, counts, expected = CASES[case]
    found = refused(HOST, *rule, **counts)
    assert found.reason is Reason.SET
    assert found.proofs == (expected,)
    assert expected.available < expected.needed


@pytest.mark.parametrize(('rule', 'attribute', 'count'), [
    (SetRule.GROUP, 'link', 3), (SetRule.GROUP, 'rail', 2),
    (SetRule.DISTINCT, 'rail', 2), (SetRule.SAME, 'rail', 2)])
def test_a_set_without_any_value_is_never_possible_here(
        rule, attribute, count):
    found = refused(HOST, rule, attribute, (0,), gpu=count)
    needed = count if rule is SetRule.DISTINCT else 1
    assert found.reason is Reason.SET_VALUE
    assert not found.reason.not_now
    assert found.proofs == (proof(
        needed, (), (('gpu', count),), lacking=f'{rule}={attribute}:[0]',
        counted=Counted.VALUES),)


def test_the_devices_of_a_request_are_counted_without_the_set():
    """What fits alone, so that a reader sees that the set refuses it."""
    found = refused(HOST, SetRule.DISTINCT, 'pcie_switch', (0,), nic=3)
    (need,) = found.needs
    assert (need.name, need.count, need.fitting) == ('nic', 3, 8)


def test_a_pf_that_is_given_or_kept_is_named():
    """One PF and a VF, and both have to be of one card."""
    pools = [pf('0000:0d:00.0', product='1021'),
             vfs('0000:0d:00.0', 4, product='101e'),
             vfs('0000:1d:00.0', 4, product='101e')]
    found = decision.search_demands(demands.merge([demands.Ask(
        requests=(request('pf', 1, asked('1021', DeviceType.PF)),
                  request('vf', 1, NIC)),
        constraints=(constraint(SetRule.SAME, 'card', (0,), (1,)),))]),
        pools)
    assert found.proofs == (
        proof(1, (), (('vf', 1),), pf_given=('0000:0d:00.0',),
              chosen=(('same=card:[0],[1]', '0000:0d:00'),), alike=((),)),
        proof(1, (), (('pf', 1),), vf_kept=('0000:0d:00.0',),
              chosen=(('same=card:[0],[1]', '0000:0d:00'),), alike=((),)))


def test_a_few_branches_are_proven():
    """Twenty NICs, each with another number of VFs, none with enough."""
    found = refused([vfs(f'0000:{number:02x}:00.0', number, product='101e')
                     for number in range(1, 21)],
                    SetRule.SAME, 'pf', (0,), nic=21)
    assert [(each.needed, each.available) for each in found.proofs] == [
        (21, number) for number in range(1, refusal.MAX_PROOFS + 1)]
