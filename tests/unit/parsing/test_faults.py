# SPDX-License-Identifier: Apache-2.0

"""Faults are collected, and told at the end."""

import pytest

from nova_pci_ext.exceptions import ConfigError
from nova_pci_ext.exceptions import ConfigErrors
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.parsing import faults


@pytest.mark.parametrize('strict', [True, False])
def test_strict_decides_what_a_flag_is(strict):
    found = faults.Faults(strict=strict)
    found.refuse('a', 'is wrong')
    found.flag('b', 'is odd', 'hint', Fault.TYPO)
    found.note('c', 'is old', None, Fault.OLD_NAME)
    kept = [str(each) for each in found.errors]
    assert kept == (['a: is wrong', 'b: is odd; hint'] if strict
                    else ['a: is wrong'])
    assert [str(each) for each in found.warnings] == (
        ['c: is old'] if strict else ['b: is odd; hint', 'c: is old'])
    assert found.count == 3


def test_all_errors_are_raised_together():
    found = faults.Faults()
    found.note('c', 'is old', None, Fault.OLD_NAME)
    found.finish('a file')
    found.refuse('a', 'is wrong')
    found.refuse('b', 'is wrong')
    with pytest.raises(ConfigErrors) as raised:
        found.finish('a file')
    assert raised.value.message == 'faults in a file'
    assert all(isinstance(each, ConfigError) and each.fault is Fault.REFUSED
               for each in raised.value.exceptions)
    assert str(raised.value) == 'a: is wrong\nb: is wrong'


@pytest.mark.parametrize(('value', 'text'), [
    ('a"b', '"a\\"b"'), (None, 'null'), ('\u0661', '"\\u0661"'),
    ('x' * 58, f'"{"x" * 58}"'), ('x' * 59, f'"{"x" * 59}...'),
], ids=['quotes', 'null', 'a digit of another script', 'short', 'long'])
def test_values_are_shown_in_ascii_and_not_too_long(value, text):
    assert faults.shown(value) == text


@pytest.mark.parametrize(('key', 'text'), [
    ('name', 'name'), ('two words', '"two words"'), ('n\xe4me',
                                                     '"n\\u00e4me"')])
def test_odd_keys_are_in_quotes(key, text):
    assert faults.shown_key(key) == text
