# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.compute import steady
from nova_pci_ext.model.health import Fault
from nova_pci_ext.model.health import FaultKind

CARD = '0000:81:00.0'
FATAL = Fault(kind=FaultKind.FATAL, words='1 fatal')
LANES = Fault(kind=FaultKind.LANES, words='4 of 16')
FEWER = Fault(kind=FaultKind.LANES, words='2 of 16')


def words(looks):
    """Return what is said after each look."""
    card = steady.Steady()
    return [' '.join(fault.words for fault in card.look(CARD, found))
            for found in looks]


@pytest.mark.parametrize(('looks', 'expected'), [
    ([[FATAL], []], ['1 fatal', '']),
    ([[LANES]] * 4, ['', '', '4 of 16', '4 of 16']),
    ([[LANES], [], [LANES], [LANES], []], [''] * 5),
    ([[LANES]] * 3 + [[], [], [LANES], [], [], []],
     ['', '', *['4 of 16'] * 6, '']),
    ([[LANES]] * 3 + [[FEWER]], ['', '', '4 of 16', '2 of 16']),
    ([[LANES], [FATAL, LANES], [LANES, FATAL]],
     ['', '1 fatal', '1 fatal 4 of 16']),
    ([[LANES], []] * 5, [''] * 10),
], ids=['errors are counted by the kernel', 'three looks',
        'two looks are not enough', 'nor to be healthy', 'a worse one',
        'each fault by itself', 'one that comes and goes'])
def test_what_is_said_after_each_look(looks, expected):
    assert words(looks) == expected


def test_a_card_that_is_gone_is_forgotten():
    card = steady.Steady()
    for _ in range(3):
        card.look(CARD, [LANES])
    assert card.is_sure(CARD)
    card.forget(CARD)
    assert not card.is_sure(CARD)
    assert card.look(CARD, [LANES]) == ()
