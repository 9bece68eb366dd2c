# SPDX-License-Identifier: Apache-2.0

"""Laws of the weigher's score, on random hosts and requests."""

import pytest

from nova_pci_ext.matching import cards
from nova_pci_ext.matching import changes
from nova_pci_ext.matching import score
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.score import Room
from tests import pci_hosts

pytestmark = pytest.mark.property
SEEDS = range(2000)
ROOMS = [None, Room(0, 0), Room(3 * CARD, 0), Room(3 * CARD, 2 * CARD),
         Room(99 * CARD, 98 * CARD)]


def scenes():
    """Yield (dice, requests, pools, cache) where the requests fit."""
    for seed in SEEDS:
        dice = pci_hosts.Dice(seed)
        requests, pools, _ = dice.scene()
        cache = changes.Changes()
        change = cache.change(cache.hold(tuple(pools)), tuple(requests))
        if change is not None:
            yield dice, tuple(requests), tuple(pools), change


def test_the_score_is_in_its_range():
    for _, _, pools, change in scenes():
        number = sum(card.whole or 1 for card in cards.group_cards(pools))
        bound = score.WORST * number * CARD
        for room in ROOMS:
            for shifts in ({}, score.scarcity([(change, 3)])):
                assert -bound <= score.score(change, room, shifts) <= bound


def test_the_order_of_pools_and_requests_does_not_matter():
    for dice, requests, pools, change in scenes():
        cache = changes.Changes()
        again = cache.change(
            cache.hold(tuple(dice.shuffled(pools))),
            tuple(dice.shuffled(requests)))
        for room in ROOMS:
            shifts = score.scarcity([(change, 2)])
            assert shifts == score.scarcity([(again, 2)])
            assert score.score(change, room, shifts) == score.score(
                again, room, shifts)


def test_less_room_afterwards_never_scores_higher():
    for _, _, _, change in scenes():
        for before in range(0, 5 * CARD, CARD // 2):
            found = [score.score(change, Room(before, after), {})
                     for after in range(0, before + 1, CARD // 4)]
            assert found == sorted(found)


def test_a_device_that_nobody_asked_for_never_raises_the_score():
    other = pci_hosts.pool(
        product='ffff', dev_type=pci_hosts.DeviceType.PCI,
        group='0000:f0:00.0')
    for _, requests, pools, change in scenes():
        cache = changes.Changes()
        more = cache.change(cache.hold((*pools, other)), requests)
        if more.families[:len(change.families)] != change.families:
            continue  # The requests took it.
        for room in ROOMS:
            shifts = score.scarcity([(more, 1)])
            assert score.score(more, room, shifts) <= score.score(
                change, room, shifts)
