# SPDX-License-Identifier: Apache-2.0

"""What a report says beside what is known of a device."""

import json
import logging

import pytest
from nova import objects

from nova_pci_ext.compute import device_filter
from nova_pci_ext.compute import notices
from nova_pci_ext.compute import reports
from tests.device_rows import PCI
from tests.device_rows import PF
from tests.device_rows import reported
from tests.device_rows import VF

pytestmark = pytest.mark.nova

PARENT, CHILD = '0000:81:00.0', '0000:81:10.0'


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.DEBUG, __name__)
    return notices.Notices(logging.getLogger(__name__))


def device(**properties):
    objects.register_all()
    return objects.PciDevice.create(None, {
        'compute_node_id': 1, **reported(CHILD, VF, PARENT), **properties})


def test_a_report_is_split_by_device_spec_and_tagged(told):
    entries = device_filter.DeviceFilter([json.dumps(
        {'address': CHILD, 'managed': 'no'})])
    found = reports.read(json.dumps([
        reported(CHILD, VF, PARENT), reported('0000:01:00.0')]),
        entries, told)
    assert found.others == {'0000:01:00.0'}
    [properties] = found.devices
    assert (properties['address'], properties['managed']) == (
        CHILD, 'false')


def test_the_first_of_two_with_one_address_counts(told, caplog):
    one, two = reported(CHILD, numa=0), reported(CHILD, numa=1)
    assert reports.by_address([one, two], told) == {CHILD: one}
    assert [record.getMessage() for record in caplog.records] == [
        'The host reports device 0000:81:10.0 more than once; the first '
        'report counts']


@pytest.mark.parametrize(('dev_type', 'parent', 'place'), [
    (VF, PARENT, (VF, PARENT)), (PF, None, (PF, None)),
    (PCI, PARENT, reports.PLAIN)])
def test_the_place_of_a_device(dev_type, parent, place):
    properties = {'dev_type': dev_type, 'parent_addr': parent}
    assert reports.place(properties) == place
    assert reports.place_of(device(**properties)) == place


@pytest.mark.parametrize(('changed', 'names', 'another'), [
    ({}, [], False),
    ({'numa_node': 1}, ['numa_node'], True),
    ({'label': 'other'}, ['label'], False),
    ({'physical_network': 'p1'}, ['physical_network'], False),
    ({'status': 'deleted', 'request_id': 'r'}, [], False),
    ({'dev_type': PF, 'parent_addr': None}, ['dev_type', 'parent_addr'],
     True),
], ids=['nothing', 'NUMA node', 'label', 'a tag', 'ours', 'type'])
def test_what_has_changed(changed, names, another):
    properties = {**reported(CHILD, VF, PARENT), **changed}
    assert reports.changes(device(), properties) == names
    assert reports.is_another_device(device(), properties) is another


def test_a_passing_tag_and_a_pf_that_are_no_longer_reported():
    properties = reported(CHILD, VF, PARENT)
    del properties['parent_addr']
    assert reports.changes(device(managed='no'), properties) == [
        'managed', 'parent_addr']


def test_features_of_a_vf_that_a_guest_has():
    known = device(capabilities={'network': ['rx'], 'sriov': {'a': 1}})
    now = reported(CHILD, VF, PARENT, capabilities={'sriov': {'a': 2}})
    assert reports.completed(known, now)['capabilities'] == {
        'network': ['rx'], 'sriov': {'a': 2}}
    for other in (dict(now, numa_node=1), dict(now, dev_type=PF),
                  dict(now, capabilities={'network': []})):
        assert reports.completed(known, other) is other
    assert reports.completed(device(), now) is now


def test_what_says_which_device_it_is_in_a_fixed_order():
    assert reports.identity(['label', 'parent_addr', 'vendor_id']) == (
        'vendor_id', 'parent_addr')
