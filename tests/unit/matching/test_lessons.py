# SPDX-License-Identifier: Apache-2.0

"""What is learned of the servers that were weighed."""

import itertools

import pytest

from nova_pci_ext.matching import lessons
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import Card
from nova_pci_ext.matching.cards import CardModel
from nova_pci_ext.matching.cards import family_of
from nova_pci_ext.matching.lessons import Asked
from nova_pci_ext.matching.rooms import Need
from nova_pci_ext.matching.touched import Touched
from tests.pci_hosts import vfs

GPU = family_of(vfs('0000:81:00.0', 4).kind)
NIC = family_of(vfs('0000:81:00.0', 4, product='0002').kind)
MODELS = {GPU: CardModel(4, True), NIC: CardModel(4, False)}
QUARTER = CARD // 4


@pytest.mark.parametrize(('before', 'after', 'expected'), [
    pytest.param([(GPU, 1, 4)], [], Asked(CARD, 0), id='a whole card'),
    pytest.param([(GPU, 1, 4)] * 2, [], Asked(2 * CARD, 0), id='two'),
    pytest.param([(GPU, 1, 4)], [(GPU, 0, 3)], Asked(QUARTER, 1),
                 id='a part of a whole card'),
    pytest.param([(GPU, 0, 3)], [(GPU, 0, 1)], Asked(2 * QUARTER, 2),
                 id='a part of a rest'),
    pytest.param([(GPU, 0, 3)], [], Asked(3 * QUARTER, 3), id='all of it'),
    pytest.param([(GPU, 0, 3), (GPU, 0, 1)], [(GPU, 0, 1)],
                 Asked(3 * QUARTER, 2), id='parts of two cards'),
    pytest.param([(NIC, 0, 4)], [(NIC, 0, 3)], None,
                 id='shared cards teach nothing'),
    pytest.param([], [], None, id='no devices'),
])
def test_what_a_server_takes(before, after, expected):
    cards = [tuple(Card((family,), 0, whole, children)
                   for family, whole, children in each)
             for each in (before, after)]
    assert lessons.asked(Touched(*cards), MODELS) == (
        {} if expected is None else {GPU: expected})


def test_a_card_is_of_one_family_whichever_kind_is_used_up():
    models = {GPU: CardModel(4, True), NIC: CardModel(4, True)}
    before = (Card((NIC, GPU), 0, 1, 4),)
    for left in (GPU, NIC):
        assert lessons.asked(
            Touched(before, (Card((left,), 0, 0, 2),)), models) == {
                NIC: Asked(2 * QUARTER, 2)}


@pytest.mark.parametrize('order', [1, -1])
def test_the_order_of_hosts_does_not_matter(order):
    taken = lessons.Taken()
    for each in [Asked(2 * QUARTER, 1), Asked(2 * QUARTER, 2)][::order]:
        taken.add({GPU: each})
    assert taken.of == {GPU: Asked(2 * QUARTER, 2)}
    taken.add({GPU: Asked(4 * QUARTER, 3), NIC: Asked(CARD, 0)})
    taken.add({NIC: Asked(CARD, 3)})
    assert taken.of == {GPU: Asked(4 * QUARTER, 3), NIC: Asked(CARD, 0)}


def test_a_family_that_nobody_asks_for_is_forgotten():
    found = lessons.Lessons()
    found.see({GPU: Asked(QUARTER, 1)}, 8, 100, beside_cards=True)
    for number in range(50_000):
        if found.see({NIC: Asked(CARD, 0)}, 8, 100, beside_cards=True):
            found.draw({GPU: CardModel(4, True), NIC: CardModel(4, True)})
        if number == 1000:
            assert found.needs.keys() == {GPU, NIC}
    assert found.needs.keys() == {NIC}


@pytest.mark.parametrize(('parts', 'servers', 'expected'), [
    pytest.param({}, 1000, (), id='nobody asks for parts'),
    pytest.param({1: 1e9}, 1, (0, CARD // 4 - 1, CARD // 2 - 1,
                               3 * CARD // 4 - 1), id='all is used'),
    pytest.param({3: 1e9}, 1, (0, 0, 0, 3 * CARD // 4 - 1),
                 id='rests that are too small'),
    pytest.param({2: 1e9}, 1, (0, 0, CARD // 2 - 1, CARD // 2 - 1),
                 id='a rest of a rest'),
    pytest.param({3: 2}, 100, (0, 0, 0, 3 * CARD // 8),
                 id='few ask for parts'),
])
def test_what_is_useful_of_a_rest(parts, servers, expected):
    assert lessons.useful(4, parts, servers) == expected


def test_the_first_lesson_is_after_sixteen_servers():
    found = lessons.Lessons()
    assert [found.see({GPU: Asked(CARD, 0)}, 8, 100, beside_cards=True)
            for _ in range(16)] == [False] * 15 + [True]
    assert found.needs == {}
    assert found.draw(MODELS) == {GPU: ()}
    assert found.needs == {GPU: (Need(8, 100), Need(8, 100))}


def test_others_count_where_they_share_hosts_with_cards():
    found = lessons.Lessons()
    found.see({GPU: Asked(2 * CARD, 0)}, 8, 100, beside_cards=True)
    found.see({}, 2, 20, beside_cards=True)
    found.see({}, 64, 4096, beside_cards=False)
    found.draw(MODELS)
    assert found.needs == {GPU: (Need(4, 50), Need(5, 60))}


def test_lessons_get_rare_and_what_is_old_fades():
    found = lessons.Lessons()
    due = []
    for number in itertools.takewhile(lambda n: n < 9000, itertools.count(1)):
        vcpus = 4 if number <= 4096 else 12
        if found.see({GPU: Asked(CARD, 0)}, vcpus, 1, beside_cards=True):
            due.append(number)
            found.draw(MODELS)
    assert due == [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 6144, 8192]
    # Of 4,096 servers 512 with 4 vCPUs are left, after two halvings.
    assert found.needs[GPU][0].vcpus == pytest.approx(10)


def test_a_server_without_vcpus_teaches_no_need():
    found = lessons.Lessons()
    found.see({GPU: Asked(CARD, 0)}, 0, 0, beside_cards=True)
    found.draw(MODELS)
    assert found.needs == {}


def test_a_family_that_no_host_has_any_more():
    found = lessons.Lessons()
    found.see({GPU: Asked(QUARTER, 1)}, 1, 1, beside_cards=True)
    assert found.draw({}) == {}
