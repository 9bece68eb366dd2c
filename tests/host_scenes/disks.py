# SPDX-License-Identifier: Apache-2.0

"""Disks that a host needs, and disks for guests."""

from tests.host_scenes.registry import LEAVE
from tests.host_scenes.registry import NEEDS
from tests.host_scenes.registry import needs
from tests.host_scenes.registry import scene

SUBSYSTEM = 'sys/devices/virtual/nvme-subsystem/nvme-subsys0'


@scene(NEEDS)
def data_disks_beside_a_root_with_multipath(tree):
    """Disks beside a system disk with native multipathing of NVMe."""
    tree.file('proc/self/mountinfo', '')
    place = tree.device('0000:65:00.0', '144d:a80a', '010802', 'nvme')
    tree.file(f'{place}/nvme/nvme0/nvme0c0n1/x', '')
    tree.link(f'{SUBSYSTEM}/nvme0', f'{place}/nvme/nvme0')
    tree.disk('nvme0n1', f'{SUBSYSTEM}/nvme0n1', '259:0')
    tree.mount('/', 'nvme0n1')
    for number in (1, 2):
        tree.nvme(f'0000:6{5 + number}:00.0', number)
    return ['{"address": "0000:66:00.0"}', '{"address": "0000:67:00.0"}']


@scene(NEEDS)
def disks_below_vmd_for_the_host(tree):
    """A GPU on a host whose disks are below Intel VMD."""
    tree.device('0000:64:05.5', '8086:201d', '010400', 'vmd')
    tree.nvme('10000:01:00.0', 3,
              above='pci0000:64/0000:64:05.5/pci10000:00/10000:00:02.0')
    tree.mount('/srv', 'nvme3n1')
    tree.device('0000:65:00.0', '10de:20b0', '030200', 'vfio-pci')
    return ['{"vendor_id": "10de", "product_id": "20b0"}']


@scene(NEEDS, shown=False)
def system_disk_below_lvm_beside_data_disks(tree):
    """A disk beside the one of the system, which is below LVM."""
    tree.file('proc/self/mountinfo', '')
    tree.disk('dm-0', on=['nvme90n1'])
    tree.link(f'{tree.places["nvme90n1"]}/holders/dm-0',
              tree.places['dm-0'])
    tree.mount('/', 'dm-0')
    tree.nvme('0000:66:00.0', 1)
    return ['{"address": "0000:66:00.0"}']


@scene(NEEDS)
def system_disk_below_multipath(tree):
    """The system disk, with native multipathing of NVMe."""
    data_disks_beside_a_root_with_multipath(tree)
    return ['{"address": "0000:65:00.0"}'], [
        'error: [pci] device_spec[0]: hands out 0000:65:00.0, which the host '
        f'needs itself (system disk); {LEAVE}']


@scene(NEEDS)
def controller_above_a_disk(tree):
    """The VMD controller above a mounted disk."""
    disks_below_vmd_for_the_host(tree)
    return ['{"product_id": "201d"}'], [
        'error: [pci] device_spec[0]: hands out 0000:64:05.5, which the host '
        f'needs itself (mounted on /srv over 10000:01:00.0); {LEAVE}']


@scene(NEEDS, shown=False)
def boot_that_is_mounted_on_demand(tree):
    """A disk beside /boot and /boot/efi, which systemd mounts on demand."""
    tree.nvme('0000:66:00.0', 4)
    for point in ('/boot', '/boot/efi'):
        tree.mount(point, kind='autofs', source='systemd-1', number='0:36')
    return ['{"address": "0000:66:00.0"}']


@scene(NEEDS, shown=False)
def root_of_an_image(tree):
    """A disk of a host whose root is an image of ostree with composefs."""
    tree.nvme('0000:66:00.0', 4)
    tree.file('proc/self/mountinfo', '')
    tree.mount('/sysroot', 'nvme90n1', kind='xfs')
    tree.mount('/', kind='overlay', source='composefs', number='0:27')
    return ['{"address": "0000:66:00.0"}']


@scene(NEEDS, shown=False)
def disk_of_a_root_of_an_image(tree):
    """The disk of a host whose root is an image of ostree with composefs."""
    root_of_an_image(tree)
    return ['{"address": "0000:f0:00.0"}'], [
        needs('0000:f0:00.0', 'mounted on /sysroot')]


