# SPDX-License-Identifier: Apache-2.0

"""What a stock is worth, and what is kept of it."""

from unittest import mock

from nova_pci_ext.matching import demands
from nova_pci_ext.matching import rooms
from nova_pci_ext.matching import score
from nova_pci_ext.matching import stocks
from nova_pci_ext.matching.card_models import CardModels
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import family_of
from nova_pci_ext.matching.cards import Shelf
from nova_pci_ext.matching.touched import NOTHING
from tests.pci_hosts import vfs

ONE, TWO = '0000:81:00.0', '0000:82:00.0'
VF = vfs(ONE, 4)
OTHER = vfs(ONE, 4, product='0002')


def test_the_value_follows_what_is_learned_of_its_families():
    models = CardModels()
    stock = stocks.Stock((VF,), models)
    found = stock.value(models)
    assert found.shelves == (Shelf(family_of(VF.kind), 0, 0, 0, CARD),)
    stocks.Stock((OTHER,), models)
    assert stock.value(models) is found
    stocks.Stock((vfs(TWO, 8),), models)
    assert stock.value(models).shelves == (
        Shelf(family_of(VF.kind), 0, 0, 0, CARD // 2),)


def test_an_outcome_follows_the_value():
    models = CardModels()
    stock = stocks.Stock((VF,), models)
    outcome = stocks.Outcome(NOTHING)
    shifts = {}
    for free, expected in ((4, CARD), (8, CARD // 2), (16, CARD // 4)):
        stocks.Stock((vfs(TWO, free),), models)
        value = stock.value(models)
        assert outcome.change(value, models) == value.nothing
        assert outcome.weigh(value, models, None, shifts) == -(
            score.LEFT * expected)


def test_a_score_is_of_the_room_and_the_shifts_of_the_call():
    models = CardModels()
    stock = stocks.Stock((VF, OTHER), models)
    value = stock.value(models)
    outcome = stocks.Outcome(NOTHING)
    on_hosts = [None, rooms.Room(CARD, CARD), rooms.Room(CARD, 0),
                rooms.Room(CARD, CARD // 2)]
    for shifts in ({}, {family_of(VF.kind): 2}):
        for room in on_hosts:
            assert outcome.weigh(value, models, room, shifts) == (
                score.score(value.nothing, room, shifts))


def test_of_too_many_outcomes_those_used_last_are_kept():
    stock = stocks.Stock((), CardModels())
    wanted = [demands.merge([]) for _ in range(stocks.KINDS + 1)]
    for number, each in enumerate(wanted):
        outcome = stocks.Outcome(None)
        outcome.used = -number if number < 3 else number
        stock.keep(each, outcome)
    assert len(stock) == stocks.KINDS
    assert [number for number, each in enumerate(wanted)
            if each not in stock.outcomes] == [2]


def test_threads_that_weigh_at_once_have_scores_of_their_own(monkeypatch):
    """The scores of a room, and of what is learned, are kept with both."""
    models = CardModels()
    value = stocks.Stock((VF,), models).value(models)
    outcome = stocks.Outcome(NOTHING)
    ours, theirs = {'of': 'ours'}, {'of': 'theirs'}
    room = mock.Mock(serves=lambda most: False)
    numbers = {'ours': 100, 'theirs': 200}

    def tell(change, place, shifts):
        if place is not None and shifts is ours:
            # The other thread comes while this one computes.
            assert outcome.weigh(value, models, None, theirs) == 200
        return numbers[shifts['of']] + (place is not None)
    monkeypatch.setattr(score, 'score', tell)
    assert outcome.weigh(value, models, room, ours) == 101
    assert outcome.weigh(value, models, room, theirs) == 201
    assert outcome.weigh(value, models, room, theirs) == 201
