# SPDX-License-Identifier: Apache-2.0

"""Bandwidth budgets, decided exactly: against an oracle that tries every way.

``NOVA_PCI_EXT_CASES`` sets the number of cases; CI runs 5,000, a long run
100,000.
"""

import dataclasses
import itertools
import os

import pytest

from nova_pci_ext.matching import capacity
from nova_pci_ext.matching import counterfactual
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import leftover
from nova_pci_ext.model.change import FewerDevices
from nova_pci_ext.model.change import WithoutSet
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Counted
from nova_pci_ext.model.verdict import Reason
from tests import bandwidth_hosts

CASES = int(os.environ.get('NOVA_PCI_EXT_CASES', '5000'))
BATCHES = 10

pytestmark = pytest.mark.property
batches = pytest.mark.parametrize('batch', range(BATCHES))


def scenes(batch, dice=bandwidth_hosts.BandwidthDice, share=1):
    """Yield (servers, pools, what the search says).

    :param share: one in so many of all cases
    """
    for seed in range(batch, CASES // share, BATCHES):
        servers, pools = dice(seed).scene()
        yield servers, pools, verdict(servers, pools)


def asks(servers):
    return [demands.Ask(
        requests=tuple(dataclasses.replace(
            each, request_id=f'{number} {each.request_id}')
            for each in requests), constraints=tuple(constraints))
        for number, (requests, constraints) in enumerate(servers)]


def verdict(servers, pools):
    return decision.search_demands(demands.merge(asks(servers)), pools)


@batches
@pytest.mark.parametrize(('dice', 'share'), [
    (bandwidth_hosts.BandwidthDice, 1), (bandwidth_hosts.GroupDice, 5)])
def test_the_search_equals_trying_every_way(batch, dice, share):
    for servers, pools, found in scenes(batch, dice, share):
        assert isinstance(found, Assignment) is bandwidth_hosts.fits(
            servers, pools), (servers, pools)
        if isinstance(found, Assignment):
            assert_overspends_nothing(found, servers)
        else:
            assert_proves_itself(found, servers, pools)


def assert_overspends_nothing(found, servers):
    wanted = {request.request_id: bandwidth_hosts.mbps(
        each.constraints, position) for each in asks(servers)
        for position, request in enumerate(each.requests)}
    assert bandwidth_hosts.within([
        (take.pool, wanted[take.request_id]) for take in found.takes
        for _ in range(take.count)])
    assert all(take.bandwidth_mbps == wanted[take.request_id]
               for take in found.takes)


def assert_proves_itself(found, servers, pools):
    for proof in found.proofs:
        assert proof.available < proof.needed
        assert proof.available == sum(count for _, count in proof.devices)
    without = [(requests, [each for each in constraints
                           if each.rule is not SetRule.BANDWIDTH])
               for requests, constraints in servers]
    # The budgets are named where they are what refuses, and nowhere else.
    assert bandwidth_hosts.fits(without, pools) is (found.reason in (
        Reason.BANDWIDTH, Reason.BANDWIDTH_BUDGET))
    if found.reason in (Reason.BANDWIDTH, Reason.BANDWIDTH_BUDGET):
        assert found.proofs
        for proof in found.proofs:
            assert_counted(proof, pools)


def assert_counted(proof, pools):
    """Count again what a proof says that budgets have left."""
    if proof.chosen or proof.counted not in (Counted.SHARES, Counted.MBPS):
        return
    left = {pool.group: bandwidth_hosts.left(pool) for pool in pools}
    for group, count in proof.devices:
        if proof.counted is Counted.MBPS:
            assert count == left[group]
        else:
            mbps = int(proof.lacking.partition('=')[2])
            assert count * mbps <= left[group]


@batches
def test_the_order_of_pools_and_servers_does_not_matter(batch):
    for seed in range(batch, CASES, BATCHES):
        dice = bandwidth_hosts.BandwidthDice(seed)
        servers, pools = dice.scene()
        found = decision.search_demands(
            demands.merge(asks(servers)), pools)
        other = decision.search_demands(
            demands.merge(reversed(asks(servers))), dice.shuffled(pools))
        assert type(found) is type(other)
        if isinstance(found, Assignment) and not any(
                asked_sets(servers)):
            assert found == other
        elif not isinstance(found, Assignment):
            assert found.reason == other.reason


def asked_sets(servers):
    return [each for _, constraints in servers for each in constraints
            if each.rule is not SetRule.BANDWIDTH]


@batches
def test_what_an_assignment_leaves_serves_what_would_fit_beside_it(batch):
    for servers, pools, found in scenes(batch):
        if not isinstance(found, Assignment) or len(servers) == 1:
            continue
        *first, last = asks(servers)
        before = decision.search_demands(demands.merge(first), pools)
        left = leftover.remaining(pools, before.takes)
        if decision.can_serve(demands.merge([last]), left):
            assert bandwidth_hosts.fits(servers, pools)
        # A budget is less by what was taken, and never below nothing.
        for pool in left:
            spent = sum(take.count * take.bandwidth_mbps
                        for take in before.takes
                        if take.pool.group == pool.group)
            was = next(bandwidth_hosts.left(each) for each in pools
                       if each.group == pool.group)
            assert was is None or (
                bandwidth_hosts.left(pool) == was - spent >= 0)


@batches
@pytest.mark.parametrize('dice', [
    bandwidth_hosts.BandwidthDice, bandwidth_hosts.GroupDice])
def test_capacity_counts_what_fits_together(batch, dice):
    for seed in range(batch, CASES // 5, BATCHES):
        servers, pools = dice(seed).scene()
        number = capacity.capacity((), asks(servers)[0], pools)
        if number < 4 and sum(each.count for each in servers[0][0]) < 4:
            assert not bandwidth_hosts.fits(
                servers[:1] * (number + 1), pools)
            assert not number or bandwidth_hosts.fits(
                servers[:1] * number, pools)


@batches
def test_more_left_of_a_budget_never_turns_yes_into_no(batch):
    for servers, pools, found in scenes(batch):
        if not isinstance(found, Assignment):
            continue
        for group in {pool.group for pool in pools}:
            more = [bandwidth_hosts.limited(
                pool, bandwidth_hosts.left(pool) + 1)
                if pool.group == group
                and bandwidth_hosts.left(pool) is not None else pool
                for pool in pools]
            assert isinstance(verdict(servers, more), Assignment)


@batches
def test_the_smallest_change_works_and_nothing_smaller_does(batch):
    for seed in range(batch, CASES // 10, BATCHES):
        servers, pools = bandwidth_hosts.BandwidthDice(seed).scene()
        server = servers[0]
        if bandwidth_hosts.fits([server], pools):
            continue
        ways = counterfactual.smallest_changes(
            server[0], pools, constraints=server[1])
        assert ways
        size, = {sum(change.size for change in way) for way in ways}
        works = {way for way in changed(*server, size - 1)
                 if bandwidth_hosts.fits([after(*server, *way)], pools)}
        assert not works, (server, pools)
        for way in ways:
            fewer = {change.name: change.count for change in way
                     if isinstance(change, FewerDevices)}
            out = {change.name for change in way
                   if isinstance(change, WithoutSet)}
            if len(fewer) + len(out) == len(way):
                assert bandwidth_hosts.fits([after(
                    *server, tuple(each.text in out for each in server[1]),
                    tuple(fewer.get(each.name, 0) for each in server[0]))],
                    pools), (way, server, pools)


def changed(requests, constraints, most):
    """Yield the ways to leave sets out and to ask for less, up to a size."""
    for out in itertools.product((False, True), repeat=len(constraints)):
        for fewer in itertools.product(*(
                range(request.count + 1) for request in requests)):
            if 0 < sum(out) + sum(fewer) <= most and any(
                    request.count > less
                    for request, less in zip(requests, fewer, strict=True)):
                yield out, fewer


def after(requests, constraints, out, fewer):
    """Return a server that asks for less."""
    kept = [(position, dataclasses.replace(request,
                                           count=request.count - less))
            for position, (request, less) in enumerate(
                zip(requests, fewer, strict=True)) if request.count > less]
    order = [position for position, _ in kept]
    return [request for _, request in kept], [
        dataclasses.replace(each, members=tuple(
            tuple(order.index(position) for position in member
                  if position in order) for member in each.members))
        for each, gone in zip(constraints, out, strict=True) if not gone]
