# SPDX-License-Identifier: Apache-2.0

"""What a report says beside what is known of a device."""

import json
import logging

import pytest
from nova import objects

from nova_pci_ext.compute import device_filter
from nova_pci_ext.compute import notices
from nova_pci_ext.compute import reports
from nova_pci_ext.discovery import kernel_files
from nova_pci_ext.model.address import PciAddress
from tests.device_rows import PCI
from tests.device_rows import PF
from tests.device_rows import reported
from tests.device_rows import VF

pytestmark = pytest.mark.nova

BUS = 'sys/bus/pci/devices'
PARENT, CHILD = '0000:81:00.0', '0000:81:10.0'


@pytest.fixture
def told(caplog):
    caplog.set_level(logging.DEBUG, __name__)
    return notices.Notices(logging.getLogger(__name__))


def device(**properties):
    objects.register_all()
    return objects.PciDevice.create(None, {
        'compute_node_id': 1, **reported(CHILD, VF, PARENT), **properties})


@pytest.fixture
def sysfs(tmp_path):
    """A kernel that has the PF below a root port."""
    (tmp_path / BUS).mkdir(parents=True)
    (tmp_path / BUS / PARENT).symlink_to(
        f'../../../devices/pci0000:80/0000:80:01.0/{PARENT}')
    return tmp_path


def test_an_equal_report_is_read_once(told, sysfs):
    reader = reports.Reader(device_filter.DeviceFilter([json.dumps(
        {'address': CHILD})]), told, (), kernel_files.Root(sysfs))
    text = json.dumps([reported(PARENT, PF), reported(CHILD, VF, PARENT)])
    found = reader.read(text)
    assert reader.read(str(text)) is found
    reader.forget()
    again = reader.read(text)
    assert again is not found
    assert again == found
    other = reader.read(json.dumps([reported(CHILD, VF, PARENT)]))
    assert other.others == frozenset()


def test_a_report_is_read_again_where_a_device_is_reached_otherwise(
        told, sysfs):
    reader = reports.Reader(device_filter.DeviceFilter([json.dumps(
        {'address': CHILD})]), told, (), kernel_files.Root(sysfs))
    text = json.dumps([reported(PARENT, PF), reported(CHILD, VF, PARENT)])
    found = reader.read(text)
    link = sysfs / BUS / PARENT
    link.unlink()
    link.symlink_to(f'../../../devices/pci0000:80/0000:80:02.0/{PARENT}')
    assert reader.read(text) is not found


def test_a_report_is_read_again_where_devname_is_another_device(told):
    class Netdevs:
        """A host on which an interface is at one address or another."""

        address = PARENT

        def find_netdev(self, name):
            return PciAddress.parse(self.address)

    class Filter(device_filter.DeviceFilter):
        host = Netdevs()

    entries = Filter([json.dumps({'devname': 'eth1'})])
    reader = reports.Reader(entries, told, ())
    text = json.dumps([reported(PARENT, PF), reported('0000:82:00.0', PF)])
    assert [each['address'] for each in reader.read(text).devices] == [PARENT]
    Filter.host.address = '0000:82:00.0'
    assert [each['address'] for each in reader.read(text).devices] == [
        '0000:82:00.0']


def test_what_changed_is_compared_with_the_device_alone(told):
    dev = device(numa_node=0)
    before = reported(CHILD, VF, PARENT, numa=0)
    now = {**before, 'numa_node': 1, 'managed': 'false'}
    assert sorted(reports.changes(dev, now, before)) == [
        'managed', 'numa_node']
    assert reports.part(now, ['managed', 'numa_node']) == {
        'numa_node': 1, 'managed': 'false', 'parent_addr': PARENT}
    assert reports.changes(dev, now, now) == []


def test_a_report_is_split_by_device_spec_and_tagged(told):
    entries = device_filter.DeviceFilter([json.dumps(
        {'address': CHILD, 'managed': 'no'})])
    found = reports.read(
        [reported(CHILD, VF, PARENT), reported('0000:01:00.0')],
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
