# SPDX-License-Identifier: Apache-2.0

"""Entries that take nothing, or less than they say."""

import pytest

from nova_pci_ext.handing_out import entries
from tests import handed_out
from tests.handed_out import device

HOST = [device('0000:01:00.0', '0001'), device('0000:02:00.0', '0001'),
        device('0000:03:00.0', '0002')]
ALL, ONE, TWO, THIRD = (
    '{"vendor_id": "8086"}', '{"address": "0000:01:00.0"}',
    '{"product_id": "0001"}', '{"product_id": "0002"}')


def taken(number, hint):
    return (f'takes no device: all {number} that fit are taken by earlier '
            f'entries; {hint}')


@pytest.mark.parametrize(('texts', 'said'), [
    pytest.param([TWO, THIRD], [], id='each takes some'),
    pytest.param(['{"product_id": "beef"}'],
                 ['[pci] device_spec[0]: fits no device of this host'],
                 id='fits nothing'),
    pytest.param(['{"product_id": "0003", "vendor_id": "8086"}'],
                 ['[pci] device_spec[0]: fits no device of this host; the '
                  'nearest is "vendor_id": "8086", "product_id": "0001", as '
                  '0000:01:00.0 has'],
                 id='fits nothing but for a slip'),
    pytest.param(['{"product_id": "8086", "vendor_id": "0002"}'],
                 ['[pci] device_spec[0]: fits no device of this host; the '
                  'nearest is "vendor_id": "8086", "product_id": "0002", as '
                  '0000:03:00.0 has'],
                 id='fits nothing as ids are swapped'),
    pytest.param([TWO, ONE], ['[pci] device_spec[1]: ' + taken(
        1, 'move it before [pci] device_spec[0]')],
        id='a narrower entry comes too late'),
    pytest.param([THIRD, TWO, ONE], ['[pci] device_spec[2]: ' + taken(
        1, 'move it before [pci] device_spec[1]')],
        id='before the one that takes its device'),
    pytest.param([ONE, ONE], ['[pci] device_spec[1]: ' + taken(
        1, 'remove it: [pci] device_spec[0] takes the same')],
        id='two equal entries'),
    pytest.param([TWO, THIRD, ALL], ['[pci] device_spec[2]: ' + taken(
        3, 'remove it: [pci] device_spec[0] takes the same')],
        id='nothing is left for a wider entry'),
    pytest.param(['{"address": "0000:01:00.0", "label": "a"}',
                  '{"address": {"bus": "01"}}'],
                 ['[pci] device_spec[1]: ' + taken(
                     1, 'remove it: [pci] device_spec[0] takes the same')],
                 id='the same devices in other words'),
])
def test_an_entry_that_takes_nothing(texts, said):
    assert handed_out.lines(entries.check(
        handed_out.cover(HOST, *texts))) == said


def test_an_entry_for_what_nova_has_no_room_for():
    far = [device('10000:01:00.0', '0a54'), device('10000:02:00.0', '0a54')]
    assert handed_out.lines(entries.check(handed_out.cover(
        far, '{"product_id": "0a54"}'))) == [
        '[pci] device_spec[0]: does not take 10000:01:00.0, 10000:02:00.0; '
        'Nova has no room for an address in a domain above ffff']


def test_a_refused_entry_takes_nothing_and_hides_nothing():
    covered = handed_out.cover(HOST, '{"address": "0000:01:0*.0"}', ONE)
    assert handed_out.lines(entries.check(covered)) == []
    assert [str(each.address) for each in covered.handed_out()] == [
        '0000:01:00.0']
    assert [spec.source.index for spec in covered.specs] == [1]
