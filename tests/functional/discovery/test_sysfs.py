# SPDX-License-Identifier: Apache-2.0

"""Reading the PCI devices of a host from sysfs: a recorded tree, and small
ones that a test writes.
"""

import os
import shutil

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import host_use
from nova_pci_ext.discovery import lookup
from nova_pci_ext.discovery import overrides
from nova_pci_ext.discovery import sysfs
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import NumaCell
from tests import igb_host as recorded

PF = PciAddress.parse('0000:41:00.0')
ROUTE = 'Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n'


@pytest.fixture(scope='module')
def igb_host(tmp_path_factory):
    """A machine with two igb cards of seven VFs each, as it was recorded."""
    return recorded.unpack(tmp_path_factory.mktemp('igb-host'))


@pytest.fixture
def tree(tmp_path):
    """Write files and links below a folder that holds sys and proc."""
    def add(path, content):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        elif content.startswith('-> '):
            target.symlink_to(content[3:])
        else:
            target.write_text(content)
        return tmp_path

    return add


def test_a_pf_and_its_vf_are_read_whole(igb_host):
    found = {each.address: each
             for each in sysfs.read_host('igb-host', igb_host).devices}
    assert found[PF] == Device(
        address=PF, vendor_id='8086', product_id='10c9',
        dev_type=DeviceType.PF, numa_node=found[PF].numa_node,
        class_code='020000', driver='igb',
        iommu_group=found[PF].iommu_group, netdevs=('ens1',),
        mac='52:54:00:10:c9:00', link_state='up', link_speed_mbps=1000,
        total_vfs=7, num_vfs=7, pci_path=('pci0000:40', '0000:40:00.0'),
        vf_product_id='10ca')
    vf = found[PciAddress.parse('0000:41:10.2')]
    assert (vf.dev_type, vf.parent, vf.product_id, vf.vf_index) == (
        DeviceType.VF, PF, '10ca', 1)


def test_every_device_is_found_once_and_sorted(igb_host):
    found = sysfs.read_host('igb-host', igb_host)
    addresses = [each.address for each in found.devices]
    assert addresses == sorted(set(addresses))
    assert [each.dev_type for each in found.devices].count(
        DeviceType.VF) == 18


def test_a_host_without_a_pci_bus_is_an_error(tmp_path):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        sysfs.read_host('h', tmp_path)
    assert str(caught.value) == (
        f'{tmp_path}/sys/bus/pci/devices: not a folder')


def test_a_device_without_ids_is_an_error(tmp_path):
    folder = tmp_path / 'sys/bus/pci/devices/0000:01:00.0'
    folder.mkdir(parents=True)
    with pytest.raises(exceptions.DiscoveryError) as caught:
        sysfs.read_host('h', tmp_path)
    assert str(caught.value) == f'{folder}/vendor: cannot be read'


def test_a_vdpa_device_is_no_plain_vf(tree):
    folder = 'sys/bus/pci/devices/0000:01:00.2/'
    tree(folder + 'vendor', '0x15b3\n')
    tree(folder + 'device', '0x101e\n')
    tree(folder + 'numa_node', '-1\n')
    tree(folder + 'physfn', '-> ../0000:01:00.0')
    root = tree(folder + 'vdpa0/uevent', '')
    (found,) = sysfs.read_host('h', root).devices
    assert found == Device(
        address=PciAddress.parse('0000:01:00.2'), vendor_id='15b3',
        product_id='101e', dev_type=DeviceType.VDPA,
        parent=PciAddress.parse('0000:01:00.0'))


def add_device(tree, address, **files):
    """Add a device and its link on the bus, as the kernel does."""
    home = f'sys/devices/pci{address[:7]}/{address}'
    for name, text in {'vendor': '0x8086\n', 'device': '0x1520\n',
                       'class': '0x020000\n', **files}.items():
        tree(f'{home}/{name}', text)
    root = tree(f'sys/bus/pci/devices/{address}',
                f'-> ../../../devices/pci{address[:7]}/{address}')
    return root, root / home


