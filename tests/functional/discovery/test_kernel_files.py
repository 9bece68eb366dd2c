# SPDX-License-Identifier: Apache-2.0

"""A sysfs that somebody else made: nothing out of it is read, nothing in it
can make the reader wait, and no loop is followed for ever.
"""

import os

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import host_use
from nova_pci_ext.discovery import kernel_files
from nova_pci_ext.discovery import lookup
from nova_pci_ext.discovery import sysfs
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.inventory import Unfollowed

BUS = 'sys/bus/pci/devices'
ADDRESS = '0000:01:00.0'
HOME = f'sys/devices/pci0000:00/{ADDRESS}'
# What a link could disclose of the machine that reads the tree.
SECRET = '0xbeef'
ROUTE = ('Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n'
         'eth0\t00000000\t0102000A\t0003\t0\t0\t100\t00000000\n')


@pytest.fixture
def elsewhere(tmp_path):
    """Make a folder out of the tree that looks like a part of one."""
    folder = tmp_path / 'elsewhere'
    folder.mkdir()
    for name in ('vendor', 'device', 'cpulist', 'secret', 'address'):
        (folder / name).write_text(SECRET)
    return folder


@pytest.fixture
def tree(tmp_path):
    """Write a host of one device, and what else a test adds to it."""
    root = tmp_path / 'root'

    def add(path, content):
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            os.mkfifo(target)
        elif content.startswith('-> '):
            target.symlink_to(content[3:])
        else:
            target.write_text(content)
        return root

    add(f'{HOME}/vendor', '0x8086\n')
    add(f'{HOME}/device', '0x1520\n')
    add(f'{BUS}/{ADDRESS}', f'-> ../../../devices/pci0000:00/{ADDRESS}')
    return add


@pytest.mark.parametrize(('path', 'target'), [
    pytest.param(f'{HOME}/class', 'secret', id='a file of a device'),
    pytest.param(f'{HOME}/vpd', 'secret', id='vital product data'),
    pytest.param(f'{HOME}/net', '', id='the interfaces of a device'),
    pytest.param(f'{HOME}/net/eth0', '', id='an interface'),
    pytest.param(f'{BUS}/0000:02:00.0', '', id='a device'),
    pytest.param('sys/devices/system/node/node0', '', id='a NUMA node'),
    pytest.param('sys/kernel', '', id='the IOMMU groups'),
    pytest.param('proc/cmdline', 'secret', id='a file of procfs'),
    pytest.param('proc', '', id='procfs'),
])
def test_a_link_out_of_the_tree_is_an_error(tree, elsewhere, path, target):
    out = os.path.join(elsewhere, target) if target else str(elsewhere)
    root = tree(path, f'-> {out}')
    with pytest.raises(exceptions.DiscoveryError) as caught:
        sysfs.read_host('h', root)
    assert caught.value.message.startswith(f'leads to {elsewhere}')
    assert caught.value.message.endswith(f', which is not below {root}')


def test_the_interface_of_a_route_is_looked_for_in_the_tree_only(
        tree, elsewhere):
    root = tree('proc/net/route', ROUTE)
    tree('sys/class/net/eth0', f'-> {elsewhere}')
    with pytest.raises(exceptions.DiscoveryError) as caught:
        host_use.read(root)
    assert str(caught.value) == (
        f'{root}/sys/class/net/eth0: leads to {elsewhere}, '
        f'which is not below {root}')


def test_a_configuration_is_answered_from_the_tree_only(tree, elsewhere):
    root = tree('sys/class/net/eth0', f'-> {elsewhere}')
    tree(f'{HOME}/sriov_vf_device', f'-> {elsewhere}/secret')
    host = lookup.SysfsLookup(root)
    with pytest.raises(exceptions.DiscoveryError):
        host.find_netdev('eth0')
    with pytest.raises(exceptions.DiscoveryError):
        host.find_vf_ids(PciAddress.parse(ADDRESS))


def test_links_within_the_tree_are_followed(tree):
    tree('elsewhere/class', '0x020000\n')
    root = tree(f'{HOME}/class', '-> ../../../../elsewhere/class')
    (found,) = sysfs.read_host('h', root).devices
    assert found.class_code == '020000'


def test_neither_fifo_nor_device_is_opened(tree):
    """To read the first would wait for its writer, the second never ends."""
    tree(f'{HOME}/class', None)
    tree(f'{HOME}/vpd', None)
    tree('proc/net/route', None)
    root = tree('proc/cpuinfo', None)
    (found,) = sysfs.read_host('h', root).devices
    assert (found.class_code, found.serial) == (None, None)
    assert kernel_files.Root('/').text('/dev/zero') is None


def test_an_endless_file_is_an_error(tree):
    root = tree('proc/cpuinfo', '')
    with open(root / 'proc/cpuinfo', 'wb') as file:
        file.truncate(1 << 40)
    with pytest.raises(exceptions.DiscoveryError) as caught:
        sysfs.read_host('h', root)
    assert str(caught.value) == (
        f'{root}/proc/cpuinfo: is longer than 67108864 bytes')


def test_a_bond_of_itself_is_followed_once(tree):
    tree('proc/net/route', ROUTE.replace('eth0', 'bond0'))
    tree('sys/devices/virtual/net/bond0/lower_bond1', '-> ../bond1')
    tree('sys/devices/virtual/net/bond1/lower_bond0', '-> ../bond0')
    tree('sys/devices/virtual/net/bond1/lower_eth0',
         f'-> ../../../../../{HOME}/net/eth0')
    tree(f'{HOME}/net/eth0/address', '02:00:00:00:00:01\n')
    root = tree('sys/class/net/bond0', '-> ../../devices/virtual/net/bond0')
    assert host_use.read(root).devices == {
        ADDRESS: frozenset({host_use.DEFAULT_ROUTE})}


@pytest.mark.parametrize('name', [
    pytest.param('../../../../elsewhere', id='a path'),
    pytest.param('e\0h', id='NUL'),
    pytest.param('\x1b[2J', id='an order to a terminal'),
])
def test_the_interface_of_a_route_has_the_name_of_one(
        tree, elsewhere, name):
    root = tree('proc/net/route', ROUTE.replace('eth0', name))
    assert host_use.read(root) == host_use.HostUses(
        devices={}, unfollowed=(Unfollowed(
            use='default route', reason=f'{name} is not in sysfs'),))


def test_a_list_of_more_cpus_than_there_are_is_no_list(tree):
    root = tree('sys/devices/system/node/node0/cpulist', '0-99999999999\n')
    assert sysfs.read_host('h', root).numa_cells == ()
