# SPDX-License-Identifier: Apache-2.0

"""What is learned of cards, and whether it is news."""

import threading

from nova_pci_ext.matching.card_models import CardModels
from nova_pci_ext.matching.cards import Card
from nova_pci_ext.matching.cards import CardModel
from nova_pci_ext.matching.cards import family_of
from tests.pci_hosts import vfs

ONE, TWO = (family_of(vfs('0000:81:00.0', 1, product=product).kind)
            for product in ('0001', '0002'))


def test_what_is_learned_is_a_step():
    models = CardModels()
    models.learn([Card((ONE,), 0, 0, 4), Card((TWO,), 0, 1, 2)])
    assert (models.step, models.of) == (1, {
        ONE: CardModel(4, False), TWO: CardModel(2, True)})
    before = models.of
    models.learn([Card((ONE,), 1, 0, 3), Card((TWO,), 1, 0, 2)])
    assert (models.step, models.of is before) == (1, True)
    models.learn([Card((ONE,), 1, 0, 5)])
    assert (models.step, models.of) == (2, {
        ONE: CardModel(5, False), TWO: CardModel(2, True)})


def test_news_of_one_family_is_no_news_of_another():
    models = CardModels()
    models.learn([Card((ONE,), 0, 0, 4), Card((TWO,), 0, 0, 4)])
    models.learn([Card((ONE,), 0, 0, 5)])
    assert [models.is_known(families, step)
            for families in ([ONE], [TWO], [ONE, TWO])
            for step in (0, 1, 2)] == [
        False, False, True, False, True, True, False, False, True]


def test_what_is_taught_is_a_step_of_its_families():
    models = CardModels()
    models.learn([Card((ONE,), 0, 1, 2), Card((TWO,), 0, 1, 2)])
    models.teach(lambda _: {ONE: (0, 7)})
    assert models.of[ONE] == CardModel(2, True, (0, 7))
    assert models.step == 2
    assert not models.is_known([ONE], 1)
    assert models.is_known([TWO], 1)
    models.teach(lambda _: {ONE: (0, 7), TWO: ()})
    assert models.step == 2


def test_a_larger_card_is_worth_what_was_not_taught():
    models = CardModels()
    models.learn([Card((ONE,), 0, 1, 2)])
    models.teach(lambda _: {ONE: (0, 7)})
    models.learn([Card((ONE,), 0, 1, 4)])
    assert models.of[ONE] == CardModel(4, True)


def test_a_larger_card_waits_for_a_lesson_that_is_drawn():
    """Another thread reads a host while a lesson is drawn for the models."""
    models = CardModels(threading.RLock())
    models.learn([Card((ONE,), 0, 1, 2)])
    reader = threading.Thread(target=models.learn,
                              args=([Card((ONE,), 0, 0, 8)],))

    def draw(known):
        reader.start()
        reader.join(0.2)
        assert models.of is known
        return {ONE: (0,) * known[ONE].children}

    models.teach(draw)
    reader.join()
    assert models.of[ONE] == CardModel(8, True)
