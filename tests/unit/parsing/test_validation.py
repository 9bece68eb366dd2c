# SPDX-License-Identifier: Apache-2.0

"""Patterns of schemas, as their standard has them."""

import pytest

from nova_pci_ext.parsing import schema
from nova_pci_ext.parsing import validation


@pytest.mark.parametrize(('text', 'valid'), [
    ('8086', True), ('8086\n', False), ('\n8086', False), ('80861', False),
])
def test_a_pattern_ends_where_the_text_does(text, valid):
    validator = validation.Validator({'pattern': '^[0-9]{4}$'})

    assert validator.is_valid(text) is valid


def test_a_pattern_says_nothing_of_what_is_no_text():
    assert validation.Validator({'pattern': '^a$'}).is_valid(8086)


@pytest.mark.parametrize(('name', 'key', 'value'), [
    (schema.ALIAS, 'vendor_id', '8086\n'),
    (schema.ALIAS, 'product_id', '1520\n'),
    (schema.DEVICE_SPEC, 'devname', 'eth0\n'),
    (schema.DEVICE_SPEC, 'trusted', 'true\n'),
    (schema.DEVICE_SPEC, 'remote_managed', 'false\n'),
])
def test_no_language_lets_a_line_end_pass(name, key, value):
    assert schema.broken_keys(name, {key: value.strip()}) == frozenset()
    assert schema.broken_keys(name, {key: value}) == frozenset([key])
