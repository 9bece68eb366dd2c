# SPDX-License-Identifier: Apache-2.0

"""The fewest moves, against every sequence of moves on small clouds.

Hosts have slots of three sizes, small ones within large ones as VFs are
within a card::

    host: cards of four VFs; a server takes whole cards, or VFs of one card
"""

import itertools
import random

import pytest

from nova_pci_ext.planning import moving
from nova_pci_ext.planning.moving import Found
from nova_pci_ext.planning.moving import Move
from nova_pci_ext.planning.moving import NEW
from nova_pci_ext.planning.moving import Plan


class Cards:
    """Hosts whose servers have VFs of one card each, or bind a card.

    :param cards: host to its number of cards, each with four VFs
    :param servers: name to (host, VFs, group): no two servers of a group on
        one host
    :param new: VFs of the new server
    """

    def __init__(self, cards, servers, new):
        self.cards = cards
        self.at = {name: host for name, (host, _, _) in servers.items()}
        self.size = {name: size for name, (_, size, _) in servers.items()}
        self.group = {name: group for name, (_, _, group) in servers.items()}
        self.size[NEW], self.group[NEW] = new, None
        self.asked = 0

    def hosts(self):
        return sorted(self.cards)

    def servers(self, host):
        return sorted(name for name, there in self.at.items()
                      if there == host)

    def wants(self, server):
        return server

    def kind(self, server):
        return self.size[server], self.group[server] or server

    def takes(self, host, leaving, coming, before=()):
        self.asked += 1
        if before and not self.takes(host, frozenset(), before):
            return False
        names = [*(name for name in self.servers(host)
                   if name not in leaving), *before, *coming]
        groups = [self.group[name] for name in names if self.group[name]]
        return len(groups) == len(set(groups)) and packs(
            sorted((self.size[name] for name in names), reverse=True),
            [4] * self.cards[host])


def packs(sizes, free):
    """Whether servers fit on cards, by trying every card."""
    if not sizes:
        return True
    return any(packs(sizes[1:], [*free[:number], left - sizes[0],
                                 *free[number + 1:]])
               for number, left in enumerate(free) if left >= sizes[0])


def fewest(cards, servers, new, most):
    """Try every sequence of moves, shortest first, on a cloud that moves."""
    def state(at):
        return Cards(cards, {name: (at[name], size, group) for name, (
            _, size, group) in servers.items()}, new)

    start = {name: host for name, (host, _, _) in servers.items()}
    for size in range(1, most + 1):
        for moves in itertools.product(itertools.product(
                sorted(servers), sorted(cards)), repeat=size):
            at = dict(start)
            for name, target in moves:
                if at[name] == target or not state(at).takes(
                        target, frozenset(), (name,)):
                    break
                at[name] = target
            else:
                if any(state(at).takes(host, frozenset(), (NEW,))
                       for host in cards):
                    return size
    return None


def carried_out(cards, servers, new, plan):
    """Whether each move fits in its turn, and the new server at the end."""
    at = {name: list(entry) for name, entry in servers.items()}
    for move in plan.moves:
        board = Cards(cards, at, new)
        if at[move.server][0] != move.source or not board.takes(
                move.target, frozenset(), (move.server,)):
            return False
        at[move.server][0] = move.target
    return Cards(cards, at, new).takes(plan.host, frozenset(), (NEW,))


def small_cloud(seed):
    """Return a cloud in which the new server does not fit as it is."""
    chance = random.Random(seed)
    while True:
        cards = {f'h{number}': chance.randint(1, 2)
                 for number in range(chance.randint(2, 3))}
        servers = {}
        for number in range(chance.randint(2, 5)):
            host = chance.choice(sorted(cards))
            entry = (host, chance.choice((1, 2, 2, 3, 4)),
                     chance.choice((None, None, 'g')))
            board = Cards(cards, servers, entry[1])
            board.group[NEW] = entry[2]
            if board.takes(host, frozenset(), (NEW,)):
                servers[f's{number}'] = entry
        new = chance.choice((2, 3, 4))
        if servers and not any(Cards(cards, servers, new).takes(
                host, frozenset(), (NEW,)) for host in cards):
            return cards, servers, new


@pytest.mark.parametrize('first', range(0, 500, 50))
def test_plans_of_up_to_two_moves_are_right_and_smallest(first):
    for seed in range(first, first + 50):
        scene = small_cloud(seed)
        found = moving.find(Cards(*scene))
        least = fewest(*scene, most=2)
        assert [len(plan.moves) for plan in found.plans] == (
            [least] * len(found.plans)), seed
        assert bool(found.plans) == (least is not None), seed
        assert found.ruled_out == (2 if least is None else least - 1), seed
        assert all(carried_out(*scene, plan) for plan in found.plans), seed


