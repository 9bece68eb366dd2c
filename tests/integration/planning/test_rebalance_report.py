# SPDX-License-Identifier: Apache-2.0

"""Moves among recorded hosts that make the most room, and what is told."""

import pytest
from nova import objects

from nova_pci_ext import install
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.planning import moves_report
from nova_pci_ext.planning import rebalance_report
from nova_pci_ext.planning import recorded_movers
from nova_pci_ext.planning import room_making
from nova_pci_ext.planning.moving import Move
from tests.integration.planning import recorded

pytestmark = pytest.mark.nova

ONE = '11111111-1111-4111-8111-111111111111'
MOVE = Move(server=ONE, source='busy', target='one-card')


@pytest.fixture
def rebalance():
    install.install(Part.EXPLAIN)
    objects.register_all()

    def ask(alias, *names, most=3):
        return room_making.rebalance_recordings(
            recorded.server(alias), [recorded.host(name) for name in names],
            recorded.load(), most)
    return ask


def test_the_move_that_makes_room_is_told(rebalance):
    made = rebalance('vf:3', 'busy', 'one-card')
    assert list(rebalance_report.rows(made)) == [
        (1, ONE, 'busy', 'one-card', 1)]
    assert list(rebalance_report.data(made)) == [
        ((1, 1, ONE, ONE, 'busy', 'one-card', 1, recorded_movers.UNKNOWN),
         list(moves_report.commands(MOVE)))]
    assert rebalance_report.verdict(made) == (
        '0 such servers fit now, 1 after 1 move')
    assert list(rebalance_report.notes(made)) == [
        *moves_report.commands(MOVE),
        'no one or two further moves gain anything',
        f'{ONE}: {recorded_movers.UNKNOWN}',
        'vCPUs, memory and disk of recorded hosts are not known: not '
        'considered']


def test_more_moves_than_were_asked_for_are_not_ruled_out(rebalance):
    made = rebalance('vf:3', 'busy', 'one-card', most=1)
    assert ('whether more moves gain more was not looked at: --moves'
            in rebalance_report.notes(made))


def test_where_nothing_gains_there_is_no_move(rebalance):
    made = rebalance('vf:1', 'one-card')
    assert list(rebalance_report.rows(made)) == []
    assert rebalance_report.verdict(made).endswith(
        ', and no move would make room for more')
