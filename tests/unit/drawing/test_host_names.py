# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.drawing import host_names


@pytest.mark.parametrize(('names', 'expected'), [
    ([], ''),
    (['compute'], 'compute'),
    (['gpu-1', 'gpu-2', 'gpu-3', 'gpu-5'], 'gpu-[1-3,5]'),
    (['gpu-9', 'gpu-10', 'gpu-11'], 'gpu-[9-11]'),
    (['gpu-008', 'gpu-009', 'gpu-010'], 'gpu-[008-010]'),
    (['gpu-099', 'gpu-100'], 'gpu-[099-100]'),
    (['r1-n7.lan', 'r1-n8.lan', 'r2-n7.lan'], 'r1-n[7-8].lan,r2-n7.lan'),
    (['a', 'b7', 'b8'], 'a,b[7-8]'),
    (['0', '1'], '[0-1]'),
    ([f'{letter}{"x" * 9}' for letter in 'abcdef'],
     'axxxxxxxxx,bxxxxxxxxx,cxxxxxxxxx and 3 more'),
    (['y' * 50, 'z'], f'{"y" * 31}... and 1 more'),
    (['\u0661', '\u0662'], '\u0661,\u0662'),
], ids=['nothing', 'no number', 'a range and one', 'no zeros', 'zeros',
        'zeros to none', 'several', 'mixed', 'only numbers', 'many', 'long',
        'digits that are not ASCII'])
def test_names_are_short_and_say_what_is_left_out(names, expected):
    assert host_names.short(names) == expected


def test_a_long_range_is_cut_and_counted_once():
    names = [f'gpu-{number}' for number in range(1, 2000, 2)]
    assert host_names.short(names) == 'gpu-[1,3,5,7,9,11,13,15,17,19,2...'
