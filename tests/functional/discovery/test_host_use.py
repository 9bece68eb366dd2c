# SPDX-License-Identifier: Apache-2.0

"""What a host uses, over every stack of disks and interfaces.

Each function draws a host, and says which devices it uses for what.
"""

import pytest

from nova_pci_ext.discovery import host_use
from nova_pci_ext.discovery import overrides
from nova_pci_ext.discovery import sysfs
from tests.sysfs_tree import Tree

DISK, NIC, OTHER = '0000:65:00.0', '0000:18:00.0', '0000:19:00.0'
SYSTEM, ROUTE, SWAP = 'system disk', 'default route', 'swap'
SUBSYSTEM = 'sys/devices/virtual/nvme-subsystem/nvme-subsys0'


@pytest.fixture
def tree(tmp_path):
    return Tree(tmp_path / 'host')


def used(tree):
    """Return (address to uses, gaps)."""
    found = host_use.read(tree.root)
    return ({address: sorted(uses)
             for address, uses in found.devices.items()},
            [(each.use, each.reason) for each in found.unfollowed])


def plain_disk(tree):
    tree.nvme(DISK, 0)
    tree.mount('/', 'nvme0n1')


def partition(tree):
    place = tree.nvme(DISK, 0)
    tree.disk('nvme0n1p2', f'{place}/nvme/nvme0/nvme0n1/nvme0n1p2', '259:5')
    tree.mount('/', 'nvme0n1p2')


def sata(tree):
    place = tree.device(DISK, '8086:a352', '010601', 'ahci')
    tree.disk('sda', f'{place}/ata1/host0/target0:0:0/0:0:0:0/block/sda',
              '8:0')
    tree.mount('/', 'sda')


def usb(tree):
    place = tree.device(DISK, '8086:a12f', '0c0330', 'xhci_hcd')
    tree.disk('sda', f'{place}/usb1/1-1/1-1:1.0/host0/target0:0:0/0:0:0:0/'
              'block/sda', '8:0')
    tree.mount('/boot/efi', 'sda')


def virtio(tree):
    place = tree.device(DISK, '1af4:1042', '010000', 'virtio-pci')
    tree.disk('vda', f'{place}/virtio2/block/vda', '252:0')
    tree.mount('/', 'vda')


def root_by_its_old_name(tree):
    tree.nvme(DISK, 0)
    tree.mount('/', 'nvme0n1', source='/dev/root')


def lvm(tree):
    tree.nvme(DISK, 0)
    tree.disk('dm-0', on=['nvme0n1'])
    tree.mount('/', 'dm-0', source='/dev/mapper/vg-root')


def luks_on_lvm_on_raid(tree):
    tree.nvme(DISK, 0)
    tree.disk('md0', on=['nvme0n1'])
    tree.disk('dm-0', on=['md0'])
    tree.disk('dm-1', on=['dm-0'])
    tree.mount('/', 'dm-1')


def partition_of_raid(tree):
    tree.nvme(DISK, 0)
    place = tree.disk('md127', on=['nvme0n1'])
    tree.disk('md127p1', f'{place}/md127p1', '259:9')
    tree.mount('/', 'md127p1')


def bcache(tree):
    tree.nvme(DISK, 0)
    tree.disk('bcache0', on=['nvme0n1'])
    tree.mount('/', 'bcache0')


def multipath_of_device_mapper(tree):
    place = tree.device(DISK, '1077:2261', '0c0400', 'qla2xxx')
    tree.disk('sda', f'{place}/host1/rport-1:0-0/target1:0:0/1:0:0:0/block/'
              'sda', '8:0')
    tree.disk('dm-0', on=['sda'])
    tree.disk('dm-1', on=['dm-0'])
    tree.mount('/', 'dm-1')


