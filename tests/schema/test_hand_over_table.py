# SPDX-License-Identifier: Apache-2.0

from tests import hand_over
from tests import hand_over_table


def test_the_documentation_shows_what_is_generated():
    assert hand_over_table.TABLE.read_text() == hand_over_table.table()


def test_every_element_is_valid():
    valid = hand_over_table.table().count('     - yes\n')
    assert valid == len(hand_over.WITH_ELEMENT)
