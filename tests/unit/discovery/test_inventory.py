# SPDX-License-Identifier: Apache-2.0

"""Inventory files: what is read, what is refused and how it is said."""

import json

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.discovery import inventory_schema
from nova_pci_ext.model import device
from nova_pci_ext.model import inventory
from nova_pci_ext.model.address import PciAddress

PF = {'address': '0000:0a:00.0', 'vendor_id': '8086', 'product_id': '1521',
      'dev_type': 'type-PF'}
VF = {'address': '0000:0a:10.0', 'vendor_id': '8086', 'product_id': '1520',
      'dev_type': 'type-VF', 'parent': '0000:0a:00.0'}
GPU = {'address': '0000:3b:00.0', 'vendor_id': '10de', 'product_id': '1db6',
       'dev_type': 'type-PCI'}


def recorded(*devices, **keys):
    """Text of an inventory file with these devices."""
    return json.dumps({'format': 'nova-pci-inventory', 'version': 1,
                       'host': 'h', 'devices': devices, **keys})


def test_what_was_seen_in_other_files_is_not_validated_again(monkeypatch):
    """Reading the hosts of a cloud would be validating them."""
    cell = {'id': 1, 'cpus': [2, 3], 'memory_mb': 64, 'socket': 0}
    text = recorded(PF, VF, numa_cells=[cell])
    found = inventory_file.parse_inventory(text, 'one')

    def fail(*args):
        raise AssertionError('validated again')

    monkeypatch.setattr(inventory_schema, '_validator', fail)
    for validator in inventory_schema._device_fields()._fields.values():
        monkeypatch.setattr(type(validator), 'is_valid', fail)
    assert inventory_file.parse_inventory(text, 'other') == found


def test_every_field_is_read():
    cell = {'id': 1, 'cpus': [2, 3], 'memory_mb': 64, 'socket': 0}
    whole = {**VF, 'numa_node': 1, 'serial': 's', 'capabilities': ['rx'],
             'class_code': '020000', 'driver': 'igbvf', 'iommu_group': 7,
             'netdevs': ['v0'], 'mac': '02:00:00:00:00:01', 'vf_index': 0,
             'vendor_name': 'V', 'product_name': 'P',
             'driver_override': 'vfio-pci', 'link_state': 'up',
             'link_speed_mbps': 1000, 'owner': 'uuid',
             'pci_path': ['pci0000:00', '0000:00:03.0']}
    ready = {'iommu_groups': 3, 'firmware_tables': ['DMAR'],
             'kernel_options': ['iommu=pt'], 'interrupt_remapping': True,
             'vfio_pci': 'loadable', 'cpu_flags': ['vmx']}
    pf = {**PF, 'total_vfs': 7, 'num_vfs': 1}
    text = recorded(whole, pf, numa_cells=[cell], origin='by hand',
                    readiness=ready)
    assert inventory_file.parse_inventory(text, 'f') == inventory.Inventory(
        host='h', origin='by hand',
        numa_cells=(inventory.NumaCell(
            id=1, cpus=(2, 3), memory_mb=64, socket=0),),
        readiness=inventory.HostReadiness(
            iommu_groups=3, firmware_tables=('DMAR',),
            kernel_options=('iommu=pt',), interrupt_remapping=True,
            vfio_pci=inventory.ModuleState.LOADABLE, cpu_flags=('vmx',)),
        devices=(
            device.Device(
                address=PciAddress(0, 0x0a, 0, 0), vendor_id='8086',
                product_id='1521', dev_type=device.DeviceType.PF,
                total_vfs=7, num_vfs=1),
            device.Device(
                address=PciAddress(0, 0x0a, 0x10, 0), vendor_id='8086',
                product_id='1520', dev_type=device.DeviceType.VF,
                parent=PciAddress(0, 0x0a, 0, 0), numa_node=1, serial='s',
                capabilities=('rx',), class_code='020000', driver='igbvf',
                iommu_group=7, netdevs=('v0',), mac='02:00:00:00:00:01',
                vf_index=0, vendor_name='V', product_name='P',
                driver_override='vfio-pci', link_state='up',
                link_speed_mbps=1000, owner='uuid',
                pci_path=('pci0000:00', '0000:00:03.0'))))


def test_what_is_written_reads_as_the_same_value():
    text = recorded(PF, VF, {**GPU, 'numa_node': 0}, numa_cells=[
        {'id': 0, 'cpus': [0], 'memory_mb': 64}], origin='by hand',
        readiness={'iommu_groups': 0, 'firmware_tables': [],
                   'interrupt_remapping': False})
    first = inventory_file.parse_inventory(text, 'f')
    again = inventory_file.parse_inventory(
        inventory_file.format_inventory(first), 'f')
    assert again == first