def nvme_multipath(tree):
    """Before Linux 6.15 the subsystem links to its controllers."""
    place = tree.device(DISK, '144d:a80a', '010802', 'nvme')
    tree.file(f'{place}/nvme/nvme0/nvme0c0n1/x', '')
    tree.link(f'{SUBSYSTEM}/nvme0', f'{place}/nvme/nvme0')
    tree.disk('nvme0n1', f'{SUBSYSTEM}/nvme0n1', '259:0')
    tree.disk('nvme0n1p2', f'{SUBSYSTEM}/nvme0n1/nvme0n1p2', '259:2')
    tree.mount('/', 'nvme0n1p2')


def nvme_multipath_below_lvm(tree):
    nvme_multipath(tree)
    tree.disk('dm-0', on=['nvme0n1p2'])
    tree.file('proc/self/mountinfo', '')
    tree.mount('/', 'dm-0')


def nvme_multipath_of_one_namespace(tree):
    """The other controller of the subsystem does not reach it."""
    nvme_multipath(tree)
    place = tree.device('0000:66:00.0', '144d:a80a', '010802', 'nvme')
    tree.file(f'{place}/nvme/nvme1/nvme0c1n2/x', '')
    tree.link(f'{SUBSYSTEM}/nvme1', f'{place}/nvme/nvme1')


def nvme_multipath_of_linux_6_15(tree):
    """The disk links to its paths."""
    place = tree.device(DISK, '144d:a80a', '010802', 'nvme')
    path = f'{place}/nvme/nvme3/nvme0c3n1'
    tree.file(f'{path}/x', '')
    tree.link(f'{SUBSYSTEM}/nvme3', f'{place}/nvme/nvme3')
    tree.disk('nvme0n1', f'{SUBSYSTEM}/nvme0n1', '259:0')
    tree.link(f'{SUBSYSTEM}/nvme0n1/multipath/nvme0c3n1', path)
    tree.mount('/', 'nvme0n1')


def nvme_multipath_that_says_less(tree):
    """No hidden disk: every controller may be the one."""
    place = tree.device(DISK, '144d:a80a', '010802', 'nvme')
    tree.file(f'{place}/nvme/nvme0/model', 'x\n')
    tree.link(f'{SUBSYSTEM}/nvme0', f'{place}/nvme/nvme0')
    tree.disk('nvme0n1', f'{SUBSYSTEM}/nvme0n1', '259:0')
    tree.mount('/', 'nvme0n1')


def btrfs_of_one_disk(tree):
    tree.nvme(DISK, 0)
    tree.mount('/', kind='btrfs', source='/dev/nvme0n1', number='0:30')


@pytest.mark.parametrize('draw', [
    plain_disk, partition, sata, virtio, root_by_its_old_name, lvm, usb,
    luks_on_lvm_on_raid, partition_of_raid, bcache,
    multipath_of_device_mapper, nvme_multipath, nvme_multipath_below_lvm,
    nvme_multipath_of_one_namespace, nvme_multipath_of_linux_6_15,
    nvme_multipath_that_says_less, btrfs_of_one_disk])
def test_the_disk_of_the_system_is_found(tree, draw):
    draw(tree)
    tree.nvme('0000:67:00.0', 7)
    assert used(tree) == ({DISK: [SYSTEM]}, [])


def test_every_disk_of_a_raid_and_of_a_btrfs_is_found(tree):
    for number in range(4):
        tree.nvme(f'0000:6{number}:00.0', number)
    tree.disk('md0', on=['nvme0n1', 'nvme1n1'])
    tree.mount('/', 'md0')
    tree.mount('/srv', kind='btrfs', source='/dev/nvme2n1', number='0:31')
    for number in (2, 3):
        tree.link(f'sys/fs/btrfs/0a1b/devices/nvme{number}n1',
                  f'sys/class/block/nvme{number}n1')
    assert used(tree) == ({
        '0000:60:00.0': [SYSTEM], '0000:61:00.0': [SYSTEM],
        '0000:62:00.0': ['mounted on /srv'],
        '0000:63:00.0': ['mounted on /srv']}, [])


def test_both_paths_of_a_disk_with_two_are_found(tree):
    nvme_multipath(tree)
    place = tree.device('0000:66:00.0', '144d:a80a', '010802', 'nvme')
    tree.file(f'{place}/nvme/nvme1/nvme0c1n1/x', '')
    tree.link(f'{SUBSYSTEM}/nvme1', f'{place}/nvme/nvme1')
    assert used(tree) == ({DISK: [SYSTEM], '0000:66:00.0': [SYSTEM]}, [])


