# SPDX-License-Identifier: Apache-2.0

"""Tables in plain characters, within a width."""

import pytest

from nova_pci_ext.drawing import table

NAMES = ('address', 'number', 'text')
ROWS = [('0000:81:00.0', 7, 'a text that is longer than its column'),
        ('0000:81:00.1', 10, '[red]no markup[/red] :smile:')]


def test_a_table_is_as_wide_as_its_cells():
    assert table.lines(NAMES, ROWS) == [
        '+--------------+--------+---------------------------------------+',
        '| address      | number | text                                  |',
        '+--------------+--------+---------------------------------------+',
        '| 0000:81:00.0 |      7 | a text that is longer than its column |',
        '| 0000:81:00.1 |     10 | [red]no markup[/red] :smile:          |',
        '+--------------+--------+---------------------------------------+']


@pytest.mark.parametrize('width', [50, 44])
def test_texts_are_wrapped_and_words_are_whole(width):
    lines = table.lines(NAMES, ROWS, width)
    assert max(map(len, lines)) <= width
    assert sum('| 0000:81:00.' in line for line in lines) == 2
    assert any('longer' in line for line in lines)


def test_a_word_that_nothing_can_keep_whole_is_broken():
    uuid = '5f0ea7b1-8a53-4c0c-9d5b-0f4d6a2c7e11'
    lines = table.lines(('address', 'instance'), [('0000:81:00.0', uuid)], 40)
    assert max(map(len, lines)) <= 40
    assert ''.join(line.split('|')[2].strip() for line in lines[3:-1]) == uuid


def test_nothing_is_cut_off():
    lines = table.lines(('address', 'driver'), [('0000:81:00.0', 'vfio-pci')],
                        10)
    assert lines[3] == '| 0000:81:00.0 | vfio-pci |'


def test_nothing_is_a_table_too():
    assert table.lines(NAMES, []) == [
        '+---------+--------+------+', '| address | number | text |',
        '+---------+--------+------+', '+---------+--------+------+']
