# SPDX-License-Identifier: Apache-2.0

"""Values as Nova reads them."""

import pytest

from nova_pci_ext.parsing import nova_values

REFUSED = object()


def outcome(reader, *value):
    try:
        return getattr(nova_values, reader)(*value)
    except ValueError:
        return REFUSED


@pytest.mark.parametrize(('reader', 'value', 'expected'), [
    ('vendor_id', '8086', '8086'), ('vendor_id', ' 15B3 ', '15b3'),
    ('vendor_id', '*', None), ('vendor_id', ' * ', None),
    ('vendor_id', '0x8086', '8086'), ('vendor_id', '1_0', '0010'),
    ('vendor_id', '10000', REFUSED), ('vendor_id', 8086, REFUSED),
    ('product_id', '*', None), ('product_id', ' *', REFUSED),
    ('product_id', '1', '0001'),
    ('devname', 'eth1', 'eth1'), ('devname', '', None), ('devname', 5, '5'),
    ('boolean', None, None), ('boolean', True, 'true'),
    ('boolean', ' Yes ', 'true'), ('boolean', 'off', 'false'),
    ('boolean', 0, 'false'), ('boolean', 'maybe', REFUSED),
    ('is_yes', 'T', True), ('is_yes', 'no', False), ('is_yes', 'maybe', False),
    ('tag', True, 'true'), ('tag', False, 'false'), ('tag', None, None),
    ('tag', 5, '5'),
    ('placement_name', 'gold-card', 'CUSTOM_GOLD_CARD'),
    ('placement_name', 'custom_a', 'CUSTOM_A'),
    ('is_placement_name', ' ', False), ('is_placement_name', 'a', True),
    ('is_placement_name', 'a' * 248, True),
    ('is_placement_name', 'a' * 249, False),
])
def test_reading(reader, value, expected):
    assert outcome(reader, value) == expected


@pytest.mark.parametrize('value', ['[', '(?P<a>', 5, None])
def test_what_is_no_expression(value):
    assert outcome('regex', value) is REFUSED