def test_swap_journals_and_other_mounts_are_found(tree):
    for number in range(5):
        tree.nvme(f'0000:6{number}:00.0', number)
    tree.disk('dm-4', on=['nvme1n1'])
    tree.file('sys/devices/virtual/block/dm-4/dm/name', 'vg-swap\n')
    tree.mount('/', 'nvme0n1')
    tree.add('proc/swaps', '/dev/mapper/vg-swap partition 8 0 -2\n'
             '/swapfile file 8 0 -3\n/dev/zram0 partition 8 0 100\n')
    tree.disk('zram0')
    tree.mount(r'/my\040data', 'nvme2n1', options='rw,logdev=/dev/nvme3n1')
    tree.mount('/var/lib/docker/x', 'nvme0n1')
    tree.mount('/run', kind='tmpfs')
    tree.mount('/snap/core', 'nvme4n1', kind='squashfs')
    assert used(tree) == ({
        '0000:60:00.0': [SYSTEM], '0000:61:00.0': [SWAP],
        '0000:62:00.0': ['mounted on /my data'],
        '0000:63:00.0': ['mounted on /my data'],
        '0000:64:00.0': ['mounted on /snap/core']}, [])


@pytest.mark.parametrize(('mount', 'gap'), [
    pytest.param({'kind': 'overlay'}, '/ is on overlay, as in a container',
                 id='a container'),
    pytest.param({'kind': 'zfs', 'source': 'rpool/ROOT'},
                 '/ is on ZFS (rpool/ROOT), which does not say on which '
                 'disks', id='ZFS'),
    pytest.param({'kind': 'nfs4', 'source': '10.0.0.1:/root'},
                 '/ is on nfs4 (10.0.0.1:/root)', id='NFS'),
    pytest.param({'kind': 'virtiofs', 'source': 'myfs'},
                 '/ is on virtiofs', id='a guest of another host'),
    pytest.param({'number': '8:1', 'source': '/dev/sda1'},
                 '/ is on /dev/sda1, which is not in sysfs', id='no disk'),
])
def test_a_root_that_cannot_be_followed(tree, mount, gap):
    tree.mount('/', **mount)
    assert used(tree) == ({}, [(SYSTEM, gap)])


@pytest.mark.parametrize(('name', 'place', 'gap'), [
    pytest.param('sdb', 'platform/host5/session1/target5:0:0/5:0:0:1/block/'
                 'sdb', 'sdb is reached by iSCSI', id='iSCSI'),
    pytest.param('nbd0', 'virtual/block/nbd0', 'nbd0 is a network disk',
                 id='NBD'),
    pytest.param('rbd0', 'rbd/0/block/rbd0', 'rbd0 is a disk in Ceph',
                 id='Ceph'),
    pytest.param('drbd1', 'virtual/block/drbd1',
                 'drbd1 is replicated by DRBD', id='DRBD'),
    pytest.param('zd0', 'virtual/block/zd0', 'zd0 is a ZFS volume',
                 id='a ZFS volume'),
    pytest.param('dm-9', 'virtual/block/dm-9', 'dm-9 leads to no disk',
                 id='a volume that links to nothing'),
])
def test_a_disk_that_cannot_be_followed(tree, name, place, gap):
    tree.disk(name, f'sys/devices/{place}', '8:16')
    tree.mount('/', name)
    assert used(tree) == ({}, [
        (SYSTEM, f'/ is on /dev/{name}, and {gap}')])


def test_a_disk_on_another_machine_by_nvme(tree):
    controller = 'sys/devices/virtual/nvme-fabrics/ctl/nvme0'
    tree.file(f'{controller}/transport', 'tcp\n')
    tree.file(f'{controller}/nvme0c0n1/x', '')
    tree.link(f'{SUBSYSTEM}/nvme0', controller)
    tree.disk('nvme0n1', f'{SUBSYSTEM}/nvme0n1', '259:0')
    tree.mount('/', 'nvme0n1')
    assert used(tree) == ({}, [(
        SYSTEM, '/ is on /dev/nvme0n1, and nvme0 is reached by NVMe over '
                'tcp')])


