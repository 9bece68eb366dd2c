# SPDX-License-Identifier: Apache-2.0

"""Which entry takes a device."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.handing_out.spec_matcher import SpecMatcher
from nova_pci_ext.model.address import PciAddress

PF = '0000:81:00.0'


def matcher(*texts, **netdevs):
    specs = [spec for text in texts
             for spec in parsing.parse_device_spec(text, strict=False)]
    return SpecMatcher(specs, {name: PciAddress.parse(address)
                               for name, address in netdevs.items()})


@pytest.mark.parametrize(('text', 'device', 'fits'), [
    pytest.param('{"vendor_id": "8086"}', ('8086', '1520', PF), True,
                 id='the vendor'),
    pytest.param('{"product_id": "1520"}', ('8086', '1521', PF), False,
                 id='another product'),
    pytest.param('{"address": "*:81:00.*"}', ('8086', '1520', PF), True,
                 id='a glob'),
    pytest.param('{"address": "81:01"}', ('8086', '1520', PF), False,
                 id='another slot'),
    pytest.param('{"address": "0000:81:00.0"}',
                 ('8086', '1520', '0000:81:10.0', PF), True,
                 id='a VF by its PF'),
    pytest.param('{"address": "0000:81:00.*"}',
                 ('8086', '1520', '0000:81:10.0', PF), False,
                 id='not by a glob that fits the PF'),
    pytest.param('{"address": {"bus": "8"}}', ('8086', '1520', PF), True,
                 id='a prefix of the bus'),
    pytest.param('{"address": {"bus": "1"}}', ('8086', '1520', PF), False,
                 id='not a part in the middle'),
    pytest.param('{"address": {"slot": "0[A1]"}}',
                 ('8086', '1520', '0000:81:0a.0'), False,
                 id='a regex in capitals fits no letter'),
    pytest.param('{"address": "0001:*:*.*"}',
                 ('8086', '1520', '0001:00:00.0'), True, id='the domain'),
    pytest.param('{"devname": "eth1"}',
                 ('8086', '1520', '0000:81:10.0', PF), True,
                 id='a VF by the name of its PF'),
    pytest.param('{"devname": "eth2"}', ('8086', '1520', PF), False,
                 id='a name that is missing'),
])
def test_an_entry_fits_a_device(text, device, fits):
    found = matcher(text, eth1=PF)
    assert found.first(*device) == (0 if fits else None)


def test_the_first_entry_wins_and_all_are_known():
    found = matcher('{"vendor_id": "15b3"}', '{"address": "*:81:*.*"}',
                    '{"vendor_id": "8086"}', '{"address": "*:82:*.*"}')
    assert found.first('8086', '1520', PF) == 1
    assert found.every('8086', '1520', PF) == (1, 2)
    assert found.every('10de', '1520', '0000:01:00.0') == ()


def test_a_remote_managed_device_needs_its_serial_number():
    found = matcher('{"vendor_id": "15b3", "remote_managed": "true"}',
                    '{"vendor_id": "15b3"}')
    assert found.first('15b3', '101e', PF) == 1
    assert found.first('15b3', '101e', PF, has_serial=True) == 0


@pytest.mark.parametrize('address', ['', '81:00.0', '0000:81:00:0',
                                     '0000:zz:00.0', '0000-81-00.0'])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(exceptions.AddressError) as caught:
        matcher('{"address": "*:81:*.*"}').first('8086', '1520', address)
    assert caught.value.text == address


def test_each_expression_runs_once_for_each_value():
    class Pattern:
        runs = 0

        def match(self, text):
            Pattern.runs += 1
            return None

    found = matcher('{"address": {"bus": "81"}}')
    found._bus._patterns = [(Pattern().match, 1)]
    for slot in range(32):
        for bus in ('01', '02'):
            assert found.first('8086', '1520',
                               f'0000:{bus}:{slot:02x}.0') is None
    assert Pattern.runs == 2