def test_defaults_are_not_written():
    found = inventory_file.parse_inventory(recorded(GPU), 'f')
    assert inventory_file.format_inventory(found) == (
        '{\n'
        '  "format": "nova-pci-inventory",\n'
        '  "version": 1,\n'
        '  "host": "h",\n'
        '  "origin": "",\n'
        '  "numa_cells": [],\n'
        '  "devices": [\n'
        '    {"address": "0000:3b:00.0", "vendor_id": "10de",'
        ' "product_id": "1db6", "dev_type": "type-PCI"}\n'
        '  ]\n'
        '}\n')


@pytest.mark.parametrize(('text', 'message'), [
    pytest.param(
        '{', 'f: expected JSON; the fault is at line 1 column 2',
        id='a text that is no JSON names the place'),
    pytest.param(
        recorded(version=2), 'f: version: expected 1, got 2',
        id='a later version of the format is refused'),
    pytest.param(
        recorded({**GPU, 'vendor_id': '10DE'}),
        "f: devices[0].vendor_id: '10DE' does not match '^[0-9a-f]{4}$'",
        id='ids are lower case'),
    pytest.param(
        recorded({**GPU, 'numa_node': -1}),
        'f: devices[0].numa_node: -1 is less than the minimum of 0',
        id='an unknown NUMA node is left out, not -1'),
    pytest.param(
        recorded({**GPU, 'numa_node': 1.0}),
        "f: devices[0].numa_node: 1.0 is not of type 'integer'",
        id='1.0 is not a NUMA node'),
    pytest.param(
        recorded({**GPU, 'iommu_group': True}),
        "f: devices[0].iommu_group: True is not of type 'integer'",
        id='true is not a group'),
    pytest.param(
        recorded({**GPU, 'numa_node': float('nan')}),
        "f: devices[0].numa_node: nan is not of type 'integer'",
        id='NaN is not a NUMA node'),
    pytest.param(
        recorded({**GPU, 'numa_node': 2 ** 63}),
        'f: devices[0].numa_node: 9223372036854775808 is greater than the '
        'maximum of 9223372036854775807',
        id='no database has such a number'),
    pytest.param(
        recorded({**GPU, 'driver': '\udc80'}),
        'f: devices[0].driver: holds half of a character, in "\\udc80"; '
        'expected whole ones',
        id='half of a surrogate pair is not text'),
    pytest.param(
        recorded(GPU).replace('"vendor_id"', '"driver": "a", "driver"', 1),
        'f: devices[0]: "driver" is written twice; expected each key once',
        id='a key is written once'),
    pytest.param(
        recorded({**GPU, 'numanode': 1}),
        "f: devices[0]: Additional properties are not allowed "
        "('numanode' was unexpected)",
        id='a misspelt key is refused'),
    pytest.param(
        recorded({**GPU, 'address': '0000:3b:20.0'}),
        "f: expected a PCI address such as 0000:81:00.1, "
        "got '0000:3b:20.0'",
        id='a slot beyond 1f is refused'),
    pytest.param(
        recorded(GPU, GPU), 'f: device 0000:3b:00.0 is recorded twice',
        id='no address stands twice'),
    pytest.param(
        recorded({**VF, 'parent': '0000:0a:00.1'}, PF),
        'f: device 0000:0a:10.0 names 0000:0a:00.1 as its parent, which is '
        'not a recorded type-PF',
        id='the PF of a VF is recorded too'),
    pytest.param(
        recorded({key: VF[key] for key in VF if key != 'parent'}),
        'f: device 0000:0a:10.0 is a type-VF without a parent',
        id='a VF names its PF'),
])
def test_a_fault_names_its_place(text, message):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        inventory_file.parse_inventory(text, 'f')
    assert str(caught.value) == message


def test_what_only_some_hosts_have_comes_back_as_it_was():
    found = inventory.Inventory(
        host='h', unfollowed=(inventory.Unfollowed(
            use='system disk', reason='/ is on ZFS'),),
        devices=(device.Device(
            address=PciAddress.parse('0000:3b:00.0'), vendor_id='10de',
            product_id='1db6', dev_type=device.DeviceType.PCI, vgpu_type=0,
            mdevs=('b7d7c8a2-1111-4222-8333-444455556666',),
            vf_product_id='20f1'),),
        hypervisor=inventory.Hypervisor(
            libvirt='10.0.0', kind='QEMU', version='8.2.2'))
    assert inventory_file.parse_inventory(
        inventory_file.format_inventory(found), 'f') == found
