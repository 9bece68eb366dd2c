# SPDX-License-Identifier: Apache-2.0

"""The order in which pools that fit are taken from."""

from nova_pci_ext.matching import preferences
from nova_pci_ext.model.device import DeviceType
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import vfs

A, B = '0000:41:00.0', '0000:42:00.0'


def test_long_domains_come_after_short_ones():
    addresses = ['10000:01:00.0', 'ffff:01:00.0', None, '0000:02:00.0']
    assert sorted(addresses, key=preferences.address_key) == [
        None, '0000:02:00.0', 'ffff:01:00.0', '10000:01:00.0']


def test_pools_are_in_the_order_of_addresses():
    pools = [vfs(B, 1), pool(dev_type=None, group=A), vfs(A, 1), pf(A),
             vfs(A, 1, numa=None)]
    assert sorted(pools, key=preferences.pool_key) == [
        pool(dev_type=None, group=A), pf(A), vfs(A, 1, numa=None),
        vfs(A, 1), vfs(B, 1)]


def test_a_group_is_whole_while_its_pf_is_free():
    assert preferences.whole([
        pf(A), vfs(A, 2), pf(B, free=0), vfs(B, 1),
        pool(dev_type=DeviceType.PCI, group='0000:43:00.0'),
    ]) == preferences.Whole(pfs=frozenset({A}))
