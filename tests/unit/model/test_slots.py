# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.model import slots


@pytest.mark.parametrize(('names', 'expected'), [
    ({'5': '0000:81:00'}, {'0000:81:00': '5'}),
    # The firmware has called two of them 5: which is which is not certain.
    ({'5': '0000:81:00', '5-1': '0000:82:00', '6': '0000:83:00'},
     {'0000:83:00': '6'}),
    ({'A-1': '0000:81:00'}, {'0000:81:00': 'A-1'}),
    ({'5': '0000:81:00', '6': '0000:81:00'}, {}),
])
def test_names_that_tell_slots_apart(names, expected):
    assert slots.certain(names) == expected


@pytest.mark.parametrize(('above', 'address', 'expected'), [
    (('pci0000:80', '0000:80:01.0'), '0000:81:00.1', '5/00.1'),
    (('pci0000:80', '0000:80:01.0', '0000:81:00.0', '0000:82:08.0'),
     '0000:83:00.0', '5/00.0/08.0/00.0'),
    (('pci0000:00',), '0000:00:02.0', None),
])
def test_the_way_from_a_slot(above, address, expected):
    assert slots.path({'0000:81:00': '5'}, above, address) == expected


@pytest.mark.parametrize(('name', 'expected'), [
    ('5', True), ('5/00.0', True), ('5/00', False), ('50', False)])
def test_what_is_in_a_slot(name, expected):
    assert slots.is_in('5/00.0/08.0', name) is expected