def test_a_device_that_went_since_the_bus_was_listed_is_left_out(tree):
    add_device(tree, '0000:01:00.0')
    root, gone = add_device(tree, '0000:02:00.0')
    shutil.rmtree(gone)
    assert [str(each.address) for each in sysfs.read_host('h', root).devices
            ] == ['0000:01:00.0']


@pytest.fixture
def unplug_at(monkeypatch):
    """Remove a folder at the moment when a file is about to be read."""
    def add(path, folder):
        opened = os.open

        def unplug(name, *args, **more):
            found = opened(name, *args, **more)
            if str(name).endswith(path) and os.path.exists(folder):
                shutil.rmtree(folder)
            return found

        monkeypatch.setattr(os, 'open', unplug)

    return add


def test_a_device_that_goes_while_it_is_read_is_left_out(tree, unplug_at):
    add_device(tree, '0000:01:00.0')
    root, home = add_device(tree, '0000:02:00.0')
    unplug_at('0000:02:00.0/class', home)
    found = sysfs.read_host('h', root)
    assert [str(each.address) for each in found.devices] == ['0000:01:00.0']


def test_a_vf_goes_with_its_pf(tree, unplug_at):
    """The PF went after the VF had been read, and the VF with it."""
    _, vf = add_device(tree, '0000:01:10.0', physfn='-> ../0000:01:00.0')
    root, _ = add_device(tree, '0000:02:00.0')
    unplug_at('0000:02:00.0/class', vf)
    found = sysfs.read_host('h', root)
    assert [str(each.address) for each in found.devices] == ['0000:02:00.0']


def test_a_device_in_a_32_bit_domain_has_its_whole_path(tree):
    """Intel VMD controllers make such domains, below themselves."""
    home = ('sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:06.0/'
            '10000:e1:00.0')
    tree(f'{home}/vendor', '0x8086\n')
    tree(f'{home}/device', '0x0a54\n')
    root = tree('sys/bus/pci/devices/10000:e1:00.0',
                f'-> ../../../{home.removeprefix("sys/")}')
    (found,) = sysfs.read_host('h', root).devices
    assert str(found.address) == '10000:e1:00.0'
    assert found.pci_path == ('pci0000:00', '0000:00:0e.0', 'pci10000:e0',
                              '10000:e0:06.0')


def test_driver_override_link_and_serial_are_read(tree):
    serial = (b'\x82\x03\x00abc' b'\x90\x0b\x00' b'PN\x02xy'
              b'SN\x03 s1' b'\x78')
    add_device(tree, '0000:01:00.0', driver_override='vfio-pci\n',
               **{'net/eth0/address': '02:00:00:00:00:01\n',
                  'net/eth0/operstate': 'up\n', 'net/eth0/speed': '25000\n',
                  'vpd': serial})
    add_device(tree, '0000:02:00.0', driver_override='(null)\n',
               **{'net/ib0/address': ':'.join(['80'] * 20) + '\n',
                  'net/ib0/operstate': 'down\n', 'net/ib0/speed': '-1\n'})
    root, _ = add_device(tree, '0000:03:00.0', **{
        'virtio1/net/eth1/address': '02:00:00:00:00:02\n'})
    found = [(each.driver_override, each.netdevs, each.mac, each.link_state,
              each.link_speed_mbps, each.serial)
             for each in overrides.add(
                 sysfs.read_host('h', root), root).devices]
    assert found == [
        ('vfio-pci', ('eth0',), '02:00:00:00:00:01', 'up', 25000, 's1'),
        (None, ('ib0',), None, 'down', None, None),
        (None, ('eth1',), '02:00:00:00:00:02', None, None, None)]


def test_numa_cells_are_read(tree):
    node = 'sys/devices/system/node/node1'
    tree(f'{node}/cpulist', '2-3,8\n')
    tree(f'{node}/meminfo', 'Node 1 MemTotal:        2097152 kB\n')
    tree('sys/devices/system/cpu/cpu2/topology/physical_package_id', '1\n')
    tree('sys/devices/system/node/node2/cpulist', '\n')
    root, _ = add_device(tree, '0000:01:00.0')
    assert sysfs.read_host('h', root).numa_cells == (
        NumaCell(id=1, cpus=(2, 3, 8), memory_mb=2048, socket=1),)


