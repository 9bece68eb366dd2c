# SPDX-License-Identifier: Apache-2.0

import pytest
from nova import objects

from nova_pci_ext.model.drained import Drain
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Origin
from nova_pci_ext.novaobj import drain_notes

pytestmark = pytest.mark.nova
objects.register_all()


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


@pytest.mark.parametrize(('extra', 'expected'), [
    ({}, (None, None, None)),
    ({'pci_ext_drained': 'bad fan'}, ('bad fan', Origin.OPERATOR, None)),
    ({'pci_ext_drained': 'r', 'pci_ext_drained_by': 'health',
      'pci_ext_unhealthy': '1 fatal error'},
     ('r', Origin.HEALTH, '1 fatal error')),
    ({'pci_ext_drained': 'r', 'pci_ext_drained_by': 'of a later release'},
     ('r', Origin.OPERATOR, None)),
    ({'pci_ext_drained_by': 'health'}, (None, None, None)),
], ids=['nothing', 'an operator', 'health', 'a later release', 'no reason'])
def test_what_rows_say_is_read(extra, expected):
    assert (drain_notes.reason(extra), drain_notes.origin(extra),
            drain_notes.unhealthy(extra)) == expected


def test_a_drain_is_noted_with_its_origin():
    dev = row(a='b')
    drain_notes.put_drain(dev, Drain(reason='its PF is drained: r', mark=Mark(
        address=None, reason='r', origin=Origin.HEALTH)))
    assert dev.extra_info == {
        'a': 'b', 'pci_ext_drained': 'its PF is drained: r',
        'pci_ext_drained_by': 'health'}
    drain_notes.put_drain(dev, None)
    assert dev.extra_info == {'a': 'b'}
