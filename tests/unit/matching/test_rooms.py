# SPDX-License-Identifier: Apache-2.0

"""For how many cards there is room."""

import math

import pytest

from nova_pci_ext.matching import rooms
from nova_pci_ext.matching import score
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import family_of
from nova_pci_ext.matching.rooms import Learned
from nova_pci_ext.matching.rooms import Need
from nova_pci_ext.matching.rooms import Room
from nova_pci_ext.matching.rooms import Spare
from tests.pci_hosts import pool

GPU = family_of(pool(product='0001').kind)
NIC = family_of(pool(product='0002').kind)
LEARNED = Learned(CARD, Spare(32, 64, 16, 32),
                  {GPU: (Need(8, 1), Need(16, 1))})


@pytest.mark.parametrize(('vcpus', 'memory_mb', 'need', 'expected'), [
    pytest.param(16, 100, Need(8, 10), 2 * CARD, id='vCPUs are short'),
    pytest.param(16, 10, Need(8, 10), CARD, id='memory is short'),
    pytest.param(12, math.inf, Need(8, 0), CARD * 3 // 2, id='only vCPUs'),
    pytest.param(math.inf, 5, Need(0, 10), CARD // 2, id='only memory'),
    pytest.param(-1, 10, Need(8, 10), 0, id='more is used than there is'),
])
def test_cards(vcpus, memory_mb, need, expected):
    assert rooms.cards(vcpus, memory_mb, need) == expected


def test_what_was_learned_has_room_of_its_own():
    assert LEARNED.of(GPU) == ((4 * CARD, 2 * CARD), (2 * CARD, CARD))
    assert LEARNED.of(NIC) == ()


def test_all_families_have_room():
    assert Room(9, 9).serves(9)
    assert not Room(9, 8).serves(9)
    assert Room(2 * CARD, 2 * CARD, LEARNED).serves(CARD)
    assert not Room(2 * CARD, 2 * CARD, LEARNED).serves(CARD + 1)


@pytest.mark.parametrize(('family', 'shared', 'expected'), [
    pytest.param(GPU, False, 200 * (2 * CARD + CARD), id='learned'),
    pytest.param(NIC, False, 0, id='not learned'),
    pytest.param(GPU, True, 0, id='a shared card'),
])
def test_the_score_counts_both_needs(family, shared, expected):
    # Of four cards, two have no vCPUs with the server; by the other need,
    # two had none without it, and three have none with it.
    change = score.ShelfChange(
        (score.Free(family, 4 * CARD, 4 * CARD, shared),), 0, 0)
    assert score.score(change, Room(9 * CARD, 9 * CARD, LEARNED),
                       {family: 60}) == -expected
