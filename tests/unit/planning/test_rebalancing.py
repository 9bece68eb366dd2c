# SPDX-License-Identifier: Apache-2.0

"""Moves that make the most room, against every sequence of them."""

import itertools
import random

import pytest

from nova_pci_ext.planning import rebalancing
from nova_pci_ext.planning.moving import Move
from nova_pci_ext.planning.moving import NEW
from nova_pci_ext.planning.rebalancing import Rebalanced
from nova_pci_ext.planning.rebalancing import Step
from tests.unit.planning.test_moving import Cards


class CountingCards(Cards):
    """Cards that say how many new servers they take; see ``Cards``."""

    def room(self, host, leaving, coming, before=()):
        if not self.takes(host, leaving, coming, before):
            return None
        return next(number for number in itertools.count()
                    if not self.takes(host, leaving,
                                      (*coming, *[NEW] * (number + 1)),
                                      before))

    def fit(self):
        return sum(self.room(host, frozenset(), ()) for host in self.cards)


def moved(scene, moves):
    """Return the cards after moves, None where one does not fit."""
    cards, servers, new = scene
    at = dict(servers)
    for server, target in moves:
        source, size, group = at[server]
        if target == source or not CountingCards(cards, at, new).takes(
                target, frozenset(), (server,)):
            return None
        at[server] = target, size, group
    return CountingCards(cards, at, new)


def most_of(scene, size):
    """Return the most new servers after so many moves, or fewer."""
    cards, servers, _ = scene
    every = list(itertools.product(sorted(servers), sorted(cards)))
    found = [moved(scene, moves) for number in range(size + 1)
             for moves in itertools.product(every, repeat=number)]
    return max(each.fit() for each in found if each is not None)


def small_cloud(seed):
    """Return hosts of a few cards with servers, and the size of a new one."""
    chance = random.Random(seed)
    cards = {f'h{number}': chance.randint(1, 2)
             for number in range(chance.randint(2, 3))}
    servers = {}
    for number in range(chance.randint(2, 5)):
        entry = (chance.choice(sorted(cards)), chance.choice((1, 2, 2, 3)),
                 chance.choice((None, None, 'g')))
        board = Cards(cards, servers, entry[1])
        board.group[NEW] = entry[2]
        if board.takes(entry[0], frozenset(), (NEW,)):
            servers[f's{number}'] = entry
    return cards, servers, chance.choice((2, 3, 4, 4))


@pytest.mark.parametrize('first', range(0, 300, 50))
def test_moves_gain_what_is_said_and_the_first_is_the_best(first):
    for seed in range(first, first + 50):
        scene = small_cloud(seed)
        before = CountingCards(*scene).fit()
        for most in (1, 2, 4):
            found = rebalancing.find(CountingCards(*scene), most)
            assert found.fit == before, seed
            assert len(found.moves) <= most, seed
            after = moved(scene, [(move.server, move.target)
                                  for move in found.moves])
            told = [before, *(step.fit for step in found.steps)]
            assert after.fit() == told[-1], seed
            assert told == sorted(set(told)), seed
            if most == 1:
                assert told[-1] == most_of(scene, 1), seed


@pytest.mark.parametrize('first', range(0, 300, 50))
def test_two_moves_are_the_best_where_one_gains_nothing(first):
    for seed in range(first, first + 50):
        scene = small_cloud(seed)
        if not rebalancing.find(CountingCards(*scene), 1).steps:
            found = rebalancing.find(CountingCards(*scene), 2)
            told = found.steps[-1].fit if found.steps else found.fit
            assert told == most_of(scene, 2), seed


def test_two_halves_become_a_whole():
    assert rebalancing.find(CountingCards(
        {'a': 1, 'b': 1}, {'s': ('a', 2, None), 'r': ('b', 2, None)}, 4),
        5) == Rebalanced(fit=0, ends=True, steps=(Step(fit=1, moves=(
            Move(server='s', source='a', target='b'),)),))


def test_moves_beyond_the_number_are_not_made():
    servers = {f's{number}': (f'h{number}', 2, None) for number in range(4)}
    cards = {f'h{number}': 1 for number in range(4)}
    found = rebalancing.find(CountingCards(cards, servers, 4), 1)
    assert (len(found.moves), found.ends) == (1, False)
    found = rebalancing.find(CountingCards(cards, servers, 9), 2)
    assert (found.fit, found.steps, found.ends) == (0, (), True)
    assert rebalancing.find(
        CountingCards(cards, servers, 4), 9).steps[-1].fit == 2
