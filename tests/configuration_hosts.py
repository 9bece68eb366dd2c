# SPDX-License-Identifier: Apache-2.0

"""Hosts that configurations are checked against.

::

    nic   0000:3b:00.0 ens1f0np0, 4 VFs 0000:3b:00.2 to .5, netdevs ens1f0v0..
          0000:3b:00.1 ens1f1np1, 4 VFs 0000:3b:01.2 to .5
    gpus  0000:41:00.0 to 0000:49:00.0: nine GPUs without SR-IOV
    bare  the PFs of nic without VFs
    switched  nic in switchdev mode
"""

import dataclasses

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory


def _pf(address, port):
    return Device(
        address=PciAddress.parse(address), vendor_id='15b3',
        product_id='101d', dev_type=DeviceType.PF, class_code='020000',
        driver='mlx5_core', netdevs=(f'ens1f{port}np{port}',), total_vfs=8,
        num_vfs=4, numa_node=0)


def _vf(parent, address, number):
    return Device(
        address=PciAddress.parse(address), vendor_id='15b3',
        product_id='101e', dev_type=DeviceType.VF, class_code='020000',
        parent=parent.address, vf_index=number, numa_node=0)


def _nic():
    for port in (0, 1):
        pf = _pf(f'0000:3b:00.{port}', port)
        yield pf
        for number in range(4):
            yield _vf(pf, f'0000:3b:0{port}.{2 + number}', number)


def _bare():
    for port in (0, 1):
        yield dataclasses.replace(
            _pf(f'0000:3b:00.{port}', port), num_vfs=0, vf_product_id='101e')


def _switched():
    for device in _nic():
        names = tuple(f'eth{number}' for number in range(device.num_vfs))
        yield dataclasses.replace(device, netdevs=device.netdevs + names)


def _gpus():
    for number in range(9):
        yield Device(
            address=PciAddress.parse(f'0000:{0x41 + number:x}:00.0'),
            vendor_id='10de', product_id='20b0', dev_type=DeviceType.PCI,
            class_code='030200', driver='vfio-pci', numa_node=0)


def _host(name, devices):
    return Inventory(host=name, devices=tuple(
        sorted(devices, key=lambda device: device.address)))


HOSTS = {host.host: host for host in (
    _host('nic', _nic()), _host('gpus', _gpus()), _host('bare', _bare()),
    _host('switched', _switched()))}
