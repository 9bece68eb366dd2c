# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.model.identity import Identity
from nova_pci_ext.novaobj import device_facts

PF, VF = '0000:81:00.1', '0000:81:02.3'


def test_a_vf_is_what_its_pf_is_and_has_a_number():
    found = device_facts.of_report([
        {'address': PF, 'vendor_id': '8086', 'product_id': '1572',
         'dev_type': 'type-PF', 'parent_addr': None,
         'capabilities': {'vpd': {'card_serial_number': 'MT1'}},
         device_facts.FACTS: {'mac': '3C:FD:FE:00:00:01', 'slot': '5/00.1'}},
        {'address': VF, 'vendor_id': '8086', 'product_id': '154c',
         'dev_type': 'type-VF', 'parent_addr': PF,
         'capabilities': {'sriov': {'vf_num': 2}}}])
    assert found[VF] == (Identity(
        vendor_id='8086', product_id='154c', dev_type='type-VF',
        serial='MT1', function=1, mac='3c:fd:fe:00:00:01', slot='5/00.1',
        index=2, offset=0x12), PF)


def test_an_address_that_is_none_is_left_out():
    assert device_facts.of_report([
        {'address': 'rubbish', 'vendor_id': '8086',
         'product_id': '1572'}]) == {}


def test_a_note_is_read_again():
    known = Identity(serial='MT1', slot='5/00.0', index=3)
    text = device_facts.note(known)
    assert device_facts.read_note({device_facts.NOTE: text}) == {
        'serial': 'MT1', 'slot': '5/00.0', 'index': 3}
    assert device_facts.note(Identity(index=3)) is None


@pytest.mark.parametrize('text', ['', '{', '[]', '5', 'null'])
def test_what_nobody_wrote_is_no_note(text):
    assert device_facts.read_note({device_facts.NOTE: text}) is None


def test_values_that_nobody_wrote_are_left_out():
    assert device_facts.read_note({device_facts.NOTE:
                                   '{"serial": 5, "index": "x"}'}) == {}