class Devices:
    """Hosts of devices of two kinds, which servers keep while they stay.

    :param devices: host to the kinds of its devices, such as ``xxy``
    :param servers: name to (host, what it wants, numbers of its devices);
        ``*`` is any kind
    :param new: what the new server wants
    """

    def __init__(self, devices, servers, new):
        self.devices = devices
        self.at = servers
        self.new = new

    def hosts(self):
        return sorted(self.devices)

    def servers(self, host):
        return sorted(name for name, (there, _, _) in self.at.items()
                      if there == host)

    def wants(self, server):
        return self.new if server == NEW else self.at[server][1]

    def kind(self, server):
        return server

    def takes(self, host, leaving, coming, before=()):
        used = set()
        for name in self.servers(host):
            used.update(self.at[name][2])
        return self._put(host, used, before) and self._put(
            host, used.difference(*(self.at[name][2] for name in leaving)),
            coming)

    def _put(self, host, used, names):
        for name in names:
            found = self.chosen(host, used, name)
            if found is None:
                return False
            used.update(found)
        return True

    def chosen(self, host, used, server):
        """Return the devices that a server gets: of any, the last free."""
        free = [number for number in range(len(self.devices[host]))
                if number not in used]
        found = []
        for wanted in sorted(self.wants(server), reverse=True):
            fits = [number for number in free if wanted in (
                '*', self.devices[host][number])]
            if not fits:
                return None
            found.append(fits[-1])
            free.remove(fits[-1])
        return tuple(found)

    def moved(self, server, target):
        """Return the hosts after a move, None where it does not fit."""
        if self.at[server][0] == target:
            return None
        used = {number for name in self.servers(target)
                for number in self.at[name][2]}
        found = self.chosen(target, used, server)
        return found and Devices(self.devices, {
            **self.at, server: (target, self.wants(server), found)}, self.new)

    def fits(self):
        return any(self.takes(host, frozenset(), (NEW,))
                   for host in self.devices)


def small_devices(seed):
    """Return hosts on which the new server does not fit as they are."""
    chance = random.Random(seed)
    while True:
        board = Devices({host: ''.join(sorted(chance.choices('xy', k=4)))
                         for host in 'ab'}, {}, chance.choice(
                             ('xx', 'xxy', 'yy', 'xyy')))
        for number in range(chance.randint(3, 5)):
            host = chance.choice('ab')
            used = {each for name in board.servers(host)
                    for each in board.at[name][2]}
            name = f's{number}'
            board.at[name] = (
                host, chance.choice(['x', 'y', '*', '**', 'yy']), ())
            found = board.chosen(host, used, name)
            if found is None:
                del board.at[name]
            else:
                board.at[name] = (host, board.wants(name), found)
        if not board.fits():
            return board


def after(board, moves):
    """Carry moves out, None where one does not fit in its turn."""
    for server, target in moves:
        board = board and board.moved(server, target)
    return board


@pytest.mark.parametrize('first', range(0, 200, 50))
def test_a_server_keeps_what_it_got_while_another_was_there(first):
    """Two that change places share a host for a while."""
    for seed in range(first, first + 50):
        board = small_devices(seed)
        ways = list(itertools.product(sorted(board.at), 'ab'))
        least = next((size for size in (1, 2) for moves in
                      itertools.product(ways, repeat=size)
                      if (found := after(board, moves)) and found.fits()),
                     None)
        found = moving.find(board)
        assert bool(found.plans) == (least is not None), seed
        for plan in found.plans:
            assert len(plan.moves) == least, seed
            assert after(board, [(move.server, move.target) for move
                                 in plan.moves]).fits(), seed


def test_who_comes_first_is_asked_first():
    """As if s had left, r would have had a y, and the new one both x."""
    board = Devices({'a': 'xxyy', 'b': 'xyy'}, {
        's': ('a', 'yy', (2, 3)), 'r': ('b', '*', (2,)),
        'q': ('b', 'x', (0,))}, 'xxy')
    assert board.takes('a', frozenset('s'), ('r', NEW))
    assert not board.takes('a', frozenset('s'), (NEW,), ('r',))
    assert moving.find(board) == Found(plans=(), ruled_out=2)


def test_one_server_leaves_for_a_host_with_room():
    assert moving.find(Cards(
        {'a': 1, 'b': 1}, {'s': ('a', 2, None), 'r': ('b', 1, None)}, 3)
    ) == Found(ruled_out=0, plans=(
        Plan(host='a', moves=(Move(server='s', source='a', target='b'),)),
        Plan(host='b', moves=(Move(server='r', source='b', target='a'),))))


def test_a_server_makes_room_for_the_one_that_makes_room():
    """Only b can take s, once r has left it for c."""
    assert Plan(host='a', moves=(
        Move(server='r', source='b', target='c'),
        Move(server='s', source='a', target='b'))) in moving.find(Cards(
            {'a': 1, 'b': 1, 'c': 1},
            {'s': ('a', 3, None), 'r': ('b', 2, None), 'x': ('b', 1, None),
             'q': ('c', 2, None)}, 4)).plans


def test_members_of_a_group_stay_apart():
    scene = ({'a': 1, 'b': 1}, {'s': ('a', 1, 'g'), 'r': ('b', 1, 'g')}, 4)
    assert moving.find(Cards(*scene)) == Found(plans=(), ruled_out=2)


def test_three_moves_are_found_and_not_called_smallest():
    scene = (dict.fromkeys('abcd', 1), {
        'p': ('a', 1, None), 'q': ('a', 1, None), 'r': ('a', 1, None),
        's': ('b', 3, None), 't': ('c', 3, None), 'u': ('d', 3, None)}, 4)
    assert moving.find(Cards(*scene)) == Found(plans=(), ruled_out=2)
    found = moving.find(Cards(*scene), most=3)
    assert (len(found.plans), found.ruled_out) == (1, 2)
    assert len(found.plans[0].moves) == 3
    assert carried_out(*scene, found.plans[0])


def test_where_no_host_is_large_enough_no_move_helps():
    assert moving.find(Cards({'a': 1, 'b': 1}, {'s': ('a', 1, None)}, 5)
                       ) == Found(plans=(), ruled_out=2, never=True)


def test_equal_servers_are_tried_once():
    board = Cards({'a': 2, 'b': 2, 'c': 1}, {
        f's{number}': ('a', 1, None) for number in range(6)}, 4)
    board.kind = lambda server: board.size[server]
    moving.find(board)
    few = board.asked
    board.kind = lambda server: server
    board.asked = 0
    moving.find(board)
    assert few < board.asked
