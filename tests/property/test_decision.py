# SPDX-License-Identifier: Apache-2.0

"""Laws of the decision, on seeded random hosts over all features.

``NOVA_PCI_EXT_CASES`` sets the number of cases; CI runs 6,000, a nightly run
100,000.
"""

import os

import pytest

from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import search
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage
from tests import pci_hosts

CASES = int(os.environ.get('NOVA_PCI_EXT_CASES', '6000'))
BATCHES = 12

pytestmark = pytest.mark.property
batches = pytest.mark.parametrize('batch', range(BATCHES))


def scenes(batch):
    """Yield (dice, requests, pools, cells) of one batch."""
    for seed in range(batch, CASES, BATCHES):
        dice = pci_hosts.Dice(seed)
        yield dice, *dice.scene()


@batches
def test_the_search_equals_trying_every_way(batch):
    for dice, requests, pools, cells in scenes(batch):
        before = tuple(requests), tuple(pools)
        verdict = search(requests, pools, cells)
        wanted = pci_hosts.fits(requests, pools, cells)
        assert isinstance(verdict, Assignment) is wanted, (
            requests, pools, cells)
        assert (tuple(requests), tuple(pools)) == before
        if wanted:
            assert_obeys(verdict, requests, pools, cells)
        else:
            assert_proves_itself(verdict, requests, pools, cells)
        assert search(dice.shuffled(requests), dice.shuffled(pools),
                      cells) == verdict


def assert_obeys(assignment, requests, pools, cells):
    """Rules 1 to 4 of the decision."""
    by_id = {ask.request_id: ask for ask in requests}
    got = {ask.request_id: [] for ask in requests}
    used = [0] * len(pools)
    for take in assignment.takes:
        found = pools[take.position]
        assert found == take.pool
        assert pci_hosts.eligible(by_id[take.request_id], found, cells)
        got[take.request_id] += [found.provider] * take.count
        used[take.position] += take.count
    for ask in requests:
        assert len(got[ask.request_id]) == ask.count
        if ask.providers:
            assert sorted(got[ask.request_id]) == sorted(ask.providers)
    for one, count in zip(pools, used, strict=True):
        assert count <= one.free
        assert not any(count and other_count and pci_hosts.conflict(
            one, other) for other, other_count in zip(
                pools, used, strict=True))


def assert_proves_itself(shortage, requests, pools, cells):
    """Each proof names requests and all the too few devices for them."""
    if shortage.reason is Reason.BAD_REQUEST:
        assert any(ask.providers and len(ask.providers) != ask.count
                   for ask in requests)
        return
    assert shortage.proofs
    for proof in shortage.proofs:
        assert proof.available < proof.needed
        assert proof.needed == sum(count for _, count in proof.requests)
        names = {name for name, _ in proof.requests}
        # A request may be in a proof with some of its providers only.
        asking = [ask for ask in requests if ask.name in names]
        able = sum(
            found.free for found in pools
            if any(pci_hosts.eligible(ask, found, cells)
                   for ask in asking) and not lost(found, proof))
        assert proof.available <= able
        if not any(ask.providers for ask in asking):
            assert proof.available == able
            assert proof.needed == sum(ask.count for ask in asking)
    assert shortage.reason.not_now == all(
        need.fitting for need in shortage.needs)


def lost(found, proof):
    """Whether a branch gave away the other side of the group."""
    if found.group in proof.pf_given:
        return found.kind.dev_type in pci_hosts.CHILDREN
    return found.group in proof.vf_kept and found.is_pf


@batches
def test_a_free_device_never_turns_yes_into_no(batch):
    for _, requests, pools, cells in scenes(batch):
        if not isinstance(search(requests, pools, cells), Assignment):
            continue
        for number, found in enumerate(pools):
            more = list(pools)
            more[number] = found._replace(free=found.free + 1)
            assert isinstance(search(requests, more, cells), Assignment)


@batches
def test_what_some_pools_can_serve_all_can(batch):
    # The filter decides on the first few pools of a host it has not seen.
    for _, requests, pools, cells in scenes(batch):
        asked = demands.merge([demands.Ask(requests=tuple(requests),
                                           cells=cells)])
        found = [decision.can_serve(asked, pools[:number])
                 for number in range(len(pools) + 1)]
        assert found == sorted(found), (requests, pools, cells)
        assert found[-1] is (decision.decide(asked, pools) is None)


@batches
def test_the_reason_alone_is_that_of_the_whole_explanation(batch):
    # Nobody reads more of a host that a scheduler without DEBUG refuses.
    for _, requests, pools, cells in scenes(batch):
        asked = demands.merge([demands.Ask(requests=tuple(requests),
                                           cells=cells)])
        whole = decision.decide(asked, pools)
        alone = decision.decide(asked, pools, only_reason=True)
        assert (whole and whole.reason) == (alone and alone.reason), (
            requests, pools, cells)


@batches
def test_scheduler_and_compute_choose_the_same_pools(batch):
    # The scheduler knows numbers; the compute knows the devices too.
    for _, requests, pools, cells in scenes(batch):
        devices = [found._replace(addresses=tuple(
            f'{number:04x}:00:00.{function}'
            for function in range(found.free)))
            for number, found in enumerate(pools)]
        here = search(requests, devices, cells)
        there = search(requests, pools, cells)
        assert type(here) is type(there)
        if isinstance(here, Assignment):
            assert [(take.request_id, take.position, take.count)
                    for take in here.takes] == [
                (take.request_id, take.position, take.count)
                for take in there.takes]
        else:
            assert here.needs == there.needs


@batches
def test_accepting_one_by_one_is_accepting_the_union(batch):
    for _, requests, pools, cells in scenes(batch):
        asks = [demands.Ask(requests=(ask,), cells=cells)
                for ask in requests]
        one_by_one = all(
            decision.decide(demands.merge(asks[:number]), pools) is None
            for number in range(1, len(asks) + 1))
        union = not isinstance(search(requests, pools, cells), Shortage)
        assert one_by_one is union
        accepted = demands.Accepted()
        for number, ask in enumerate(asks):
            together = accepted.together(ask)
            assert together.counts == demands.merge(
                asks[:number + 1]).counts
            assert (decision.decide(together, pools) is None) is (
                decision.decide(demands.merge(asks[:number + 1]),
                                pools) is None)
            accepted.add(ask)
