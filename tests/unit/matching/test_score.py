# SPDX-License-Identifier: Apache-2.0

"""The weigher's arithmetic."""

import pytest

from nova_pci_ext.matching import score
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import family_of
from nova_pci_ext.matching.cards import Shelf
from nova_pci_ext.matching.rooms import Room
from nova_pci_ext.matching.score import Free
from nova_pci_ext.matching.score import ShelfChange
from tests.pci_hosts import pool

GPU = family_of(pool(product='0001').kind)
NIC = family_of(pool(product='0002').kind)
HALF = CARD // 2
WIDE = Room(100 * CARD, 100 * CARD)
COMMON = {GPU: 60, NIC: 60}


def on(family, whole, broken=0, node=0):
    return Shelf(family, node, whole, broken)


def shared(family, free):
    return Shelf(family, 0, 0, 0, free)


@pytest.mark.parametrize(('before', 'after', 'expected'), [
    pytest.param([], [], ShelfChange((), 0, 0), id='no devices'),
    pytest.param([on(GPU, 8)], [on(GPU, 7, HALF)],
                 ShelfChange((Free(GPU, 8 * CARD, 7 * CARD + HALF),), HALF,
                        CARD * 11 // 4), id='a whole card is broken up'),
    pytest.param([on(GPU, 7, HALF)], [on(GPU, 7)],
                 ShelfChange((Free(GPU, 7 * CARD + HALF, 7 * CARD),),
                             -HALF, 0),
                 id='a broken card is used up'),
    pytest.param([on(GPU, 8)], [],
                 ShelfChange((Free(GPU, 8 * CARD, 0),), 0, 0),
                 id='a set of eight, from eight'),
    pytest.param([on(GPU, 4), on(GPU, 4, node=1)],
                 [on(GPU, 4), on(GPU, 3, node=1)],
                 ShelfChange((Free(GPU, 8 * CARD, 7 * CARD),),
                             0, CARD * 7 // 4),
                 id='eight on the host and four on one node are split'),
    pytest.param([on(GPU, 4), on(GPU, 4, node=1)], [on(GPU, 4)],
                 ShelfChange((Free(GPU, 8 * CARD, 4 * CARD),), 0, 0),
                 id='four of one node leave four'),
    pytest.param([on(GPU, 2), on(GPU, 2, node=1)],
                 [on(GPU, 2), on(GPU, 1, node=1)],
                 ShelfChange((Free(GPU, 4 * CARD, 3 * CARD),), 0, CARD // 4),
                 id='a host with four is split sooner than one with eight'),
    pytest.param([on(GPU, 4), on(GPU, 3, node=1)],
                 [on(GPU, 4), on(GPU, 2, node=1)],
                 ShelfChange((Free(GPU, 7 * CARD, 6 * CARD),),
                             0, -CARD * 3 // 4),
                 id='a set of four stays together'),
    pytest.param([on(GPU, 1), on(NIC, 2)], [on(GPU, 1), on(NIC, 1)],
                 ShelfChange((Free(GPU, CARD, CARD),
                             Free(NIC, 2 * CARD, CARD)),
                        0, -CARD // 4), id='two families'),
    pytest.param([on(GPU, 1)], [on(NIC, 0, HALF)],
                 ShelfChange((Free(GPU, CARD, 0), Free(NIC, 0, HALF)), HALF,
                        -CARD * 3 // 4),
                 id='the rest of a card is of another family'),
    pytest.param([shared(NIC, CARD)], [shared(NIC, HALF)],
                 ShelfChange((Free(NIC, CARD, HALF, shared=True),), 0, 0),
                 id='a card whose PF nobody gets cannot be broken'),
    pytest.param([shared(NIC, HALF)], [],
                 ShelfChange((Free(NIC, HALF, 0, shared=True),), 0, 0),
                 id='nothing is left of a shared card'),
])
def test_shelves_are_compared(before, after, expected):
    assert score.compare(before, after) == expected


@pytest.mark.parametrize(('free', 'expected'), [
    pytest.param([], {}, id='no devices'),
    pytest.param([(HALF, 1)], {GPU: 0}, id='half a card'),
    pytest.param([(CARD, 1)], {GPU: 1}, id='one card'),
    pytest.param([(8 * CARD, 1)], {GPU: 4}, id='eight cards'),
    pytest.param([(8 * CARD, 100), (2 * CARD, 10)], {GPU: 10},
                 id='820 cards on 110 hosts'),
])
def test_scarcity_is_a_power_of_two_above_all_free_cards(free, expected):
    assert score.scarcity(
        (ShelfChange((Free(GPU, cards, 0),), 0, 0), hosts)
        for cards, hosts in free) == expected


@pytest.mark.parametrize(('families', 'broken', 'split', 'room', 'shifts',
                          'expected'), [
    pytest.param([], 0, 0, WIDE, COMMON, 0, id='a host without devices'),
    pytest.param([Free(GPU, 8 * CARD, 8 * CARD)], 0, 0, WIDE, COMMON, 0,
                 id='many that nobody asked for, and room for all'),
    pytest.param([Free(GPU, 8 * CARD, 7 * CARD)], 0, 0, WIDE, COMMON,
                 -7 * CARD, id='one of eight, and the rest'),
    pytest.param([Free(GPU, CARD, 0)], 0, 0, WIDE, COMMON, 0,
                 id='the last one, and no rest'),
    pytest.param([Free(GPU, 8 * CARD, 8 * CARD)], 0, 0,
                 Room(8 * CARD, 6 * CARD), COMMON, -200 * 2 * CARD,
                 id='vCPUs for two cards are taken by a server with none'),
    pytest.param([Free(NIC, 8 * CARD, 8 * CARD, shared=True)], 0, 0,
                 Room(8 * CARD, 6 * CARD), COMMON, -20 * 2 * CARD,
                 id='vCPUs for two shared cards are taken'),
    pytest.param([Free(GPU, 8 * CARD, 4 * CARD)], 0, 0,
                 Room(6 * CARD, 6 * CARD), COMMON, 200 * 2 * CARD - 4 * CARD,
                 id='cards that had no vCPUs anyway are taken'),
    pytest.param([Free(GPU, 8 * CARD, 8 * CARD)], 0, 0, None, COMMON, 0,
                 id='vCPUs and memory are left out'),
    pytest.param([Free(GPU, 2 * CARD, CARD + HALF)], HALF, 0, WIDE, COMMON,
                 -100 * HALF - 3 * HALF, id='half a card more is broken up'),
    pytest.param([Free(GPU, 4 * CARD, 3 * CARD)], 0, HALF, WIDE, COMMON,
                 -20 * HALF - 3 * CARD, id='a set is split'),
    pytest.param([Free(GPU, 2 * CARD, 2 * CARD)], 0, 0, WIDE, {GPU: 2},
                 -50 * HALF, id='scarce cards stay unused'),
    pytest.param([Free(GPU, CARD, CARD), Free(NIC, CARD, CARD)], 0, 0, WIDE,
                 {GPU: 1, NIC: 2}, -50 * (CARD // 2 + CARD // 4),
                 id='the scarcer of two families weighs more'),
    pytest.param([Free(GPU, CARD, 0), Free(NIC, 0, HALF)], 0, 0, WIDE,
                 {GPU: 60}, -51 * HALF,
                 id='a family that no host had before'),
])
def test_score(families, broken, split, room, shifts, expected):
    change = ShelfChange(tuple(families), broken, split)
    assert score.score(change, room, shifts) == expected


def test_the_bound_of_the_range_is_the_sum_of_the_weights():
    assert score.WORST == 591