def test_a_netdev_leads_to_its_device(igb_host):
    host = lookup.SysfsLookup(igb_host)
    assert host.find_netdev('ens1') == PF
    assert host.find_netdev('ens1v0') == PciAddress.parse('0000:41:10.0')
    assert host.find_netdev('nope') is None


def test_a_virtio_netdev_has_no_device_of_its_own(tree):
    root = tree('sys/class/net/eth0/device', '-> ../../../virtio1')
    assert lookup.SysfsLookup(root).find_netdev('eth0') is None


def test_a_pf_knows_the_ids_of_its_vfs(igb_host):
    host = lookup.SysfsLookup(igb_host)
    assert host.find_vf_ids(PF) == ('8086', '10ca')
    assert host.find_vf_ids(PciAddress.parse('0000:00:01.0')) is None


@pytest.mark.parametrize(('path', 'text'), [
    pytest.param('proc/net/route', ROUTE
                 + 'eth9\t0000000A\t0\t0001\t0\t0\t0\t000000FF\n'
                 'bond0\t00000000\t0102000A\t0003\t0\t0\t100\t00000000\n',
                 id='IPv4'),
    pytest.param('proc/net/ipv6_route', ' '.join(
        ['0' * 32, '00', '0' * 32, '00', 'fe80' + '0' * 28, '00000400',
         '00000001', '00000000', '00000003', 'bond0']) + '\n', id='IPv6'),
])
def test_a_default_route_is_followed_through_a_bond(tree, path, text):
    tree('sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0/net/eth0/x', '')
    tree('sys/devices/pci0000:00/0000:02:00.0/net/eth9/x', '')
    tree('sys/class/net/eth0',
         '-> ../../devices/pci0000:00/0000:00:01.0/0000:01:00.0/net/eth0')
    tree('sys/devices/virtual/net/bond0/lower_eth0',
         '-> ../../../../class/net/eth0')
    tree('sys/class/net/bond0', '-> ../../devices/virtual/net/bond0')
    assert host_use.read(tree(path, text)).devices['0000:01:00.0'] == {
        host_use.DEFAULT_ROUTE}


def test_a_system_disk_is_followed_through_lvm(tree):
    disk = 'sys/devices/pci0000:00/0000:03:00.0/nvme/nvme0/nvme0n1'
    tree(f'{disk}/nvme0n1p2/x', '')
    tree('sys/class/block/nvme0n1p2',
         '-> ../../devices/pci0000:00/0000:03:00.0/nvme/nvme0/nvme0n1/'
         'nvme0n1p2')
    tree('sys/devices/virtual/block/dm-0/slaves/nvme0n1p2',
         '-> ../../../../../class/block/nvme0n1p2')
    tree('sys/dev/block/253:0', '-> ../../devices/virtual/block/dm-0')
    root = tree('proc/self/mountinfo',
                '22 1 253:0 / / rw - ext4 /dev/mapper/root rw\n'
                '23 1 8:1 / /data rw - ext4 /dev/sda1 rw\n'
                'short line\n')
    assert host_use.read(root).devices == {
        '0000:03:00.0': frozenset({host_use.SYSTEM_DISK})}


def test_a_file_system_of_several_disks_is_found_by_name(tree):
    tree('sys/devices/pci0000:00/0000:04:00.0/block/sda/x', '')
    tree('sys/class/block/sda',
         '-> ../../devices/pci0000:00/0000:04:00.0/block/sda')
    root = tree('proc/self/mountinfo',
                '22 1 0:30 / / rw - btrfs /dev/sda rw\n')
    assert host_use.read(root).devices == {
        '0000:04:00.0': frozenset({host_use.SYSTEM_DISK})}


def test_a_host_that_says_nothing_needs_nothing(tmp_path):
    assert host_use.read(tmp_path) == host_use.HostUses(devices={})
