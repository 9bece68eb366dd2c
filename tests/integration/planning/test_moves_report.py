# SPDX-License-Identifier: Apache-2.0

"""Moves and other changes as one list."""

import pytest

from nova_pci_ext.explaining import report
from nova_pci_ext.explaining.answers import Answer
from nova_pci_ext.model.change import FewerDevices
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.planning import moves_report
from nova_pci_ext.planning.moving import Found
from nova_pci_ext.planning.moving import Move
from nova_pci_ext.planning.moving import Plan
from nova_pci_ext.planning.room_making import RoomMade

pytestmark = pytest.mark.nova

MOVES = (Move(server='u1', source='b', target='c'),
         Move(server='u2', source='a', target='b'))
TOLD = report.make([Answer(
    host='a', servers=0, shortage=Shortage(reason=Reason.TOO_FEW),
    changes=((FewerDevices(name='gpu', count=1, left=2),),))], 1)
MIGRATE = ('openstack --os-compute-api-version 2.56 server migrate --wait '
           '--host ')


def made(*plans, ruled_out=0, most=2, never=False, has_room=True):
    return RoomMade(found=Found(plans=plans, ruled_out=ruled_out,
                                never=never),
                    most=most, names={'u1': 's1', 'u2': 's2'},
                    unknown={'u2': 'its ports'} if plans else {},
                    has_room=has_room)


def test_the_fewest_steps_stand_first():
    assert list(moves_report.lines(TOLD, made(
        Plan(moves=MOVES, host='a'), ruled_out=1))) == [
        'room for one such server, the fewest steps first:',
        '  1 step: gpu asking for 2 instead of 3, on a',
        '  2 steps: move s1 from b to c, then s2 from a to b; it fits on a '
        'then',
        f'    {MIGRATE}c u1', '    openstack server migration confirm u1',
        f'    {MIGRATE}b u2', '    openstack server migration confirm u2',
        's2: its ports',
        'Placement is not asked about moves: what others hold there beside '
        'devices can refuse one']


def test_a_move_stands_before_another_change_of_its_size():
    shown = list(moves_report.lines(TOLD, made(
        Plan(moves=MOVES[1:], host='a'), has_room=False)))
    assert [line.partition(':')[0] + line.partition(':')[2][:5]
            for line in shown if 'step:' in line] == [
        '  1 step move', '  1 step gpu ']
    assert shown[-1] == ('vCPUs, memory and disk of recorded hosts are not '
                         'known: not considered')


@pytest.mark.parametrize(('found', 'words'), [
    (made(ruled_out=2),
     ['at least 3 servers would have to move: fewer moves make no room']),
    (made(ruled_out=1, most=1),
     ['at least 2 servers would have to move: fewer moves make no room']),
    (made(ruled_out=2, most=4),
     ['at least 3 servers would have to move: fewer moves make no room',
      'no plan of up to 4 moves was found; of more than 2 not all were '
      'tried']),
    (made(ruled_out=2, never=True),
     ['no move makes room: no host would take it without the servers that '
      'could leave']),
], ids=['two', 'one', 'many', 'never'])
def test_what_is_known_without_a_plan(found, words):
    assert list(moves_report.lines(report.make([], 1), found)) == words


def test_a_large_plan_is_not_called_the_smallest():
    plan = Plan(host='a', moves=(
        *MOVES, Move(server='u1', source='c', target='d')))
    found = made(plan, ruled_out=2, most=3)
    assert list(moves_report.lines(report.make([], 1), found))[8] == (
        's2: its ports')
    found = made(Plan(moves=(*plan.moves, MOVES[0]), host='a'), ruled_out=2,
                 most=4)
    assert list(moves_report.lines(report.make([], 1), found))[10] == (
        '2 moves make no room; whether 4 are the fewest is not known')


def test_moves_for_machines():
    found = made(Plan(moves=MOVES[1:], host='a'))
    assert moves_report.data(found, 'b') == moves_report.data(None, 'a') == []
    assert moves_report.data(found, 'a') == [{
        'size': 1, 'smallest': True, 'moves': [{
            'server': 'u2', 'name': 's2', 'source': 'a', 'target': 'b',
            'unknown': 'its ports', 'commands': [
                f'{MIGRATE}b u2',
                'openstack server migration confirm u2']}]}]


def test_names_of_hosts_are_quoted_for_a_shell():
    assert list(moves_report.commands(Move(
        server='u1', source='a', target='b; rm -r x'))) == [
        f"{MIGRATE}'b; rm -r x' u1",
        'openstack server migration confirm u1']