def test_what_is_no_pci_device_is_no_gap(tree):
    tree.disk('mmcblk0', 'sys/devices/platform/fe340000.mmc/mmc_host/mmc0/'
              'mmc0:aaaa/block/mmcblk0', '179:0')
    tree.interface('eth0', 'sys/devices/platform/fd580000.ethernet/net/eth0')
    tree.mount('/', 'mmcblk0')
    tree.route('eth0')
    assert used(tree) == ({}, [])


def test_shares_are_followed_over_the_route_to_their_server(tree):
    tree.nic(NIC, 'eth0')
    tree.nic(OTHER, 'eth1')
    tree.route('eth0')
    tree.route('eth1', '0000000A', '000000FF')
    tree.mount('/srv/images', kind='nfs4', source='nas.example:/images',
               options='rw,addr=10.0.0.9')
    tree.mount('/srv/backup', kind='nfs', source='nas.example:/backup')
    assert used(tree) == (
        {NIC: [ROUTE], OTHER: ['mounted on /srv/images',
                               'route to 10.0.0.0/8']},
        [('mounted on /srv/backup',
          '/srv/backup is on nfs (nas.example:/backup)')])


def over_itself(tree):
    tree.route('eth0')


def over_a_vlan_of_a_bridge_of_a_bond(tree):
    tree.interface('bond0', lower=['eth0'], kind='bond')
    tree.interface('br0', lower=['bond0'], kind='bridge')
    tree.interface('br0.7', lower=['br0'], kind='vlan')
    tree.route('br0.7')


def over_a_team(tree):
    tree.interface('team0', lower=['eth0'])
    tree.route('team0')


def over_open_vswitch(tree):
    tree.interface('ovs-system', lower=['eth0'])
    tree.interface('br-ex')
    tree.route('br-ex')


def over_a_vlan_of_open_vswitch(tree):
    over_open_vswitch(tree)
    tree.interface('br-ex.9', lower=['br-ex'], kind='vlan')
    tree.file('proc/net/route', 'header\n')
    tree.route('br-ex.9')


def over_open_vswitch_with_guests(tree):
    """The VFs of another card are ports of guests."""
    place = tree.places['eth1']
    tree.interface('eth1_0', place.replace('eth1', 'eth1_0'), port='pf0vf0')
    tree.interface('tap1')
    tree.file(tree.places['tap1'] + '/tun_flags', '0x1002\n')
    tree.interface('ovs-system', lower=['eth0', 'eth1_0'])
    tree.interface('br-ex')
    tree.route('br-ex')


def over_ipv6(tree):
    tree.file('proc/net/ipv6_route', ' '.join([
        '0' * 32, '00', '0' * 32, '00', 'fe80' + '0' * 28, '00000400',
        '00000001', '00000000', '00000003', 'eth0']) + '\n' + ' '.join([
            'fe80' + '0' * 28, '40', '0' * 32, '00', '0' * 32, '00000100',
            '00000001', '00000000', '00000001', 'eth1']) + '\n' + ' '.join([
                '0' * 32, '00', '0' * 32, '00', '0' * 32, 'ffffffff',
                '00000001', '00000000', '00200200', 'lo']) + '\n')


@pytest.mark.parametrize('draw', [
    over_itself, over_a_vlan_of_a_bridge_of_a_bond, over_a_team,
    over_open_vswitch, over_a_vlan_of_open_vswitch,
    over_open_vswitch_with_guests, over_ipv6])
def test_the_nic_of_the_default_route_is_found(tree, draw):
    tree.nic(NIC, 'eth0')
    tree.nic(OTHER, 'eth1')
    draw(tree)
    assert used(tree) == ({NIC: [ROUTE]}, [])


