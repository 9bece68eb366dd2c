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
