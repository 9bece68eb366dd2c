# SPDX-License-Identifier: Apache-2.0

"""The schemas of the two languages."""

import pytest

from nova_pci_ext.parsing import schema


def test_the_keys_of_the_languages():
    assert schema.known_keys(schema.ALIAS) == tuple(
        schema.load(schema.ALIAS)['properties'])
    assert {'vendor_id', 'address', 'devname'} <= set(
        schema.known_keys(schema.DEVICE_SPEC))


@pytest.mark.parametrize(('name', 'entry', 'broken'), [
    (schema.DEVICE_SPEC, {'vendor_id': '8086', 'product_id': '10ca'}, []),
    (schema.DEVICE_SPEC, {'vendor_id': 8086, 'address': '*:*:*.*'},
     ['vendor_id']),
    (schema.DEVICE_SPEC, {'address': {'bus': '['}}, ['address']),
    (schema.ALIAS, {'name': 'a1', 'device_type': 'type-XX'},
     ['device_type']),
], ids=['good', 'a number', 'a broken expression', 'an unknown type'])
def test_keys_whose_values_are_not_as_the_schema_says(name, entry, broken):
    assert schema.broken_keys(name, entry) == frozenset(broken)


def test_an_unknown_key_is_a_tag():
    rule = schema.load(schema.DEVICE_SPEC)['additionalProperties']
    assert schema.expected(schema.DEVICE_SPEC, 'colour') == (
        'expected ' + rule['x-expected'])
