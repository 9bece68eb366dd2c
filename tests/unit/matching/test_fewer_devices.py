# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import fewer_devices
from tests.pci_hosts import asked
from tests.pci_hosts import request


@pytest.mark.parametrize(('counts', 'free', 'missing'), [
    ([], {}, 0),
    ([4], {}, 4),
    ([4], {0b1: 3}, 1),
    ([4], {0b1: 9}, 0),
    ([2, 2], {0b11: 3}, 1),
    ([2, 2], {0b01: 9, 0b10: 1}, 1),
    ([2, 2, 2], {0b011: 1, 0b100: 2}, 3),
    ([1] * 8, {(1 << 8) - 1: 6}, 2),
    ([1] * 8, {0b1: 8}, 1),
], ids=['nothing', 'one kind', 'some are free', 'enough', 'two share',
        'one is short', 'two of three share', 'many share',
        'of many demands all and each alone are looked at'])
def test_how_many_are_missing_at_least(counts, free, missing):
    assert fewer_devices.missing(counts, free) == missing


SAME = [request('a', 1, asked('0001')), request('b', 3, asked('0001'))]


def test_requests_that_ask_for_the_same_are_one_group():
    other = request('c', 1, asked('0002'))
    assert fewer_devices.groups([*SAME, other], ()) == [[0, 1], [2]]
    assert fewer_devices.by_count(SAME, [0, 1]) == [1, 0]


@pytest.mark.parametrize(('number', 'least', 'ways'), [
    (0, [0], [(0, 0)]), (1, [0], [(0, 1)]), (4, [0], [(1, 3)]),
    (1, [2], []), (5, [0], [])],
    ids=['none', 'the last gives way first', 'all', 'too few for a group',
         'more than are asked for'])
def test_only_the_share_of_a_group_decides(number, least, ways):
    assert list(fewer_devices.ways(SAME, number, (), least)) == ways


def test_groups_share_what_is_missing_in_every_way():
    requests = [request('a', 2, asked('0001')), request('b', 1, asked('0002'))]
    assert list(fewer_devices.ways(requests, 2, (), [0, 0])) == [
        (1, 1), (2, 0)]
