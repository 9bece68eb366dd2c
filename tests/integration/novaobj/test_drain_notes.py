# SPDX-License-Identifier: Apache-2.0

import pytest
from nova import objects

from nova_pci_ext.novaobj import drain_notes

pytestmark = pytest.mark.nova


def row(**extra):
    found = objects.PciDevice(extra_info=extra)
    found.obj_reset_changes()
    return found


@pytest.mark.parametrize(('before', 'value', 'after', 'changes'), [
    ({}, 'bad fan', {drain_notes.REASON: 'bad fan'}, {'extra_info'}),
    ({drain_notes.REASON: 'bad fan', 'a': 'b'}, None, {'a': 'b'},
     {'extra_info'}),
    ({drain_notes.REASON: 'bad fan'}, 'bad fan',
     {drain_notes.REASON: 'bad fan'}, set()),
    ({'a': 'b'}, None, {'a': 'b'}, set()),
], ids=['noted', 'taken away', 'the same', 'nothing'])
def test_only_a_change_is_written(before, value, after, changes):
    dev = row(**before)
    drain_notes.put(dev, drain_notes.REASON, value)
    assert (dev.extra_info, dev.obj_what_changed()) == (after, changes)


@pytest.mark.parametrize(('extra', 'reason', 'reserved'), [
    ({}, None, None),
    ({drain_notes.REASON: '', drain_notes.RESERVED: '0'}, '', 0),
    ({drain_notes.REASON: 'bad fan', drain_notes.RESERVED: 'x'},
     'bad fan', None),
], ids=['no note', 'an empty reason', 'a number that is none'])
def test_notes_are_read(extra, reason, reserved):
    assert drain_notes.reason(extra) == reason
    assert drain_notes.reserved_before(extra) == reserved


def test_nova_keeps_what_it_does_not_know():
    """The note stays while the device is reported anew."""
    dev = objects.PciDevice.create(None, {
        'compute_node_id': 1, 'address': '0000:81:00.0',
        'vendor_id': '8086', 'product_id': '1521', 'numa_node': 0,
        'dev_type': 'type-PF', 'parent_addr': None, 'managed': 'true'})
    drain_notes.put(dev, drain_notes.REASON, 'bad fan')
    dev.update_device({'numa_node': 1, 'mac_address': '00:00:5e:00:53:01'})
    assert dict(dev.extra_info) == {
        'mac_address': '00:00:5e:00:53:01', drain_notes.REASON: 'bad fan'}
