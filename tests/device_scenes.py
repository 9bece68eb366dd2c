# SPDX-License-Identifier: Apache-2.0

"""Small hosts to look at: devices, and views of them."""

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.view import DeviceView
from nova_pci_ext.model.view import Use

_TYPES = {'PF': DeviceType.PF, 'VF': DeviceType.VF, 'PCI': DeviceType.PCI}


def device(address, kind='PCI', **fields):
    """Return a device; what a row does not name is boring."""
    return Device(**{
        'address': PciAddress.parse(address), 'vendor_id': '8086',
        'product_id': '1521', 'dev_type': _TYPES[kind],
        'class_code': '020000', **fields})


def pf(address='0000:0a:00.0', **fields):
    """Return a PF that has made one VF."""
    return device(address, 'PF', **{
        'total_vfs': 7, 'num_vfs': 1, 'driver': 'igb',
        'pci_path': ('pci0000:00', '0000:00:01.0'), **fields})


def vf(address='0000:0a:10.0', parent='0000:0a:00.0', **fields):
    """Return the first VF of that PF."""
    return device(address, 'VF', **{
        'parent': PciAddress.parse(parent), 'product_id': '1520',
        'vf_index': 0, 'driver': 'igbvf', **fields})


def views(*devices, entry=None, use=None):
    """Return plain views of devices."""
    return tuple(DeviceView(device=each, entry=entry, use=use)
                 for each in devices)


def host_of_every_use():
    """Return views with a free, an owned, a dependent device and others.

    ::

      node 0  pci0000:00 - root port - PF 0a:00.0, dependent - 2 VFs, owned
                                                             - 1 VF, free
      node 1  pci0000:80 - GPU, owned
      -       SATA controller, not handed out
    """
    port = device('0000:00:01.0', class_code='060400', driver='pcieport',
                  pci_path=('pci0000:00',), numa_node=0)
    above = pf(numa_node=0, num_vfs=3, netdevs=('eno1',), link_state='up',
               link_speed_mbps=10000, product_name='I350 <Gigabit> & more')
    vfs = [vf(f'0000:0a:10.{index}', vf_index=index, numa_node=0,
              iommu_group=20 + index, netdevs=(f'eno1v{index}',),
              owner=f'{index}2345678-1234-1234-1234-123456789abc'
              if index else None)
           for index in range(3)]
    gpu = device('0000:81:00.0', vendor_id='10de', product_id='1db6',
                 class_code='030200', numa_node=1,
                 pci_path=('pci0000:80', '0000:80:01.0'),
                 owner='a2345678-1234-1234-1234-123456789abc')
    disk = device('0000:00:1f.2', class_code='010601',
                  pci_path=(), host_uses=('system disk',))
    uses = {port.address: Use.NOT_HANDED_OUT, above.address: Use.DEPENDENT,
            vfs[0].address: Use.FREE, vfs[1].address: Use.OWNED,
            vfs[2].address: Use.OWNED, gpu.address: Use.OWNED,
            disk.address: Use.NOT_HANDED_OUT}
    return tuple(
        DeviceView(device=each, use=uses[each.address],
                   entry=None if uses[each.address] is Use.NOT_HANDED_OUT
                   else 'nova.conf:3: [pci] device_spec[0]')
        for each in sorted((port, above, *vfs, gpu, disk),
                           key=lambda each: each.address))
