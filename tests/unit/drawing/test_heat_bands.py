# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.drawing import heat_bands
from nova_pci_ext.drawing import heat_map
from nova_pci_ext.drawing import heat_shapes
from tests.drawn_hosts import COLOURS
from tests.drawn_hosts import equal
from tests.drawn_hosts import fields
from tests.drawn_hosts import many


def test_many_kinds_of_hosts_are_squares_of_which_each_is_a_host():
    kinds = many(heat_map.MOST_ROWS + 1)
    shown = heat_map.draw(kinds, {}, '')
    found = fields(shown)
    hosts = sum(len(each.hosts) for each in kinds)
    side = heat_shapes.SIDES[0][1]
    assert sum(width for *_, width, _ in found) == hosts * side
    # From the left and from above, those with most free devices first.
    places = [(y, x) for _, x, y, _, _ in found]
    assert places == sorted(places)
    order = list(COLOURS.values())
    colours = [order.index(colour) for colour, *_ in found]
    assert colours == sorted(colours, reverse=True)
    assert found[0][-1].startswith('a-40,b-40 (2 hosts); 10de:20b0 PCI: 40 ')
    assert 'on 82 hosts' in shown


def test_equal_hosts_that_stand_side_by_side_are_one_field():
    kinds = [*many(heat_map.MOST_ROWS + 1),
             equal(*(f'n-{number}' for number in range(1900)), free=8)]
    found = fields(heat_map.draw(kinds, {}, ''))
    longest = [each for each in found
               if 'n-[0-1899] (1,900 hosts)' in each[-1]]
    across = (heat_shapes.WIDTH - 2 * heat_shapes.MARGIN) // 12
    assert len(longest) == -(-1900 // across)
    assert sum(width for *_, width, _ in longest) == 1900 * 12


@pytest.mark.parametrize(('position', 'number', 'expected'), [
    (0, 3, [(0, 0, 3)]), (0, 10, [(0, 0, 10)]),
    (8, 4, [(0, 8, 10), (1, 0, 2)]), (10, 1, [(1, 0, 1)]),
    (9, 22, [(0, 9, 10), (1, 0, 10), (2, 0, 10), (3, 0, 1)])])
def test_a_run_goes_on_in_the_next_row(position, number, expected):
    assert list(heat_bands._parts(position, number, 10)) == expected
