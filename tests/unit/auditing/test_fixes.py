# SPDX-License-Identifier: Apache-2.0

import dataclasses

import pytest

from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.books import Stock
from nova_pci_ext.model.claim import ClaimState

ROW = Row(id=7, node_id=1, address='0000:3b:00.0', dev_type='type-PF',
          vendor_id='8086', product_id='1572', status='allocated',
          owner='i', request_id='r', updated='2026-11-27T00:00:00')
VF = Row(id=8, node_id=1, address='0000:3b:00.1', dev_type='type-VF',
         vendor_id='8086', product_id='154c', status='unavailable',
         parent='0000:3b:00.0')
FIX = fixes.RowFix(seen=ROW, relatives=(VF,), family=(VF.address,),
                   status=ClaimState.AVAILABLE)
PORT = Port(id='p', slot='0000:3b:00.1', revision=3)


@pytest.mark.parametrize(('fix', 'expected'), [
    (FIX, 'row 7 (0000:3b:00.0): status allocated -> available; '
          'instance_uuid i -> none; request_id r -> none'),
    (fixes.RowFix(seen=VF, status=ClaimState.DELETED),
     'row 8 (0000:3b:00.1): status unavailable -> deleted; deleted 0 -> 8'),
    (fixes.ChargeFix(seen=ROW, takes=4000),
     'row 7 (0000:3b:00.0): note of the bandwidth none -> 4000 Mbit/s for i'),
    (fixes.ChargeFix(seen=dataclasses.replace(ROW, charge=5, charged=''),
                     takes=0),
     'row 7 (0000:3b:00.0): note of the bandwidth 5 Mbit/s for nobody -> '
     'none'),
    (dataclasses.replace(FIX, seen=dataclasses.replace(
        ROW, charge=5, charged='i')),
     'row 7 (0000:3b:00.0): status allocated -> available; instance_uuid i '
     '-> none; request_id r -> none; note of the bandwidth 5 Mbit/s for i '
     '-> none'),
    (fixes.AllocationFix(consumer='c', provider='p', seen=(('A', 2),
                                                           ('B', 1)),
                         units=(('A', 1),)),
     'allocation of c: 2 A, 1 B -> 1 A of provider p'),
    (fixes.AllocationFix(consumer='c', provider='p', seen=(), units=()),
     'allocation of c: 0 -> 0 of provider p'),
    (fixes.ProviderFix(seen=Provider(
        uuid='u', name='n', root='r', generation=1,
        stocks=(Stock(resource_class='A', total=2),))),
     'provider u (n) with 2 A -> none'),
    (fixes.ProviderFix(seen=Provider(uuid='u', name='n', root='r',
                                     generation=1)),
     'provider u (n) with no inventory -> none'),
    (fixes.ProfileFix(seen=PORT),
     'profile of port p: no device in the place of 0000:3b:00.1'),
    (fixes.ProfileFix(seen=PORT, row=VF),
     'profile of port p: the device of row 8 (0000:3b:00.1) in the place of '
     '0000:3b:00.1'),
    (fixes.ProfileFix(
        seen=PORT, before='{"pci_slot": "a", "trusted": "true", "mine": 1, '
                          '"capabilities": ["switchdev"], "none": null}',
        after='{"pci_slot": "b", "mine": 1, "new": "\\u001b"}'),
     'profile of port p: capabilities ["switchdev"] -> none; new none -> '
     '"\\u001b"; none null -> none; pci_slot "a" -> "b"; trusted "true" -> '
     'none; mine as before'),
])
def test_a_repair_says_all_that_it_writes(fix, expected):
    assert fixes.words(fix) == expected


@pytest.mark.parametrize(('rows', 'expected'), [
    ([ROW, VF], True), ([VF, ROW], True), ([ROW], False), ([], False),
    ([dataclasses.replace(ROW, updated='2026-11-27T00:00:01'), VF], False),
    ([ROW, dataclasses.replace(VF, status='claimed', owner='i')], False),
    ([ROW, VF, dataclasses.replace(VF, id=9)], False),
    ([ROW, VF, dataclasses.replace(VF, id=9, address='0000:3b:00.2')], False),
    ([ROW, VF, dataclasses.replace(ROW, id=9, node_id=2)], False),
    ([ROW, VF, dataclasses.replace(VF, id=9, address='0000:3b:00.2',
                                   dev_type='type-PCI')], True),
], ids=['the same', 'another order', 'a VF less', 'none', 'row written',
        'VF claimed', 'twin of a VF', 'a VF more', 'twin', 'no relative'])
def test_all_that_a_repair_rests_on_is_compared(rows, expected):
    assert fixes.is_as_seen(FIX, rows) is expected
