# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import capacity
from nova_pci_ext.matching import counterfactual
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.model.change import AtLeast
from nova_pci_ext.model.change import FewerDevices
from nova_pci_ext.model.change import LooserPolicy
from nova_pci_ext.model.change import MoreDevices
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.request import Origin
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import request
from tests.pci_hosts import vfs

ON_0 = GuestCells(nodes=frozenset({0}))
ON_1 = GuestCells(nodes=frozenset({1}))
CARD = '0000:41:00.0'


def more(name, count, alternative, node=None):
    return MoreDevices(name=name, count=count, alternative=alternative,
                       origin=Origin.FLAVOR, numa_node=node)


@pytest.mark.parametrize(('requests', 'pools', 'cells', 'found'), [
    pytest.param(
        [request('a', 2, asked('0001'))], [vfs(CARD, 2)], [None], [()],
        id='nothing where the requests fit'),
    pytest.param(
        [request('a', 3, asked('0001'))], [vfs(CARD, 1)], [None],
        [(more('a', 2, asked('0001')),),
         (FewerDevices(name='a', count=2, left=1),)],
        id='as many devices as are missing'),
    pytest.param(
        [request('a', 1, asked('0001'), policy=NumaPolicy.REQUIRED)],
        [vfs(CARD, 1, numa=1)], [ON_0],
        [(LooserPolicy(name='a', policy=NumaPolicy.REQUIRED),),
         (more('a', 1, asked('0001'), 0),)],
        id='a policy where the device is far'),
    pytest.param(
        [request('a', 1, asked('0001'), policy=NumaPolicy.REQUIRED)],
        [vfs(CARD, 1, numa=1)], [ON_0, ON_1], [()],
        id='nothing where another choice of nodes will do'),
    pytest.param(
        [request('a', 3, asked('0001'), policy=NumaPolicy.REQUIRED)],
        [vfs(CARD, 2, numa=1)], [ON_0],
        [(LooserPolicy(name='a', policy=NumaPolicy.REQUIRED),
          more('a', 1, asked('0001'))),
         (LooserPolicy(name='a', policy=NumaPolicy.REQUIRED),
          FewerDevices(name='a', count=1, left=2))],
        id='a policy together with a device'),
    pytest.param(
        [request('f', 1, asked('00ff', DeviceType.PF)),
         request('v', 1, asked('0001'))], [pf(CARD), vfs(CARD, 4)], [None],
        [(more('f', 1, asked('00ff', DeviceType.PF)),),
         (more('v', 1, asked('0001')),),
         (FewerDevices(name='f', count=1, left=0),),
         (FewerDevices(name='v', count=1, left=0),)],
        id='either side of a PF and its VFs'),
    pytest.param(
        [request('a', 0, asked('0001'))], [vfs(CARD, 2)], [None], [],
        id='no change helps a bad request'),
    pytest.param(
        [request('a', 1, asked('0001'), providers=['elsewhere'])],
        [vfs(CARD, 2, provider='here')], [None], [()],
        id='the choice of Placement is not looked at'),
])
def test_smallest_changes(requests, pools, cells, found):
    assert counterfactual.smallest_changes(
        requests, pools, cells) == tuple(found)


@pytest.fixture
def decisions(monkeypatch):
    """The decisions that are made, as a list."""
    made = []
    can_serve = decision.can_serve

    def count(*args):
        made.append(args)
        return can_serve(*args)

    monkeypatch.setattr(decision, 'can_serve', count)
    return made


def aliases(count, policy=NumaPolicy.LEGACY):
    """Four aliases for devices of their own."""
    return [request(f'a{number}', count, asked(f'000{number}'), policy=policy)
            for number in range(4)]


def cards(free, numa=0):
    """Free devices of each of the four."""
    return [vfs(f'0000:4{number}:00.0', free, product=f'000{number}',
                numa=numa) for number in range(4)]


@pytest.mark.parametrize(('policy', 'free', 'size'), [
    (NumaPolicy.LEGACY, 0, 32), (NumaPolicy.LEGACY, 1, 28),
    (NumaPolicy.LEGACY, 6, 8), (NumaPolicy.REQUIRED, 6, 12)])
def test_what_each_alias_lacks_is_not_searched_for(
        decisions, policy, free, size):
    found = counterfactual.smallest_changes(
        aliases(8, policy), cards(free, numa=1) if free else [],
        [ON_0 if policy is NumaPolicy.REQUIRED else None])
    assert {sum(change.size for change in changes)
            for changes in found} == {size}
    assert len(decisions) <= 2


def contested():
    """PFs and three kinds of VFs, of which each card has one side."""
    return [request('f', 8, asked('00ff', DeviceType.PF)),
            *(request(f'v{number}', 8, asked(f'000{number}'))
              for number in range(3))], [
        pool for number in range(9) for pool in (
            pf(f'0000:4{number}:00.0'),
            vfs(f'0000:4{number}:00.0', 1, product=f'000{number % 3}'))]


def test_a_search_that_is_too_long_says_how_many_changes_at_least(decisions):
    requests, pools = contested()
    assert counterfactual.smallest_changes(requests, pools, limit=20) == (
        (AtLeast(count=18),),)
    assert len(decisions) == 20


def test_what_was_accepted_is_kept():
    before = demands.Ask(requests=(request('old', 2, asked('0001')),))
    assert counterfactual.smallest_changes(
        [request('a', 1, asked('0001'))], [vfs(CARD, 2)],
        accepted=[before])[0] == (more('a', 1, asked('0001')),)


def test_nothing_helps_where_what_was_accepted_does_not_fit():
    before = demands.Ask(requests=(request('old', 2, asked('0001')),))
    assert counterfactual.smallest_changes(
        [request('a', 1, asked('0002'))], [vfs(CARD, 1)],
        accepted=[before]) == ()


@pytest.mark.parametrize(('count', 'free', 'most'), [
    (1, 0, 0), (1, 1, 1), (2, 5, 2), (1, 7, 7), (3, 64, 21)])
def test_capacity(count, free, most):
    ask = demands.Ask(requests=(request('a', count, asked('0001')),))
    assert capacity.capacity((), ask, [vfs(CARD, free)]) == most


def test_capacity_beside_accepted_instances():
    ask = demands.Ask(requests=(request('a', 2, asked('0001')),))
    assert capacity.capacity([ask, ask], ask, [vfs(CARD, 9)]) == 2
