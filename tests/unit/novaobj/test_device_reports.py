# SPDX-License-Identifier: Apache-2.0

"""Devices in the form of Nova's libvirt driver."""

import pytest

from nova_pci_ext.model import device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.novaobj import device_reports

PF_ADDRESS = PciAddress(0, 0x41, 0, 0)
VF_ADDRESS = PciAddress(0, 0x41, 0x10, 2)


def pf(**fields):
    return device.Device(**{
        'address': PF_ADDRESS, 'vendor_id': '8086', 'product_id': '10c9',
        'dev_type': device.DeviceType.PF, 'numa_node': 0,
        'netdevs': ('ens1',), 'mac': '52:54:00:10:c9:00', **fields})


def vf(**fields):
    return device.Device(**{
        'address': VF_ADDRESS, 'vendor_id': '8086', 'product_id': '10ca',
        'dev_type': device.DeviceType.VF, 'numa_node': 0,
        'parent': PF_ADDRESS, 'vf_index': 1, 'netdevs': ('ens1v1',),
        'mac': 'e2:93:ef:e2:3a:63', 'capabilities': ('rx', 'tx'), **fields})


def test_a_pf_reports_its_mac():
    assert device_reports.passthrough_devices([pf()]) == [{
        'dev_id': 'pci_0000_41_00_0', 'address': '0000:41:00.0',
        'vendor_id': '8086', 'product_id': '10c9',
        'label': 'label_8086_10c9', 'numa_node': 0, 'dev_type': 'type-PF',
        'pci_path': (), 'mac_address': '52:54:00:10:c9:00'}]


def test_a_vf_reports_its_pf_and_its_place_below_it():
    assert device_reports.passthrough_devices([vf(), pf()])[1] == {
        'dev_id': 'pci_0000_41_10_2', 'address': '0000:41:10.2',
        'vendor_id': '8086', 'product_id': '10ca',
        'label': 'label_8086_10ca', 'numa_node': 0, 'dev_type': 'type-VF',
        'pci_path': (), 'parent_addr': '0000:41:00.0', 'parent_ifname': 'ens1',
        'pci_ext_facts': {'index': 1},
        'capabilities': {
            'network': ['rx', 'tx'],
            'sriov': {'pf_mac_address': '52:54:00:10:c9:00', 'vf_num': 1}}}


@pytest.mark.parametrize(('parent', 'child', 'key', 'value'), [
    pytest.param(
        pf(), vf(netdevs=(), capabilities=()), 'parent_ifname', None,
        id='a VF without a netdev does not name that of its PF'),
    pytest.param(
        pf(mac=None), vf(capabilities=()), 'capabilities', None,
        id='a VF number without the MAC of the PF is of no use'),
    pytest.param(
        pf(serial='pf'), vf(mac=None, capabilities=(), vf_index=None),
        'capabilities', {'vpd': {'card_serial_number': 'pf'}},
        id='a VF has the serial number of its card'),
    pytest.param(
        pf(serial='pf'),
        vf(serial='own', capabilities=(), vf_index=None),
        'capabilities', {'vpd': {'card_serial_number': 'own'}},
        id='a serial number of its own comes first'),
    pytest.param(
        pf(serial='pf'), vf(dev_type=device.DeviceType.VDPA),
        'capabilities', None,
        id='a vDPA device carries no VF details'),
    pytest.param(
        pf(), vf(numa_node=None), 'numa_node', None,
        id='an unknown NUMA node is reported as unknown'),
])
def test_optional_keys(parent, child, key, value):
    report = device_reports.passthrough_devices([parent, child])[1]
    assert report.get(key) == value


def test_a_device_reports_how_it_is_reached():
    path = ('pci0000:40', '0000:40:00.0')
    [report] = device_reports.passthrough_devices([pf(pci_path=path)])
    assert report[device_reports.PCI_PATH] == path


REPORTED = {'address': '0000:41:00.0', 'vendor_id': '8086',
            'product_id': '10c9', 'dev_type': 'type-PF', 'label': 'a',
            'dev_id': 'b', 'numa_node': 0, 'parent_addr': None}


@pytest.mark.parametrize(('change', 'fault'), [
    pytest.param({}, None, id='whole'),
    pytest.param({'numa_node': None, 'dev_id': None, 'pci_path': [],
                  'capabilities': {'vpd': {}}, 'anything': [1]}, None,
                 id='all that is optional'),
    pytest.param({'vendor_id': None}, 'its vendor_id is None', id='None'),
    pytest.param({'product_id': ''}, "its product_id is ''", id='empty'),
    pytest.param({'product_id': 0x10c9}, 'its product_id is 4297',
                 id='a number'),
    pytest.param({'dev_type': 'type-X'}, "its dev_type is 'type-X'",
                 id='an unknown type'),
    pytest.param({'dev_type': []}, 'its dev_type is []', id='a list'),
    pytest.param({'parent_addr': 5}, 'its parent_addr is 5',
                 id='a parent that is a number'),
    pytest.param({'label': 'a' * 256}, f"its label is '{'a' * 256}'",
                 id='a label longer than the column'),
    pytest.param({'numa_node': 1.5}, 'its numa_node is 1.5', id='a part'),
    pytest.param({'numa_node': True}, 'its numa_node is True', id='a bool'),
    pytest.param({'numa_node': 2 ** 31}, 'its numa_node is 2147483648',
                 id='more than the column holds'),
    pytest.param({'capabilities': None}, 'its capabilities are None',
                 id='no capabilities'),
    pytest.param({'capabilities': {'vpd': []}}, 'its vpd is []',
                 id='a list as vpd'),
    pytest.param({'capabilities': {'sriov': 3}}, 'its sriov is 3',
                 id='a number as sriov'),
    pytest.param({'capabilities': {'vpd': {'card_serial_number': 5}}},
                 'its card_serial_number is 5', id='a number of a card'),
    pytest.param({'pci_ext_facts': ['x']}, "its pci_ext_facts is ['x']",
                 id='a list of facts'),
    pytest.param({'pci_ext_facts': {'slot': 5}}, 'its slot is 5',
                 id='a number as slot'),
    pytest.param({'pci_path': 'x'}, "its pci_path is 'x'", id='a text'),
    pytest.param({'pci_path': [None]}, 'its pci_path is [None]',
                 id='nothing on the way'),
])
def test_a_device_that_cannot_be_tracked_is_told_why(change, fault):
    assert device_reports.fault({**REPORTED, **change}) == fault


@pytest.mark.parametrize('name', [
    'address', 'vendor_id', 'product_id', 'dev_type'])
def test_a_device_without_what_it_is_cannot_be_tracked(name):
    rest = {key: value for key, value in REPORTED.items() if key != name}
    assert device_reports.fault(rest) == f'it has no {name}'


@pytest.mark.parametrize('reported', [None, [], 'x', 5])
def test_what_is_not_an_object_is_not_a_device(reported):
    assert device_reports.fault(reported) == 'it is not a JSON object'


def test_a_report_says_nothing_of_owners_and_rows():
    assert device_reports.reported_only({
        **REPORTED, 'status': 'allocated', 'instance_uuid': 'x', 'id': 5,
        'compute_node_id': 7, 'created_at': {}, 'deleted': 'removed',
        'managed': 'false'}) == {**REPORTED, 'managed': 'false'}


def test_a_row_has_a_label_and_a_node_that_may_be_unknown():
    known = {name: REPORTED[name] for name in (
        'address', 'vendor_id', 'product_id', 'dev_type')}
    assert device_reports.reported_only(known) == {
        **known, 'label': 'label_8086_10c9', 'numa_node': None}
