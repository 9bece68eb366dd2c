# SPDX-License-Identifier: Apache-2.0

"""Network interfaces, followed down to PCI devices."""

import pytest

from nova_pci_ext.discovery import interfaces
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.discovery.trails import Trail
from tests.sysfs_tree import Tree

#   br0 - bond0 - eth0 0000:0a:00.0
#               - eth1 0000:0b:00.0
ONE, TWO = '0000:0a:00.0', '0000:0b:00.0'


@pytest.fixture
def tree(tmp_path):
    made = Tree(tmp_path)
    made.nic(ONE, 'eth0')
    made.nic(TWO, 'eth1')
    made.interface('bond0', lower=('eth0', 'eth1'), kind='bond')
    made.interface('br0', lower=('bond0',), kind='bridge')
    return made


def follow(tree, name):
    return interfaces.follow(Root(tree.root), name)


def test_through_a_bridge_and_a_bond(tree):
    assert follow(tree, 'br0') == Trail(addresses=frozenset({ONE, TWO}))
    assert follow(tree, 'eth1') == Trail(addresses=frozenset({TWO}))


def test_what_is_not_there(tree):
    assert follow(tree, 'eth9') == Trail(gaps=('eth9 is not in sysfs',))


def test_a_virtual_interface_of_nothing(tree):
    tree.interface('dummy0', kind='dummy')
    assert follow(tree, 'dummy0') == Trail(gaps=('dummy0 leads to no NIC',))


def test_a_tap_is_of_a_program(tree):
    place = tree.interface('tap0')
    tree.file(f'{place}/tun_flags', '0x1002\n')
    assert follow(tree, 'tap0') == Trail(
        gaps=('tap0 is an interface of a program',))


def test_a_nic_that_is_no_pci_device(tree):
    tree.interface('end0', 'sys/devices/platform/soc/net/end0')
    assert follow(tree, 'end0') == Trail()


@pytest.mark.parametrize(('port', 'is_one'), [
    (None, False), ('p0', False), ('pf0', True), ('pf0vf3', True),
    ('pf1sf12', True), ('c1pf0vf3', True), ('pf0vf', False)])
def test_representors(port, is_one, tree):
    place = tree.interface('rep0', port=port)
    assert interfaces.is_representor(
        Root(tree.root), str(tree.root / place)) is is_one
