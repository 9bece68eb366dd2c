# SPDX-License-Identifier: Apache-2.0

"""Addresses of device_spec entries: globs and expressions."""

import pytest

from nova_pci_ext.model.spec import AddressForm
from nova_pci_ext.parsing import address_pattern
from nova_pci_ext.parsing.faults import Faults


def read(value):
    found = Faults()
    pattern = address_pattern.parse(value, 'address', found)
    return pattern, [str(each) for each in found.errors]


@pytest.mark.parametrize(('text', 'fields'), [
    ('0000:81:10.2', (0, 0x81, 0x10, 2)),
    ('*:81:*.*', (None, 0x81, None, None)),
    ('81:10.2', (None, 0x81, 0x10, 2)),
    ('10.2', (None, None, 0x10, 2)),
    ('.2', (None, None, None, 2)),
    ('81:10', (None, 0x81, 0x10, None)),
    ('00000000:81:10.2', (0, 0x81, 0x10, 2)),
], ids=['whole', 'any', 'no domain', 'no bus', 'function only',
        'no function', 'a domain of eight digits'])
def test_globs(text, fields):
    pattern, errors = read(text)
    assert (pattern.form, pattern.text, pattern.fields, errors) == (
        AddressForm.GLOB, text, fields, [])


@pytest.mark.parametrize(('text', 'error'), [
    ('1:2:3:4.5', 'address: cannot be "1:2:3:4.5"; expected'),
    ('81:20.0', 'address: slot cannot be "20"; expected 1 to 2 hexadecimal '
                'digits up to 1f, or "*"'),
    ('81:10.8', 'address: function cannot be "8"; expected 0 to 7, or "*"'),
    ('0x081:10.1', 'address: bus cannot be "0x081"; expected 1 to 2 '
                   'hexadecimal digits up to ff, or "*"'),
    ('81:10. ', 'address: cannot be "81:10. "; expected a function from 0 '
                'to 7, "*", or nothing after the dot'),
    ('', 'address: cannot be ""; expected'),
    (5, 'address: cannot be 5; expected'),
], ids=['too many parts', 'slot', 'function', 'digits', 'blank', 'empty',
        'number'])
def test_globs_that_fit_nothing(text, error):
    _, [found] = read(text)
    assert found.startswith(error)


@pytest.mark.parametrize(('parts', 'errors'), [
    ({'bus': '8[1-4]'}, []),
    ({'bus': '8A'}, ['address.bus: cannot be "8A": it matches no bus; did '
                     'you mean "8a"?']),
    ({'slot': '0-3'}, ['address.slot: cannot be "0-3": it matches no slot; '
                       'did you mean "[0-3]"?']),
    ({'function': '9'}, ['address.function: cannot be "9": it matches no '
                         'function; expected an expression that matches '
                         'some of 0 to 7, in lower case']),
    ({'bus': '['}, ['address.bus: cannot be "[": unterminated character set '
                    'at position 0; expected a regular expression in '
                    'quotes, such as "0[1-2]"']),
    ({'buss': '81'}, ["address.buss: unknown part of an address; did you mean "
                      "'bus'?"]),
], ids=['good', 'capitals', 'range', 'impossible', 'broken', 'typo'])
def test_expressions(parts, errors):
    assert read(parts)[1] == errors


@pytest.mark.parametrize(('value', 'everything', 'said'), [
    (None, True, False), ('*:*:*.*', True, True), ('*', True, False),
    ({'bus': '.*'}, True, False), ('81:*.*', False, False),
    (dict.fromkeys(('domain', 'bus', 'slot', 'function'), '.*'), True, True),
], ids=['no address', 'in full', 'in short', 'one expression', 'a bus',
        'all expressions'])
def test_what_means_every_device(value, everything, said):
    pattern = value and read(value)[0]
    assert address_pattern.is_everything(pattern) is everything
    assert address_pattern.says_everything(pattern) is said
