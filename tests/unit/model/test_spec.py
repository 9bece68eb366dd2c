# SPDX-License-Identifier: Apache-2.0

"""Where values stand, and addresses that are one address."""

import re

import pytest

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.spec import AddressForm
from nova_pci_ext.model.spec import AddressPattern
from nova_pci_ext.model.spec import Source


@pytest.mark.parametrize(('source', 'text'), [
    (Source(option='alias'), '[pci] alias[0]'),
    (Source(option='alias', index=2, item=0), '[pci] alias[2][0]'),
    (Source(option='pci_alias', group='DEFAULT', file='a.conf', line=7),
     'a.conf:7: [DEFAULT] pci_alias[0]'),
], ids=['passed in', 'in a list', 'in a file'])
def test_a_source_in_words(source, text):
    assert str(source) == text


def globbed(*fields):
    return AddressPattern(form=AddressForm.GLOB, text='', **dict(zip(
        ('domain', 'bus', 'slot', 'function'), fields, strict=True)))


def expressions(*fields):
    return globbed(*map(re.compile, fields))


@pytest.mark.parametrize(('pattern', 'single'), [
    pytest.param(globbed(0, 0x81, 0, 1), '0000:81:00.1', id='numbers'),
    pytest.param(globbed(0, 0x81, 0, None), None, id='any function'),
    pytest.param(expressions('0000', '81', '00', '1'), '0000:81:00.1',
                 id='expressions that read like an address'),
    pytest.param(expressions('0000', '81', '0', '1'), None,
                 id='a slot of one digit is the beginning of several'),
    pytest.param(expressions('0000', '81', '00', '[1]'), None,
                 id='an expression that does not read like one'),
    pytest.param(expressions('0000', '8A', '00', '1'), None,
                 id='capitals match nothing'),
])
def test_the_one_address(pattern, single):
    assert pattern.single == (single and PciAddress.parse(single))
