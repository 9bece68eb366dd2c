# SPDX-License-Identifier: Apache-2.0

"""What is mounted, and where the system swaps."""

from nova_pci_ext.discovery import mounts
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.discovery.mounts import Mount
from tests.sysfs_tree import Tree


def test_lines_of_mountinfo(tmp_path):
    tree = Tree(tmp_path)
    tree.file('proc/self/mountinfo', '\n'.join((
        r'36 35 253:0 / /a\040b rw,noatime - ext4 /dev/a\040b rw,x=1,y',
        '37 35 0:30 / /sys rw shared:7 - sysfs',
        'broken', '38 35 0:31 / /x rw - ')))
    assert list(mounts.read(Root(tmp_path))) == [
        Mount(point='/a b', number='253:0', kind='ext4', source='/dev/a b',
              options=('rw', 'x=1', 'y')),
        Mount(point='/sys', number='0:30', kind='sysfs')]


def test_the_value_of_an_option():
    mount = Mount(point='/', number='0:1', kind='x', options=('rw', 'a=b=c'))
    assert (mount.option('a'), mount.option('rw'), mount.option('b')) == (
        'b=c', None, None)


def test_only_partitions_are_swap_disks(tmp_path):
    tree = Tree(tmp_path)
    tree.add('proc/swaps', '/dev/dm-1 partition 1 0 -2\n'
                           '/swap\\040file file 1 0 -3\nbroken\n')
    assert list(mounts.swap_disks(Root(tmp_path))) == ['/dev/dm-1']


def test_a_host_without_proc(tmp_path):
    assert list(mounts.read(Root(tmp_path))) == []
    assert list(mounts.swap_disks(Root(tmp_path))) == []
