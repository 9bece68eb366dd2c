# SPDX-License-Identifier: Apache-2.0

"""What the entries do on a host, and what is odd about it.

    0000:41:00.0 PF  eth1  group 10   its VFs 41:10.0 (11) and 41:10.2 (11)
    0000:01:00.0 GPU       group 20   with its sound device 01:00.1
    0000:40:00.0 bridge    group 10
"""

import dataclasses

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Rejection

PF = PciAddress.parse('0000:41:00.0')


def device(address, ids, group, dev_type=DeviceType.PCI, **fields):
    vendor_id, product_id = ids.split(':')
    return Device(address=PciAddress.parse(address), vendor_id=vendor_id,
                  product_id=product_id, dev_type=dev_type,
                  iommu_group=group, **fields)


HOST = Inventory(host='h', devices=(
    device('0000:41:10.2', '8086:10ca', 11, DeviceType.VF, parent=PF),
    device('0000:41:10.0', '8086:10ca', 11, DeviceType.VF, parent=PF),
    device('0000:41:00.0', '8086:10c9', 10, DeviceType.PF,
           netdevs=('eth1',), serial='S1', class_code='020000'),
    device('0000:40:00.0', '1b36:000c', 10, class_code='060400'),
    device('0000:01:00.0', '10de:25b6', 20, class_code='030000'),
    device('0000:01:00.1', '10de:2291', 20, class_code='040300'),
))
ALL_VFS = '{"product_id": "10ca"}'


def cover(*texts):
    return coverage.cover([spec for text in texts
                           for spec in parsing.parse_device_spec(text)], HOST)


def addresses(devices):
    return [str(each.address) for each in devices]


def test_each_device_finds_its_entry():
    covered = cover('{"devname": "eth1", "product_id": "10ca"}',
                    '{"address": "0000:41:10.0"}', '{"vendor_id": "10de"}')
    assert [addresses(covered.taken(index)) for index in range(3)] == [
        ['0000:41:10.0', '0000:41:10.2'], [],
        ['0000:01:00.0', '0000:01:00.1']]
    assert [len(found) for found in covered.fitting] == [2, 1, 2]
    assert addresses(covered.handed_out()) == [
        '0000:01:00.0', '0000:01:00.1', '0000:41:10.0', '0000:41:10.2']


def test_a_vf_has_the_serial_number_of_its_card():
    covered = cover('{"product_id": "10ca", "remote_managed": "true"}')
    assert len(covered.taken(0)) == 2


def test_a_vdpa_device_has_its_own_serial_number_only():
    """As Nova's driver reports it, so no remote_managed entry takes it."""
    host = Inventory(host='h', devices=tuple(
        dataclasses.replace(each, dev_type=DeviceType.VDPA)
        if each.dev_type is DeviceType.VF else each for each in HOST.devices))
    specs = parsing.parse_device_spec(
        '{"product_id": "10ca", "remote_managed": "true"}')
    assert coverage.cover(specs, host).taken(0) == []


@pytest.mark.parametrize(('entry', 'alias', 'served'), [
    pytest.param(ALL_VFS, {'product_id': '10ca'}, True, id='a VF'),
    pytest.param(ALL_VFS, {'product_id': '10ca', 'device_type': 'type-VF'},
                 True, id='a VF by its type'),
    pytest.param(ALL_VFS, {'product_id': '10ca', 'device_type': 'type-PF'},
                 False, id='no PF'),
    pytest.param('{"product_id": "10c9"}', {'product_id': '10c9'}, False,
                 id='a PF only if asked for'),
    pytest.param('{"product_id": "10c9"}',
                 {'product_id': '10c9', 'device_type': 'type-PF'}, True,
                 id='a PF that is asked for'),
    pytest.param(ALL_VFS, {'product_id': '10c9'}, False,
                 id='a device that is not handed out'),
    pytest.param(ALL_VFS, {'product_id': '10ca', 'live_migratable': 'yes'},
                 False, id='none is live-migratable'),
    pytest.param('{"product_id": "10ca", "live_migratable": "yes"}',
                 {'product_id': '10ca', 'live_migratable': 'yes'}, True,
                 id='live-migratable'),
])
def test_an_alias_is_served(entry, alias, served):
    text = '{{"name": "a1", "vendor_id": "8086", {}}}'.format(', '.join(
        f'"{key}": "{value}"' for key, value in alias.items()))
    assert bool(coverage.serving(cover(entry), parsing.parse_alias(text),
                                 in_placement=False)) is served


def test_placement_chooses_by_class_and_traits():
    covered = cover('{"product_id": "10ca", "resource_class": "nic-vf"}',
                    '{"product_id": "10c9", "physical_network": "p"}',
                    '{"product_id": "25b6", "resource_class": "NIC_VF", '
                    '"traits": "blue"}')
    alias = parsing.parse_alias(
        '{"name": "a1", "resource_class": "CUSTOM_NIC_VF"}')
    blue = parsing.parse_alias('{"name": "a1", "resource_class": "NIC_VF", '
                               '"traits": "BLUE"}')
    assert addresses(coverage.serving(covered, alias, in_placement=True)) == [
        '0000:01:00.0', '0000:41:10.0', '0000:41:10.2']
    assert addresses(coverage.serving(covered, blue, in_placement=True)) == [
        '0000:01:00.0']


def test_the_nearest_miss_came_furthest():
    covered = cover('{"vendor_id": "8086"}', '{"product_id": "25b6"}')
    alias = parsing.parse_alias(
        '{"name": "a1", "vendor_id": "8086", "product_id": "10c9"}')
    assert coverage.nearest_miss(covered, alias, in_placement=False) == (
        coverage.NearestMiss(
            device=covered.devices[PF],
            rejection=Rejection(reason=Reason.PF_NOT_ASKED,
                                found=DeviceType.PF)))
    assert coverage.nearest_miss(cover(), alias, in_placement=False) is None


def test_nova_has_no_room_for_a_32_bit_domain():
    far = device('10000:01:00.0', '8086:0a54', 31)
    covered = coverage.cover(
        parsing.parse_device_spec('{"product_id": "0a54"}'),
        Inventory(host='h', devices=(far,)))
    assert (covered.taken(0), covered.fitting) == ([], (frozenset(),))
    assert covered.untrackable == {far.address: 0}


def test_only_a_few_devices_are_named():
    assert coverage.names(HOST.devices[:2]) == '0000:41:10.2, 0000:41:10.0'
    assert coverage.names(HOST.devices) == (
        '0000:41:10.2, 0000:41:10.0, 0000:41:00.0 and 3 more')
