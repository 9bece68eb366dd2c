# SPDX-License-Identifier: Apache-2.0

"""What is computed once for equal hosts, and what is remembered."""

from nova_pci_ext.matching import score
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import family_of
from nova_pci_ext.matching.changes import Changes
from nova_pci_ext.matching.changes import KINDS
from nova_pci_ext.model.device import DeviceType
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
    holding = changes.hold(card(ONE, 4))
    assert changes.change(holding, (ASK_VF,)) is changes.change(
        changes.hold(card(ONE, 4)), (ASK_VF,))


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


def test_the_caches_are_bounded():
    changes = Changes(limit=8)
    for free in range(100, 0, -1):
        for group in (ONE, TWO):
            holding = changes.hold(card(group, free))
            changes.change(holding, (ASK_VF,))
            changes.change(holding, (request(
                None, free, asked(dev_type=DeviceType.VF)),))
    assert changes.entries() == {
        'holdings': 8, 'stocks': 8, 'demands': 8, 'changes': 8 * KINDS}


def test_what_is_used_is_kept_when_others_come():
    changes = Changes(limit=8)
    # What is larger than all before makes every change another one.
    changes.hold(card(TWO, 100))
    pools = card(ONE, 4)
    holding = changes.hold(pools)
    kept = changes.change(holding, (ASK_VF,))
    for free in range(100):
        changes.change(changes.hold(card(TWO, free + 1)), (ASK_VF,))
        assert changes.hold(pools) is holding
        assert changes.change(holding, (ASK_VF,)) is kept
