# SPDX-License-Identifier: Apache-2.0

"""Sets of devices, decided exactly: against an oracle that tries every way.

``NOVA_PCI_EXT_CASES`` sets the number of cases; CI runs 5,000, a long run
100,000.
"""

import collections
import dataclasses
import itertools
import os

import pytest

from nova_pci_ext.matching import counterfactual
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.model.change import FewerDevices
from nova_pci_ext.model.change import MoreDevices
from nova_pci_ext.model.change import WithoutSet
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Counted
from nova_pci_ext.model.verdict import Reason
from tests import pci_hosts
from tests import set_hosts

CASES = int(os.environ.get('NOVA_PCI_EXT_CASES', '5000'))
BATCHES = 10

pytestmark = pytest.mark.property
batches = pytest.mark.parametrize('batch', range(BATCHES))


def scenes(batch):
    """Yield (servers, pools, what the search says)."""
    for seed in range(batch, CASES, BATCHES):
        servers, pools = set_hosts.SetDice(seed).scene()
        yield servers, pools, verdict(servers, pools)


def verdict(servers, pools):
    return decision.search_demands(demands.merge([
        demands.Ask(requests=tuple(requests), constraints=tuple(constraints))
        for requests, constraints in servers]), pools)


@batches
def test_the_search_equals_trying_every_way(batch):
    for servers, pools, found in scenes(batch):
        assert isinstance(found, Assignment) is (
            not set_hosts.unequal(servers)
            and set_hosts.fits(servers, pools)), (servers, pools)
        if not isinstance(found, Assignment):
            assert_proves_itself(found, servers, pools)
        elif len(servers) == 1:
            assert_makes_the_sets(found, *servers[0])


