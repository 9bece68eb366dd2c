# SPDX-License-Identifier: Apache-2.0

"""What the devices of a pool have in common."""

import json

import pytest

from nova_pci_ext.stats.pool_properties import properties
from tests.nova_hosts import device

pytestmark = pytest.mark.nova

PF, VF = '0000:81:00.0', '0000:81:01.0'
COMMON = {'vendor_id': '8086', 'product_id': '0001', 'numa_node': 0}


def vf(**extra):
    found = device(VF, parent=PF)
    found.extra_info = extra
    return found


def test_vfs_are_pooled_by_their_pf():
    found = properties(vf(), {'physical_network': 'p1'})
    assert found.items() >= dict(
        COMMON, address=PF, physical_network='p1').items()
    assert 'parent_ifname' not in found


def test_a_device_without_a_pf_is_a_pool_of_its_own():
    found = properties(device(PF, 'type-PF'), {})
    assert (found['address'], found['dev_type']) == (PF, 'type-PF')


@pytest.mark.parametrize('capabilities', [
    None, 'null', '[]', json.dumps({'network': ['rx']})])
def test_only_a_nics_vf_has_the_interface_of_its_pf(capabilities):
    bare = vf(parent_ifname='eth0', **(
        {} if capabilities is None else {'capabilities': capabilities}))
    nic = vf(parent_ifname='eth0', capabilities=json.dumps(
        {'sriov': {'pf_mac_address': '52:54:00:00:00:01'}}))
    assert properties(nic, {})['parent_ifname'] == 'eth0'
    assert 'parent_ifname' not in properties(bare, {})
