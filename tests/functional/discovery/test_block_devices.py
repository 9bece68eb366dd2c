# SPDX-License-Identifier: Apache-2.0

"""Disks, followed down to PCI devices."""

import pytest

from nova_pci_ext.discovery import block_devices
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.discovery.trails import Trail
from tests.sysfs_tree import Tree

ONE, TWO = '0000:0a:00.0', '0000:0b:00.0'


@pytest.fixture
def tree(tmp_path):
    made = Tree(tmp_path)
    made.nvme(ONE, 0)
    made.nvme(TWO, 1)
    made.disk('md0', on=('nvme0n1', 'nvme1n1'))
    made.disk('dm-0', on=('md0',))
    made.file(f'{made.places["dm-0"]}/dm/name', 'vg-root\n')
    return made


def follow(tree, name):
    return block_devices.follow(
        Root(tree.root), str(tree.root / 'sys/class/block' / name))


def test_through_lvm_and_raid(tree):
    assert follow(tree, 'dm-0') == Trail(addresses=frozenset({ONE, TWO}))


@pytest.mark.parametrize(('name', 'found'), [
    ('/dev/nvme0n1', 'nvme0n1'), ('/dev/mapper/vg-root', 'dm-0'),
    ('/dev/mapper/vg-swap', None), ('/dev/sda', None)])
def test_disks_by_their_device_nodes(name, found, tree):
    folder = f'{tree.root}/sys/class/block'
    assert block_devices.find(Root(tree.root), name) == (
        found and f'{folder}/{found}')


@pytest.mark.parametrize(('name', 'gaps'), [
    ('loop0', ()), ('zram1', ()), ('rbd0', ('rbd0 is a disk in Ceph',)),
    ('nbd3', ('nbd3 is a network disk',)),
    ('drbd0', ('drbd0 is replicated by DRBD',)),
    ('zd16', ('zd16 is a ZFS volume',)),
    ('ramdisk', ('ramdisk leads to no disk',))])
def test_disks_of_nothing(name, gaps, tree):
    tree.disk(name)
    assert follow(tree, name) == Trail(gaps=gaps)


def test_a_card_of_a_platform_is_missing_nothing(tree):
    tree.disk('mmcblk0', 'sys/devices/platform/mmc0/block/mmcblk0')
    assert follow(tree, 'mmcblk0') == Trail()


def test_a_disk_of_iscsi(tree):
    tree.disk('sda', 'sys/devices/platform/host0/session1/block/sda')
    assert follow(tree, 'sda') == Trail(gaps=('sda is reached by iSCSI',))
