# SPDX-License-Identifier: Apache-2.0

"""The reference pages are what the schemas say, and the examples parse."""

import json

import jsonschema
import pytest

from nova_pci_ext import parsing
from nova_pci_ext.model import device_set
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import schema
from tools import language_reference


def parse_group(text):
    faults = parsing.Faults()
    found = parsing.parse_device_groups(parsing.option_values(
        parsing.DEVICE_GROUP_OPTION, [text], 'pci_ext'), faults)
    faults.finish('[pci_ext] device_group')
    return found


PARSERS = {schema.DEVICE_SPEC: parsing.parse_device_spec,
           schema.ALIAS: parsing.parse_alias,
           schema.DEVICE_GROUP: parse_group}
# What an example of one key needs beside it to be a whole entry.
BESIDE = {schema.DEVICE_SPEC: {'vendor_id': '8086', 'product_id': '1520'},
          schema.ALIAS: {'name': 'a1', 'vendor_id': '8086',
                         'product_id': '1520'},
          schema.DEVICE_GROUP: {'type': 'rail', 'name': 'b',
                                'addresses': ['0000:41:00.0']}}
EXAMPLES = [
    pytest.param(name, key, example, id=f'{name} {key} {example}')
    for name in PARSERS
    for key, rule in schema.load(name)['properties'].items()
    for example in rule['examples']]


@pytest.mark.parametrize('name', list(language_reference.NAMES))
def test_the_page_is_up_to_date(name):
    page = language_reference.PAGES / language_reference.NAMES[name]
    assert page.read_text() == language_reference.render(name), (
        'run python tools/language_reference.py')


@pytest.mark.parametrize('name', list(language_reference.NAMES))
def test_the_schema_is_a_schema(name):
    jsonschema.Draft202012Validator.check_schema(schema.load(name))


@pytest.mark.parametrize(('name', 'key', 'example'), EXAMPLES)
def test_an_example_of_a_key_is_taken(name, key, example):
    entry = {**BESIDE[name], key: example}
    if key == 'devname':
        entry.pop('address', None)
    assert PARSERS[name](json.dumps(entry))
    jsonschema.validate(entry, schema.load(name))


@pytest.mark.parametrize(('rule', 'example'), [
    (rule, example) for rule, key in device_sets.KEYS.items() for example
    in schema.load(schema.DEVICE_SETS)['properties'][key]['examples']])
def test_an_example_of_a_set_is_taken(rule, example):
    sets = parsing.parse_device_set(rule, example)
    assert sets
    jsonschema.validate({device_sets.KEYS[rule]: example},
                        schema.load(schema.DEVICE_SETS))


def test_each_rule_is_in_the_schema():
    assert schema.known_keys(schema.DEVICE_SETS) == tuple(
        device_sets.KEYS.values())


def test_the_schema_names_all_attributes():
    described = schema.load(schema.DEVICE_SETS)['description']
    assert all(f'``{name}``' in described
               for name in device_set.ATTRIBUTES)