@scene(NEEDS)
def disk_for_swap(tree):
    """A disk that the host swaps to."""
    tree.nvme('0000:66:00.0', 4)
    tree.add('proc/swaps', '/dev/nvme4n1 partition 8 0 -2\n')
    return ['{"address": "0000:66:00.0"}'], [
        'error: [pci] device_spec[0]: hands out 0000:66:00.0, which the host '
        f'needs itself (swap); {LEAVE}']


@scene(NEEDS)
def disk_of_ceph(tree):
    """A disk with LVM that nothing is mounted from, below Ceph for example."""
    tree.nvme('0000:66:00.0', 4)
    place = tree.disk('dm-3', on=['nvme4n1'])
    tree.file(f'{place}/dm/name', 'ceph--block--1\n')
    tree.link(f'{tree.places["nvme4n1"]}/holders/dm-3', place)
    return ['{"address": "0000:66:00.0"}'], [
        'warning: [pci] device_spec[0]: hands out 0000:66:00.0, whose disk '
        'is a part of ceph--block--1 of the host; make sure that nothing '
        'uses it, such as a service of Ceph, and stop it']


@scene(NEEDS)
def disk_over_fabrics(tree):
    """A NIC, and a disk that is reached over some NIC."""
    place = 'sys/devices/virtual/nvme-fabrics/ctl/nvme3'
    tree.file(f'{place}/transport', 'rdma\n')
    tree.disk('nvme3n1', f'{place}/nvme3n1', '259:30')
    tree.mount('/srv', 'nvme3n1')
    tree.nic('0000:5e:00.0', 'ens9')
    return ['{"address": "0000:5e:00.0"}'], [
        'warning: host: mounted on /srv: /srv is on /dev/nvme3n1, and '
        'nvme3n1 is reached by NVMe over rdma; make sure that it does not '
        'need 0000:5e:00.0']


@scene(NEEDS)
def disks_beside_zfs(tree):
    """A disk of a host with ZFS."""
    tree.nvme('0000:66:00.0', 4)
    tree.mount('/tank', kind='zfs', source='tank', number='0:44')
    return ['{"address": "0000:66:00.0"}'], [
        'warning: host: mounted on /tank: /tank is on ZFS (tank), which does '
        'not say on which disks; make sure that it does not need '
        '0000:66:00.0']


def _on(tree, *disks):
    """Let the system be on disks, through one that is made of them."""
    tree.file('proc/self/mountinfo', '')
    tree.disk('dm-0', on=disks)
    tree.mount('/', 'dm-0')


@scene(NEEDS, shown=False)
def lvm_on_luks_on_raid(tree):
    """The system on LVM on LUKS on RAID of partitions."""
    for number in (1, 2):
        place = tree.nvme(f'0000:6{number}:00.0', number)
        tree.disk(f'nvme{number}n1p3', f'{place}/nvme/nvme{number}/nvme'
                  f'{number}n1/nvme{number}n1p3', f'259:1{number}')
    tree.disk('md127', on=['nvme1n1p3', 'nvme2n1p3'])
    tree.disk('dm-1', on=['md127'])
    _on(tree, 'dm-1')
    return ['{"address": "0000:62:00.0"}'], [
        needs('0000:62:00.0', 'system disk')]


@scene(NEEDS, shown=False)
def cache_before_a_disk(tree):
    """The cache of bcache."""
    tree.nvme('0000:61:00.0', 1)
    tree.nvme('0000:62:00.0', 2)
    tree.disk('bcache0', on=['nvme1n1', 'nvme2n1'])
    _on(tree, 'bcache0')
    return ['{"address": "0000:62:00.0"}'], [
        needs('0000:62:00.0', 'system disk')]


@scene(NEEDS, shown=False)
def second_disk_of_btrfs(tree):
    """The second disk of a btrfs."""
    tree.file('proc/self/mountinfo', '')
    for number in (1, 2):
        tree.nvme(f'0000:6{number}:00.0', number)
        name = f'nvme{number}n1'
        tree.link(f'sys/fs/btrfs/1/devices/{name}', tree.places[name])
    tree.mount('/', 'nvme1n1', kind='btrfs', number='0:33')
    return ['{"address": "0000:62:00.0"}'], [
        needs('0000:62:00.0', 'system disk')]


