# SPDX-License-Identifier: Apache-2.0

"""Pools of a host, put together as cards."""

import dataclasses

import pytest

from nova_pci_ext.matching import cards
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import Card
from nova_pci_ext.matching.cards import CardModel
from nova_pci_ext.matching.cards import Shelf
from nova_pci_ext.model.device import DeviceType
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import vfs

ONE = '0000:81:00.0'
TWO = '0000:82:00.0'
VF = cards.family_of(pool().kind)
NIC_VF = dataclasses.replace(VF, is_network=True)
TAGGED = cards.family_of(pool(physical_network='p1').kind)
PF = cards.family_of(pf(ONE).kind)
WHOLE = cards.family_of(pool(dev_type=DeviceType.PCI).kind)


@pytest.mark.parametrize(('pools', 'expected'), [
    pytest.param([], [], id='a host without devices'),
    pytest.param([vfs(ONE, 0)], [], id='an empty pool is not a card'),
    pytest.param([pf(ONE), vfs(ONE, 4)], [Card((VF,), 0, 1, 4)],
                 id='a PF and its VFs are one card, of the VFs\' family'),
    pytest.param([vfs(ONE, 4), pf(ONE)], [Card((VF,), 0, 1, 4)],
                 id='in any order'),
    pytest.param([vfs(ONE, 3)], [Card((VF,), 0, 0, 3)],
                 id='VFs of a PF that is broken up'),
    pytest.param([pf(ONE)], [Card((PF,), 0, 1, 0)],
                 id='a PF whose VFs are not handed out'),
    pytest.param([vfs(ONE, 1), vfs(ONE, 2, physical_network='p1')],
                 [Card((VF, TAGGED), 0, 0, 3)],
                 id='VFs of two kinds on one card'),
    pytest.param([vfs(ONE, 1), vfs(TWO, 1, numa=1)],
                 [Card((VF,), 0, 0, 1), Card((VF,), 1, 0, 1)],
                 id='two cards on two nodes'),
    pytest.param([vfs(ONE, 1, parent_ifname='ens1'),
                  vfs(TWO, 1, parent_ifname='ens2')],
                 [Card((NIC_VF,), 0, 0, 1), Card((NIC_VF,), 0, 0, 1)],
                 id='the name of the PF makes no family'),
    pytest.param([pool(3, dev_type=DeviceType.PCI)],
                 [Card((WHOLE,), 0, 3, 0)],
                 id='devices whose address is not known'),
])
def test_pools_become_cards(pools, expected):
    assert cards.group_cards(pools) == tuple(expected)


@pytest.mark.parametrize(('models', 'found', 'expected'), [
    pytest.param({}, [Card((VF,), 0, 1, 4)], {VF: CardModel(4, True)},
                 id='a first card'),
    pytest.param({}, [Card((VF,), 0, 0, 4)], {VF: CardModel(4, False)},
                 id='a first card whose PF is not handed out'),
    pytest.param({VF: CardModel(4, False)},
                 [Card((VF,), 0, 0, 3), Card((VF,), 1, 1, 8)],
                 {VF: CardModel(8, True)}, id='the largest card counts'),
    pytest.param({VF: CardModel(4, True)}, [Card((VF,), 0, 0, 5)],
                 {VF: CardModel(5, True)},
                 id='a PF that was seen free counts'),
    pytest.param({}, [Card((VF, TAGGED), 0, 0, 3)],
                 {VF: CardModel(3, False), TAGGED: CardModel(3, False)},
                 id='every kind learns the size of its card'),
    pytest.param({}, [Card((PF,), 0, 1, 0)], {PF: CardModel(0, True)},
                 id='a card without children'),
])
def test_what_cards_are_like_is_learned(models, found, expected):
    before = dict(models)
    assert cards.learn_models(models, found) == expected
    assert models == before


def test_what_teaches_nothing_gives_the_same_object():
    models = {VF: CardModel(8, True), PF: CardModel(0, True)}
    assert cards.learn_models(models, [Card((VF,), 0, 0, 8),
                                     Card((PF,), 0, 1, 0)]) is models


MODELS = {VF: CardModel(4, True), TAGGED: CardModel(4, False),
          WHOLE: CardModel(0, True)}


@pytest.mark.parametrize(('found', 'expected'), [
    pytest.param([Card((VF,), 0, 1, 2)], [Shelf(VF, 0, 1, 0)],
                 id='a free PF makes a card whole, however few VFs are free'),
    pytest.param([Card((VF,), 0, 0, 4)], [Shelf(VF, 0, 1, 0)],
                 id='all VFs free, and the PF not handed out here'),
    pytest.param([Card((VF,), 0, 0, 3)], [Shelf(VF, 0, 0, CARD * 3 // 4)],
                 id='three VFs of four'),
    pytest.param([Card((VF,), 0, 0, 1), Card((VF,), 0, 0, 2),
                  Card((VF,), 0, 1, 4), Card((VF,), 1, 1, 4)],
                 [Shelf(VF, 0, 1, CARD * 3 // 4), Shelf(VF, 1, 1, 0)],
                 id='cards of one node are summed up'),
    pytest.param([Card((TAGGED,), 0, 0, 4), Card((TAGGED,), 0, 0, 1)],
                 [Shelf(TAGGED, 0, 0, 0, CARD * 5 // 4)],
                 id='cards whose PF is handed out nowhere'),
    pytest.param([Card((WHOLE,), None, 3, 0)], [Shelf(WHOLE, None, 3, 0)],
                 id='a family without children'),
])
def test_cards_fill_shelves(found, expected):
    assert cards.fill_shelves(found, MODELS) == tuple(expected)


def test_a_shelf_has_whole_broken_and_shared_cards_free():
    assert Shelf(VF, 0, 2, CARD // 4).free == 2 * CARD + CARD // 4
    assert Shelf(VF, 0, 0, 0, CARD // 4).free == CARD // 4
