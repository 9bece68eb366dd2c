# SPDX-License-Identifier: Apache-2.0

"""Text from elsewhere, escaped."""

import sys
import unicodedata

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.printable import printable_fields
from nova_pci_ext.model.printable import printable_lines


@pytest.mark.parametrize(('text', 'shown'), [
    pytest.param('I350 Gigabit, "x" \\d <&>', 'I350 Gigabit, "x" \\d <&>',
                 id='what is seen stays, a backslash too'),
    pytest.param('Gerät 網卡', 'Gerät 網卡', id='letters of all scripts stay'),
    pytest.param('\x1b[31mred', '\\x1b[31mred', id='a colour'),
    pytest.param('\x1b]0;title\x07', '\\x1b]0;title\\x07',
                 id='an operating system command'),
    pytest.param('a\r\nb\tc\0', 'a\\r\\nb\\tc\\x00', id='C0'),
    pytest.param('\x9b31m\x85', '\\x9b31m\\x85', id='C1'),
    pytest.param('a\u2028b\u2029', 'a\\u2028b\\u2029', id='line separators'),
    pytest.param('\u202ea\u2066', '\\u202ea\\u2066', id='bidirectional marks'),
    pytest.param('a\u200bb\ufeff\u00ad', 'a\\u200bb\\ufeff\\xad',
                 id='what has no width'),
    pytest.param('\u3164\u2800', '\\u3164\\u2800', id='blank letters'),
    pytest.param('a\u0301\ufe0f', 'a\\u0301\\ufe0f', id='marks'),
    pytest.param('\xa0\u3000', '\\xa0\\u3000', id='other blanks'),
    pytest.param('\ud800', '\\ud800', id='half a character'),
    pytest.param('\U000e0041', '\\U000e0041', id='tags'),
])
def test_text_is_shown_as_what_it_is(text, shown):
    assert printable(text) == shown


def test_every_character_is_seen_or_escaped():
    """And what is escaped is ASCII, so nothing is escaped twice."""
    for number in range(sys.maxunicode + 1):
        char = chr(number)
        shown = printable(char)
        assert printable(shown) == shown
        if shown == char:
            assert unicodedata.category(char)[0] in 'LNPS' or (
                char == ' ' or unicodedata.category(char) == 'Mc')
        else:
            assert shown.isascii() and shown.isprintable()


def test_the_ends_of_our_own_lines_stay():
    assert printable_lines('a\x1b\nb\r') == 'a\\x1b\nb\\r'


def test_all_text_of_a_value_is_escaped():
    device = Device(
        address=PciAddress(0, 1, 0, 0), vendor_id='8086', product_id='1520',
        dev_type=DeviceType.PCI, driver='\x1b', netdevs=('a\n', 'b'))
    shown = printable_fields({'one\n': [device, None, 1]})
    assert shown == {'one\\n': [Device(
        address=PciAddress(0, 1, 0, 0), vendor_id='8086', product_id='1520',
        dev_type=DeviceType.PCI, driver='\\x1b', netdevs=('a\\n', 'b')),
        None, 1]}
    assert shown['one\\n'][0].dev_type is DeviceType.PCI


HOSTILE = '\x1b]0;x\x07\r\n\u202e\u200b'
SHOWN = '\\x1b]0;x\\x07\\r\\n\\u202e\\u200b'


def _subclasses(kind):
    for each in kind.__subclasses__():
        if each.__module__.startswith('nova_pci_ext.'):
            yield each
            yield from _subclasses(each)


@pytest.mark.parametrize('error', [
    exceptions.PciExtError(HOSTILE),
    exceptions.AddressError(HOSTILE),
    exceptions.ConfigError(HOSTILE, HOSTILE, HOSTILE),
    exceptions.ConfigErrors(
        'all', [exceptions.ConfigError(HOSTILE, HOSTILE, HOSTILE)]),
    exceptions.DiscoveryError(HOSTILE, HOSTILE),
    exceptions.ClaimError(HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE,
                          conflict=HOSTILE),
    exceptions.BindingError(HOSTILE, HOSTILE, HOSTILE, HOSTILE),
    exceptions.InstallError(HOSTILE),
    exceptions.ServerRequestError(HOSTILE),
    exceptions.UsageError(HOSTILE),
], ids=lambda error: type(error).__name__)
def test_an_error_shows_nothing_hostile(error):
    assert str(error).isprintable()
    assert SHOWN in str(error)


def test_no_error_renders_itself_around_the_escape():
    own = {each.__name__ for each in _subclasses(exceptions.PciExtError)
           if '__str__' in vars(each)}
    assert own == {'ConfigErrors'}