@scene(NEEDS, shown=False)
def adapters_of_fibre_channel(tree):
    """One of two adapters of Fibre Channel below multipathing."""
    for number in (1, 2):
        place = tree.device(f'0000:5{number}:00.0', '1077:2261', '0c0400',
                            'qla2xxx')
        tree.disk(f'sd{number}', f'{place}/host{number}/rport-{number}:0-0/'
                  f'target{number}:0:0/{number}:0:0:0/block/sd{number}',
                  f'8:{number}')
    _on(tree, 'sd1', 'sd2')
    return ['{"address": "0000:52:00.0"}'], [
        needs('0000:52:00.0', 'system disk')]


@scene(NEEDS, shown=False)
def disk_on_usb(tree):
    """The USB controller of a stick that the system is on."""
    place = tree.device('0000:00:14.0', '8086:a2af', '0c0330', 'xhci_hcd')
    tree.disk('sdb', f'{place}/usb1/1-9/1-9:1.0/host6/target6:0:0/6:0:0:0/'
              'block/sdb', '8:16')
    _on(tree, 'sdb')
    return ['{"address": "0000:00:14.0"}'], [
        needs('0000:00:14.0', 'system disk')]


@scene(NEEDS, shown=False)
def disk_of_virtio(tree):
    """The disk of a host that is a guest itself."""
    place = tree.device('0000:00:05.0', '1af4:1001', '010000', 'virtio-pci')
    tree.disk('vda', f'{place}/virtio2/block/vda', '252:0')
    _on(tree, 'vda')
    return ['{"address": "0000:00:05.0"}'], [
        needs('0000:00:05.0', 'system disk')]


@scene(NEEDS, shown=False)
def disk_of_an_adapter_for_iscsi(tree):
    """An adapter that does iSCSI by itself."""
    place = tree.device('0000:3b:00.2', '10df:0722', '010000', 'be2iscsi')
    tree.disk('sdc', f'{place}/host9/session1/target9:0:0/9:0:0:1/block/sdc',
              '8:32')
    _on(tree, 'sdc')
    return ['{"address": "0000:3b:00.2"}'], [
        needs('0000:3b:00.2', 'system disk')]


@scene(NEEDS)
def system_on_iscsi(tree):
    """A NIC, and the system on a disk of iSCSI."""
    tree.disk('sdc', 'sys/devices/platform/host9/session1/target9:0:0/'
              '9:0:0:1/block/sdc', '8:32')
    tree.file('proc/self/mountinfo', '')
    tree.mount('/', 'sdc')
    tree.nic('0000:5e:00.0', 'ens9')
    return ['{"address": "0000:5e:00.0"}'], [
        'warning: host: system disk: / is on /dev/sdc, and sdc is reached by '
        'iSCSI; make sure that it does not need 0000:5e:00.0']


@scene(NEEDS, shown=False)
def system_below_vmd(tree):
    """The VMD controller above the system disk."""
    tree.device('0000:85:05.5', '8086:28c0', '010400', 'vmd')
    tree.nvme('10001:01:00.0', 3, above='pci0000:85/0000:85:05.5/'
              'pci10001:00/10001:00:02.0')
    _on(tree, 'nvme3n1')
    return ['{"product_id": "28c0"}'], [
        needs('0000:85:05.5', 'system disk over 10001:01:00.0')]


@scene(NEEDS, shown=False)
def port_of_two_of_a_disk(tree):
    """One port of a disk with two, below LVM."""
    for number in (1, 2):
        place = tree.device(f'0000:6{number}:00.0', '144d:a80a', '010802',
                            'nvme')
        tree.file(f'{place}/nvme/nvme{number}/nvme0c{number}n1/x', '')
        tree.link(f'{SUBSYSTEM}/nvme{number}',
                  f'{place}/nvme/nvme{number}')
    tree.disk('nvme0n1', f'{SUBSYSTEM}/nvme0n1', '259:0')
    _on(tree, 'nvme0n1')
    return ['{"address": "0000:62:00.0"}'], [
        needs('0000:62:00.0', 'system disk')]
