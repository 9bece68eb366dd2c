# SPDX-License-Identifier: Apache-2.0

"""The schema is one, and says of each object what it may hold."""

from jsonschema import validators

from nova_pci_ext.servers import schema


def test_it_is_a_schema():
    found = schema.load()
    validators.validator_for(found).check_schema(found)


def test_each_property_of_an_object_is_required():
    def look(part):
        if 'properties' in part and part.get('additionalProperties') is False:
            assert set(part['required']) == set(part['properties'])
        for each in part.get('properties', {}).values():
            look(each)
        if 'items' in part:
            look(part['items'])

    look(schema.load())
