# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.handing_out import same_device
from nova_pci_ext.model.identity import Identity

MAC = '3c:fd:fe:00:00:01'


def card(**known):
    return Identity(vendor_id='8086', product_id='1572', dev_type='type-PF',
                    **known)


@pytest.mark.parametrize('text', [
    None, '', '0', '00000000', '00-00-00', 'FFFFFFFF', 'N/A', 'none',
    'To be filled by O.E.M.', 'Default string', '0123456789', 'x' * 256,
    'blanked-1'])
def test_what_is_no_serial_number(text):
    assert same_device.serial(text) is None


def test_a_serial_number_stays_as_it_is():
    assert same_device.serial('MT2024X00123') == 'MT2024X00123'


@pytest.mark.parametrize(('one', 'other', 'expected'), [
    (card(serial='MT1'), card(serial='MT1'), True),
    (card(serial='MT1'), card(serial='MT2'), False),
    (card(serial='MT1'), card(serial='MT1', function=1), False),
    (card(serial='MT1', mac=MAC), card(mac=MAC), True),
    (card(serial='MT1', mac=MAC), card(serial='MT2', mac=MAC), False),
    (card(serial='MT1', slot='5/00.0'), card(serial='MT1', slot='6/00.0'),
     True),
    (card(slot='5/00.0'), card(slot='5/00.0'), True),
    (card(slot='5/00.0'), card(slot='6/00.0'), False),
    (card(serial='MT1', slot='5/00.0'), card(slot='5/00.0'), None),
    (card(serial='MT1'), card(), None),
    (card(), card(), None),
    (card(serial='MT1'), card(serial='MT1', index=3, offset=4), False),
    (card(serial='MT1', index=3, offset=4),
     card(serial='MT1', index=3, offset=8), True),
])
def test_whether_two_are_the_same(one, other, expected):
    assert same_device.same(one, other) is expected
    assert same_device.same(other, one) is expected


def test_another_product_is_another_device():
    assert same_device.same(
        card(serial='MT1'), Identity(product_id='1db6', serial='MT1')
    ) is False


@pytest.mark.parametrize(('known', 'expected'), [
    (card(serial='MT1'), 'a'), (card(serial='MT3'), None),
    (card(serial='MT2'), 'b'),
    # Each fact is of another card.
    (card(serial='MT1', mac=MAC), None)])
def test_where_a_device_is(known, expected):
    seen = same_device.Seen({'a': card(serial='MT1'),
                             'b': card(serial='MT2', mac=MAC)})
    assert seen.where(known) == expected


def test_what_several_have_tells_nothing():
    found = same_device.shared([
        (card(serial='MT1'), 'a'), (card(serial='MT1'), 'b'),
        # A VF has the number of its PF.
        (card(serial='MT2'), 'c'), (card(serial='MT2', offset=1), 'c')])
    assert found == {('serial', ('MT1', 0))}
    assert same_device.without(card(serial='MT1', mac=MAC), found) == card(
        mac=MAC)
