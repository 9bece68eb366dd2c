# SPDX-License-Identifier: Apache-2.0

"""What recorded hosts say once servers have left and come."""

import dataclasses

import pytest

from nova_pci_ext.planning import capacity
from nova_pci_ext.planning import fleet as fleets
from nova_pci_ext.planning import host_board
from nova_pci_ext.planning import movers
from nova_pci_ext.planning import recorded_movers
from nova_pci_ext.planning import room
from nova_pci_ext.planning.moving import NEW
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova

ONE, TWO = (f'{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}'
            for digit in '12')


@pytest.fixture
def board():
    """Return what makes a board of hosts for an alias."""
    def make(fleet, inventories, alias, servers=None):
        spec = fleet.spec(recorded.server(alias))
        return host_board.HostBoard(
            fleet.hosts(spec), servers or recorded_movers.RecordedMovers(
                fleet, inventories), movers.Mover(
                    name='', kind=NEW, explainer=fleet.explainer(spec),
                    need=capacity.need(spec)))
    return make


HOSTS = (recorded.host('busy'), recorded.host('one-card'))


@pytest.mark.parametrize(('host', 'leaving', 'coming', 'takes'), [
    ('busy', (), (NEW,), False), ('busy', (ONE,), (NEW,), True),
    ('busy', (TWO,), (NEW,), True), ('one-card', (), (ONE,), True),
    ('one-card', (), (ONE, NEW), False), ('one-card', (), (TWO,), False),
    ('busy', (ONE, TWO), (NEW, NEW), True),
    ('busy', (ONE, TWO), (NEW, NEW, ONE), False)])
def test_who_leaves_makes_room_for_who_comes(board, host, leaving, coming,
                                             takes):
    with recorded.fleet(*HOSTS) as fleet:
        asked = board(fleet, HOSTS, 'vf:3')
        assert asked.takes(host, frozenset(leaving), coming) is takes
        assert (asked.hosts(), asked.servers('busy')) == (
            ['busy', 'one-card'], (ONE, TWO))


@pytest.mark.parametrize(('alias', 'leaving', 'takes', 'alone'), [
    ('vf:2', (ONE,), True, True), ('vf:3', (ONE,), False, True),
    ('pf:1', (ONE, TWO), True, True), ('pf:2', (ONE, TWO), False, True),
    ('pf:1', (ONE,), False, False)])
def test_who_comes_before_others_leave_keeps_what_it_got(board, alias, leaving,
                                                         takes, alone):
    """It gets the one free VF, of the second card."""
    with recorded.fleet(*HOSTS) as fleet:
        asked = board(fleet, HOSTS, alias)
        one = fleet.spec(recorded.server('vf:1'))
        asked._known['early'] = movers.Mover(
            name='', kind='early', explainer=fleet.explainer(one),
            need=capacity.need(one))
        gone = frozenset(leaving)
        assert asked.takes('busy', gone, (NEW,), ('early',)) is takes
        assert asked.room('busy', gone, (), ('early',)) == int(takes)
        assert asked.takes('busy', gone, (NEW,)) is alone
        # Not even the second early one would fit while the others are there.
        assert not asked.takes('busy', gone, (), ('early', 'early'))


@pytest.mark.parametrize(('host', 'leaving', 'coming', 'number'), [
    ('busy', (), (), 0), ('busy', (ONE,), (), 1), ('busy', (ONE, TWO), (), 2),
    ('one-card', (), (), 0), ('one-card', (), (ONE,), 0),
    ('one-card', (), (TWO,), None)])
def test_how_many_new_servers_fit_then(board, host, leaving, coming, number):
    with recorded.fleet(*HOSTS) as fleet:
        assert board(fleet, HOSTS, 'vf:3').room(
            host, frozenset(leaving), coming) == number


def test_equal_hosts_are_asked_once(board, monkeypatch):
    inventories = [recorded.host('one-card', called=name) for name in 'ab']
    with recorded.fleet(*inventories) as fleet:
        asked = board(fleet, inventories, 'vf:1')
        found = asked.room('a', frozenset(), ())
        assert found
        monkeypatch.setattr(asked, '_count', None)
        assert asked.room('b', frozenset(), ()) == found


class Grouped(recorded_movers.RecordedMovers):
    """Servers of one group."""

    group = movers.Group(uuid='g')

    def of(self, server):
        return dataclasses.replace(super().of(server), group=self.group)

    def members(self, group, host):
        return frozenset({'plain'} if host == 'one-card' else {ONE, TWO})


def test_members_of_a_group_stay_apart(board):
    with recorded.fleet(*HOSTS) as fleet:
        asked = board(fleet, HOSTS, 'vf:1', Grouped(fleet, HOSTS))
        assert not asked.takes('one-card', frozenset(), (ONE,))
        assert not asked.takes('busy', frozenset((ONE,)), (ONE,))
        assert asked.takes('busy', frozenset((ONE, TWO)), (ONE,))
        assert not asked.takes('busy', frozenset((ONE, TWO)), (ONE, TWO))


def test_memory_is_counted_where_it_is_known(board, monkeypatch):
    monkeypatch.setattr(room, 'free', lambda state: room.Room(
        vcpus=9, ram_mb=state.free_ram_mb + 600, disk_gb=5))
    with recorded.fleet(*HOSTS) as fleet:
        asked = board(fleet, HOSTS, 'vf:1')
        assert asked.takes('one-card', frozenset(), (NEW,))
        assert not asked.takes('one-card', frozenset(), (NEW, NEW))


class Kept(recorded_movers.RecordedMovers):
    """Servers that must stay on some hosts, or that a filter keeps there."""

    only, others = None, ()

    def of(self, server):
        found = super().of(server)
        found.explainer._others = self.others
        return dataclasses.replace(found, only=self.only)


class Refusing:
    """A filter that lets one host pass."""

    def filter_all(self, states, spec):
        return [state for state in states if state.host == 'a']


@pytest.mark.parametrize('kept', [
    {'only': frozenset('a')}, {'others': (Refusing(),)}], ids=list)
def test_equal_hosts_need_not_take_the_same_servers(board, kept):
    inventories = [recorded.host('busy'), *(
        recorded.host('one-card', called=name) for name in 'ab')]
    with recorded.fleet(*inventories) as fleet:
        found = Kept(fleet, inventories)
        vars(found).update(kept)
        asked = board(fleet, inventories, 'vf:1', found)
        for host in ('a', 'b'):
            asked._hosts[host] = fleets.fresh(asked._hosts[host])
            asked._hosts[host].state.host = host
        assert asked.takes('a', frozenset(), (ONE,))
        assert not asked.takes('b', frozenset(), (ONE,))
        assert asked.room('b', frozenset(), (ONE,)) is None
        assert asked.takes('b', frozenset(), (NEW,))


def test_a_host_that_could_never_have_new_servers_has_room_for_none(board):
    inventories = [recorded.host('busy'),
                   recorded.host('one-card', called='a')]
    with recorded.fleet(*inventories) as fleet:
        asked = board(fleet, inventories, 'vf:1')
        asked._known[NEW] = dataclasses.replace(
            asked.mover(NEW), only=frozenset())
        assert asked.room('a', frozenset(), ()) == 0
        assert asked.room('a', frozenset(), (ONE,)) == 0
        assert asked.room('a', frozenset(), (TWO,)) is None