@batches
def test_groups_that_overlap_equal_trying_every_way(batch):
    for seed in range(batch, CASES // 5, BATCHES):
        servers, pools = set_hosts.GroupDice(seed).scene()
        found = verdict(servers, pools)
        assert isinstance(found, Assignment) is set_hosts.fits(
            servers, pools), (servers, pools)
        if isinstance(found, Assignment) and len(servers) == 1:
            assert_makes_the_sets(found, *servers[0])


def assert_makes_the_sets(found, requests, constraints):
    taken = [[take.pool for take in found.takes
              if take.request_id == request.request_id
              for _ in range(take.count)] for request in requests]
    assert list(map(len, taken)) == [request.count for request in requests]
    assert all(set_hosts.holds(each, taken) for each in constraints)
    used = collections.Counter(pool for each in taken for pool in each)
    assert all(count <= pool.free for pool, count in used.items())


def assert_proves_itself(found, servers, pools):
    if found.reason is Reason.BAD_REQUEST:
        assert set_hosts.unequal(servers)
        return
    assert found.proofs
    for proof in found.proofs:
        assert proof.available < proof.needed
        assert proof.available == sum(count for _, count in proof.devices)
        if len(servers) == 1 and found.reason in (Reason.SET,
                                                  Reason.SET_VALUE):
            assert_counted(proof, *servers[0], pools)


def assert_counted(proof, requests, constraints, pools):
    """Count again what a proof says is short.

    Choices that are for one device each leave it open which device of a
    request is meant, so proofs below such choices are not counted.
    """
    by_text = {each.text: each for each in constraints}
    chosen = [(by_text[text], value) for text, value in proof.chosen]
    if any(each.rule in (SetRule.PAIR, SetRule.DISTINCT)
           for each, _ in chosen):
        return
    names = {name for name, _ in proof.requests}
    able = {position: [
        pool for pool in pools
        if pool.free and pci_hosts.eligible(request, pool, None)
        and not lost(pool, proof)
        and all(has(pool, each, value, requests) for each, value in chosen
                if any(position in member for member in each.members))]
        for position, request in enumerate(requests)
        if request.name in names}
    if proof.counted is Counted.DEVICES:
        assert proof.needed == sum(request.count for request in requests
                                   if request.name in names)
        assert proof.available == sum(
            pool.free for pool in pools
            if any(pool is each for found in able.values()
                   for each in found))
        return
    lacking = by_text[proof.lacking]
    values = [{position: collections.Counter(
        {value: sum(pool.free for pool in found
                    if set_hosts.value(lacking.attribute, pool) == value)
         for value in {set_hosts.value(lacking.attribute, pool)
                       for pool in found} - {None}})
        for position, found in able.items() if position in member}
        for member in lacking.members]
    if lacking.rule is SetRule.DISTINCT:
        assert proof.available == len({
            value for member in values for found in member.values()
            for value in found})


def has(pool, constraint, value, requests):
    """Whether a pool has the value that was chosen for a set."""
    if constraint.rule is SetRule.GROUP:
        return set_hosts.groups(constraint.attribute, pool).get(value) == sum(
            requests[position].count for member in constraint.members
            for position in member)
    return str(set_hosts.value(constraint.attribute, pool)) == value


def lost(pool, proof):
    """Whether a branch gave away the other side of the group."""
    if pool.group in proof.pf_given:
        return pool.kind.dev_type in pci_hosts.CHILDREN
    return pool.group in proof.vf_kept and pool.is_pf


@batches
def test_the_order_of_pools_and_requests_does_not_matter(batch):
    for seed in range(batch, CASES, BATCHES):
        dice = set_hosts.SetDice(seed)
        servers, pools = dice.scene()
        (requests, constraints), *others = servers
        order = dice.shuffled(range(len(requests)))
        moved = [dataclasses.replace(each, members=tuple(
            tuple(order.index(position) for position in member)
            for member in each.members)) for each in constraints]
        server = [requests[position] for position in order], moved
        other = verdict([server] * len(servers), dice.shuffled(pools))
        found = verdict(servers, pools)
        assert type(found) is type(other)
        if isinstance(found, Assignment) and not others:
            assert found == other
        elif not isinstance(found, Assignment):
            assert found.reason == other.reason


@batches
def test_a_free_device_never_turns_yes_into_no(batch):
    for servers, pools, found in scenes(batch):
        if isinstance(found, Assignment):
            for number, pool in enumerate(pools):
                more = list(pools)
                more[number] = pool._replace(free=pool.free + 1)
                assert isinstance(verdict(servers, more), Assignment)


@batches
def test_the_smallest_change_works_and_nothing_smaller_does(batch):
    for seed in range(batch, CASES // 5, BATCHES):
        servers, pools = set_hosts.SetDice(seed).scene()
        requests, constraints = servers[0]
        if set_hosts.unequal(servers) or set_hosts.fits(servers[:1], pools):
            continue
        ways = counterfactual.smallest_changes(
            requests, pools, constraints=constraints)
        assert ways
        size, = {sum(change.size for change in way) for way in ways}
        for way in ways:
            assert fits_with(way, requests, constraints, pools), way
        for way in smaller(requests, constraints, size):
            assert not fits_with(way, requests, constraints, pools), way


def smaller(requests, constraints, size):
    """Yield the ways to leave sets out and ask for less, below a size."""
    for gone in itertools.product((0, 1), repeat=len(constraints)):
        for fewer in itertools.product(*(
                range(request.count + 1) for request in requests)):
            if 0 < sum(gone) + sum(fewer) < size and any(
                    request.count > less
                    for request, less in zip(requests, fewer, strict=True)):
                yield [*(WithoutSet(name=each.text) for each, out in zip(
                    constraints, gone, strict=True) if out),
                    *(FewerDevices(name=request.name, count=less,
                                   left=request.count - less)
                      for request, less in zip(requests, fewer, strict=True)
                      if less)]


def fits_with(way, requests, constraints, pools):
    """Whether a server fits after some changes, by the oracle."""
    counts = {request.name: request.count for request in requests}
    pools = list(pools)
    out = collections.Counter()
    for change in way:
        match change:
            case FewerDevices():
                counts[change.name] -= change.count
            case WithoutSet():
                out[change.name] += 1
            case MoreDevices():
                pools.append(pci_hosts.pool(
                    change.count, group=f'0000:9{len(pools):x}:00.0',
                    product=change.alternative.product_id or '0001',
                    dev_type=change.alternative.dev_type or DeviceType.VF))
    kept = []
    for each in constraints:
        if out[each.text]:
            out[each.text] -= 1
        else:
            kept.append(each)
    asked = [(position, dataclasses.replace(request,
                                            count=counts[request.name]))
             for position, request in enumerate(requests)
             if counts[request.name]]
    order = [position for position, _ in asked]
    kept = [dataclasses.replace(each, members=tuple(
        tuple(order.index(position) for position in member
              if position in order) for member in each.members))
        for each in kept]
    server = [request for _, request in asked], kept
    return not set_hosts.unequal([server]) and set_hosts.fits([server], pools)
