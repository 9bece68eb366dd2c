# SPDX-License-Identifier: Apache-2.0

"""Patterns of schemas, as their standard has them."""

import math

import pytest

from nova_pci_ext import exceptions
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


@pytest.mark.parametrize(('value', 'valid'), [
    (2, True), (0, True), (-3, True), (2.0, False), (1e2, False),
    (-0.0, False), (math.nan, False), (math.inf, False), (True, False),
    ('2', False), (None, False),
], ids=repr)
def test_an_integer_is_written_as_one(value, valid):
    validator = validation.Validator({'type': 'integer'})
    assert validator.is_valid(value) is valid


@pytest.mark.parametrize(('value', 'valid'), [
    (1, True), (1.0, False), (True, False), ('1', False), (None, False),
], ids=repr)
def test_a_constant_has_its_type(value, valid):
    assert validation.Validator({'const': 1}).is_valid(value) is valid


def refusal(schema_of, content):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        validation.require(validation.Validator(schema_of), content, 'f')
    return str(caught.value)


def test_what_obeys_is_let_pass():
    validation.require(validation.Validator({'type': 'array'}), [], 'f')


def test_a_refusal_says_where_what_and_what_was_expected():
    counts = {'properties': {'counts': {'items': {'type': 'integer'}}}}
    assert refusal(counts, {'counts': [1, 1e2]}) == (
        "f: counts[1]: 100.0 is not of type 'integer'")
    assert refusal({'const': 'a'}, 'b') == "f: expected 'a', got 'b'"
    assert refusal({'type': 'integer'}, 'x' * 100) == (
        f"f: '{'x' * 59}... is not of type 'integer'")
    assert refusal({'enum': ['y' * 300]}, 'x') == (
        f"f: 'x' is not one of ['{'y' * 180}...")


def test_what_is_nested_too_deep_is_refused_and_no_crash():
    nested = []
    # From Python 3.12 on functions written in C have a limit of their own.
    for _ in range(100_000):
        nested = [nested]
    assert refusal({'type': 'object'}, nested) == 'f: it is nested too deep'


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