@pytest.mark.parametrize(('kind', 'files', 'gap'), [
    pytest.param('wireguard', {}, 'wg0 leads to no NIC', id='a VPN'),
    pytest.param(None, {'tun_flags': '0x1002'},
                 'wg0 is an interface of a program',
                 id='Open vSwitch with DPDK'),
    pytest.param(None, {'iflink': '99'}, 'wg0 leads to no NIC',
                 id='the end of a pair, as in a container'),
])
def test_a_route_that_cannot_be_followed(tree, kind, files, gap):
    tree.nic(NIC, 'eth0')
    tree.interface('ovs-system', lower=['eth0'])
    place = tree.interface('wg0', kind=kind)
    for name, text in files.items():
        tree.file(f'{place}/{name}', f'{text}\n')
    tree.route('wg0')
    assert used(tree) == ({NIC: ['port of ovs-system']}, [(ROUTE, gap)])


def test_routes_that_lead_nowhere_are_none(tree):
    tree.nic(NIC, 'eth0')
    tree.add('proc/net/route', 'eth0\t0000000A\t0\t0201\t0\t0\t0\t000000FF\n'
             'eth0\t0000FEA9\t0\t0001\t0\t0\t0\t0000FFFF\n'
             'eth0\tshort\nlo\t0000007F\t0\t0001\t0\t0\t0\t000000FF\n')
    assert used(tree) == ({}, [])


def test_a_pf_with_a_switch_has_its_own_interface_first(tree):
    place = tree.device(NIC, '15b3:101d', '020000', 'mlx5_core', vfs=8)
    for name, port in (('eth0', 'pf0vf0'), ('eth1', 'c1pf0vf1'),
                       ('eth2', 'pf0sf3'), ('p4p1', 'p0')):
        tree.interface(name, f'{place}/net/{name}', port=port)
    (found,) = sysfs.read_host('h', tree.root).devices
    assert (found.netdevs, found.mac) == (
        ('p4p1', 'eth0', 'eth1', 'eth2'), '02:00:00:00:00:05')


@pytest.mark.parametrize(('text', 'speed'), [
    ('25000', 25000), ('-1', None), ('4294967295', None), ('0', None),
    ('', None)])
def test_a_speed_that_is_none_is_unknown(tree, text, speed):
    place = tree.nic(NIC, 'eth0')
    tree.file(f'{place}/net/eth0/speed', f'{text}\n')
    (found,) = sysfs.read_host('h', tree.root).devices
    assert found.link_speed_mbps == speed


def test_vgpus_and_mediated_devices_are_read(tree):
    tree.device('0000:41:00.0', '10de:2bb5', '030200', 'nvidia', vfs=48)
    tree.device('0000:41:00.2', '10de:2bb5', '030200', 'nvidia',
                pf='0000:41:00.0', nvidia__current_vgpu_type='1153')
    tree.device('0000:41:00.3', '10de:2bb5', '030200', 'nvidia',
                pf='0000:41:00.0', nvidia__current_vgpu_type='0')
    place = tree.device('0000:41:00.4', '10de:2bb5', '030200', 'nvidia',
                        pf='0000:41:00.0')
    uuid = 'b7d7c8a2-1111-4222-8333-444455556666'
    tree.file(f'{place}/{uuid}/mdev_type/name', 'GRID A100-4C\n')
    found = [(each.num_vfs, each.vgpu_type, each.mdevs)
             for each in sysfs.read_host('h', tree.root).devices]
    assert found == [(3, None, ()), (0, 1153, ()), (0, 0, ()),
                     (0, None, (uuid,))]


def test_nothing_that_waits_for_a_device_is_read(tree):
    """VFs are counted by their links, whatever the file of the PF says."""
    tree.device(NIC, '8086:159b', '020000', 'ice', vfs=8,
                driver_override='vfio-pci', sriov_numvfs='5')
    found = sysfs.read_host('h', tree.root)
    assert [(each.num_vfs, each.driver_override)
            for each in found.devices] == [(0, None)]
    assert [each.driver_override for each in overrides.add(
        found, tree.root).devices] == ['vfio-pci']
