# SPDX-License-Identifier: Apache-2.0

"""The choice of PFs equals trying every choice, on random hosts.

The groups have VFs of several sorts, which is where the search leaves out
choices.  ``NOVA_PCI_EXT_CASES`` sets the number of cases.
"""

import itertools
import os
import random

import pytest

from nova_pci_ext.matching import branches
from nova_pci_ext.matching import flow
from nova_pci_ext.matching.supply import ContestedGroup
from nova_pci_ext.matching.supply import Supply

CASES = int(os.environ.get('NOVA_PCI_EXT_CASES', '6000'))
BATCHES = 4

pytestmark = pytest.mark.property


def scene(seed):
    """Return counts and a supply."""
    dice = random.Random(seed)
    demands = dice.randint(2, 4)
    masks = range(1, 1 << demands)
    groups = []
    # Few sorts of PF, or equal ones: both are shortcuts of the search.
    sorts = [(((dice.choice(masks), 1),), tuple(
        (mask, dice.randint(1, 6)) for mask in sorted(
            dice.sample(masks, dice.randint(1, 2)))))
        for _ in range(dice.randint(1, 7))]
    for number in range(dice.randint(1, 7)):
        pf, vfs = dice.choice(sorts)
        if dice.random() < 0.3:
            vfs = tuple((mask, dice.randint(1, 6)) for mask, _ in vfs)
        groups.append(ContestedGroup(f'g{number}', pf, vfs))
    loose = {mask: dice.randint(1, 3) for mask in masks
             if dice.random() < 0.2}
    counts = [dice.randint(0, 9) for _ in range(demands)]
    counts[0] = dice.randint(0, 4)
    return counts, Supply(loose, tuple(groups))


def available(supply, given, kept, wanted):
    """Count devices for some demands; undecided groups give both sides."""
    found = sum(count for mask, count in supply.loose.items()
                if mask & wanted)
    for group in supply.contested:
        sides = (() if group.group in kept else group.pf) + (
            () if group.group in given else group.vfs)
        found += sum(count for mask, count in sides if mask & wanted)
    return found


def asked(counts, wanted):
    return sum(count for bit, count in enumerate(counts) if wanted >> bit & 1)


def serves(counts, supply):
    """Try every choice of PFs, and every set of demands."""
    names = [group.group for group in supply.contested]
    return any(
        all(available(supply, given, set(names) - set(given), wanted)
            >= asked(counts, wanted)
            for wanted in range(1 << len(counts)))
        for number in range(len(names) + 1)
        for given in itertools.combinations(names, number))


@pytest.mark.parametrize('kept', [
    pytest.param(0, id='bound from the first branch'),
    pytest.param(branches.KEPT, id='bound from the ninth branch')])
@pytest.mark.parametrize('batch', range(BATCHES))
def test_the_search_equals_trying_every_choice(monkeypatch, batch, kept):
    monkeypatch.setattr(branches, 'BOUND_AFTER', kept)
    for seed in range(batch, CASES // 2, BATCHES):
        counts, supply = scene(seed)
        refused = branches.refusals(counts, supply, flow.Steps())
        assert (not refused) is serves(counts, supply), seed
        for refusal in refused:
            assert asked(counts, refusal.mask) > available(
                supply, refusal.pf_given, refusal.vf_kept,
                refusal.mask), seed
