# SPDX-License-Identifier: Apache-2.0

"""What is computed once for equal hosts, and what is remembered."""

import pytest

from nova_pci_ext.matching import score
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import family_of
from nova_pci_ext.matching.changes import Changes
from nova_pci_ext.matching.stocks import KINDS
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.verifying import KEPT
from tests.pci_hosts import asked
from tests.pci_hosts import pf
from tests.pci_hosts import request
from tests.pci_hosts import vfs

ONE = '0000:81:00.0'
TWO = '0000:82:00.0'
VF = family_of(vfs(ONE, 1).kind)
ASK_VF = request(None, 1, asked(dev_type=DeviceType.VF))
ASK_PF = request(None, 1, asked(dev_type=DeviceType.PF))


def card(group, free, provider=None):
    return (pf(group, provider=provider), vfs(group, free, provider=provider))


def test_equal_hosts_share_a_stock():
    changes = Changes()
    assert changes.hold(card(ONE, 4)).stock is changes.hold(
        card(ONE, 4)).stock
    assert changes.hold(card(ONE, 4)).stock is not changes.hold(
        card(TWO, 4)).stock


def test_hosts_with_providers_of_their_own_share_a_stock():
    changes = Changes()
    here = changes.hold(card(ONE, 4, 'rp-a') + card(TWO, 4, 'rp-b'))
    there = changes.hold(card(ONE, 4, 'rp-x') + card(TWO, 4, 'rp-y'))
    assert here.stock is there.stock
    ask = request(None, 1, asked(dev_type=DeviceType.VF), providers=['rp-y'])
    found = changes.change(there, (ask,))
    assert found == score.ShelfChange(
        (score.Free(VF, 2 * CARD, CARD * 7 // 4),), CARD * 3 // 4,
        -CARD // 4)
    # The same provider is nobody's on the other host.
    assert changes.change(here, (ask,)) is None


def test_the_same_tuple_is_not_read_twice():
    changes = Changes()
    pools = card(ONE, 4)
    assert changes.hold(pools) is changes.hold(pools)


def test_a_change_is_computed_once():
    changes = Changes()
    for _ in range(3):
        changes.change(changes.hold(card(ONE, 4)), (ASK_VF,))
    assert (changes.hits, changes.misses) == (2, 1)


def test_nothing_asked_changes_nothing():
    changes = Changes()
    assert changes.change(changes.hold(card(ONE, 4))) == score.ShelfChange(
        (score.Free(VF, CARD, CARD),), 0, 0)


def test_what_does_not_fit_has_no_change():
    changes = Changes()
    assert changes.change(changes.hold((vfs(ONE, 4),)), (ASK_PF,)) is None


def test_a_larger_card_makes_the_rest_of_others_a_smaller_part():
    changes = Changes()
    holding = changes.hold((vfs(ONE, 2),))
    assert changes.change(holding).families == (
        score.Free(VF, CARD, CARD, shared=True),)
    changes.hold((vfs(TWO, 4),))
    half = CARD // 2
    assert changes.change(holding).families == (
        score.Free(VF, half, half, shared=True),)


def test_a_pf_that_is_offered_somewhere_makes_the_others_whole():
    changes = Changes()
    holding = changes.hold((vfs(ONE, 4),))
    assert changes.change(holding, (ASK_VF,)).broken == 0
    changes.hold(card(TWO, 4))
    assert changes.change(holding, (ASK_VF,)).broken == CARD * 3 // 4


def ask(count):
    return (request(None, count, asked(dev_type=DeviceType.VF)),)


def test_what_is_kept_is_bounded():
    changes = Changes(limit=8)
    for free in range(100, 0, -1):
        for group in (ONE, TWO):
            holding = changes.hold(card(group, free))
            changes.change(holding, (ASK_VF,))
            changes.change(holding, ask(free))
    del holding
    assert changes.entries() == {
        'holdings': 8, 'stocks': 8, 'demands': 8, 'changes': 14,
        'searches': 8}


def test_the_kinds_of_a_host_are_bounded():
    changes = Changes()
    holding = changes.hold(card(ONE, 4))
    for count in range(1, 2 * KINDS):
        changes.change(holding, ask(count))
    assert changes.entries()['changes'] == KINDS


def test_there_is_room_for_all_hosts_of_a_call():
    changes = Changes(limit=8)
    changes.expect(50)
    hosts = [card(ONE, free) for free in range(100, 0, -1)]
    holdings = list(map(changes.hold, hosts))
    kept = [changes.change(holding, (ASK_VF,)) for holding in holdings]
    assert list(map(changes.hold, hosts)) == holdings
    assert changes.entries()['changes'] == 100
    changes.expect(1)
    assert [changes.change(changes.hold(pools), (ASK_VF,))
            for pools in hosts] == kept
    assert changes.entries()['holdings'] == 100


def test_what_is_used_is_kept_when_others_come():
    changes = Changes(limit=8)
    pools = card(ONE, 4)
    holding = changes.hold(pools)
    changes.change(holding, (ASK_VF,))
    for free in range(100):
        changes.change(changes.hold(card(TWO, free + 1)), ask(free + 1))
        assert changes.hold(pools) is holding
        changes.change(holding, (ASK_VF,))
    assert (changes.hits, changes.misses) == (100, 101)


def test_a_larger_card_elsewhere_harms_no_search():
    changes = Changes()
    holding = changes.hold(card(ONE, 4))
    changes.change(holding, (ASK_VF,))
    for free in range(5, 10):
        changes.hold(card(TWO, free))
        assert changes.change(holding, (ASK_VF,)).broken == CARD * 3 // free
    assert (changes.hits, changes.misses) == (5, 1)


def test_hosts_that_differ_elsewhere_share_a_search():
    changes = Changes()
    other = pf(TWO, product='1234')
    for pools in ((vfs(ONE, 4),), (vfs(ONE, 4), other)):
        changes.change(changes.hold(pools), (ASK_VF,))
    assert changes.entries() == {
        'holdings': 2, 'stocks': 2, 'demands': 1, 'changes': 2,
        'searches': 1}


def test_the_bytes_grow_with_hosts_and_changes():
    changes = Changes()
    assert changes.size == 0
    one, two = changes.hold(card(ONE, 4)), changes.hold(card(TWO, 4))
    hosts = changes.size
    changes.change(one, (ASK_VF,))
    assert 0 < hosts < changes.size
    one_change = changes.size - hosts
    changes.change(two, (ASK_VF,))
    assert changes.size == hosts + 2 * one_change


@pytest.fixture
def reports(monkeypatch):
    """What was kept and is not so, while everything is compared."""
    found = []
    monkeypatch.setattr(KEPT, 'report', lambda *each: found.append(each))
    return found


def weigh(changes, pools):
    """Return the score of a host for one VF."""
    holding = changes.hold(pools)
    shifts = changes.shifts([holding])
    return changes.weigh(holding, changes.want((ASK_VF,), holding.labels),
                         None, shifts)


def test_what_is_kept_is_compared_with_fresh_values(reports):
    changes = Changes()
    pools = card(ONE, 4)
    scores = {weigh(changes, pools) for _ in range(3)}
    assert (len(scores), reports) == (1, [])
    (expected,) = scores
    holding = changes.hold(pools)
    (outcome,) = holding.stock.outcomes.values()
    outcome._score = outcome._score._replace(score=outcome._score.score + 1)
    assert weigh(changes, pools) == expected
    assert reports == [('score of a host', expected + 1, expected)]
