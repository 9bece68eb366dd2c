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


@pytest.mark.parametrize(('capabilities', 'is_nic'), [
    (None, False), ('null', False), ('[]', False),
    (json.dumps({'network': ['rx']}), False),
    (json.dumps({'sriov': {'pf_mac_address': '52:54:00:00:00:01'}}), True)])
def test_a_vf_of_a_nic_without_an_interface_is_for_tunnelled_networks(
        capabilities, is_nic):
    found = properties(vf(**(
        {} if capabilities is None else {'capabilities': capabilities})), {})
    assert ('physical_network' in found) is is_nic
    assert found.get('physical_network') is None


def test_the_interface_of_the_pf():
    assert properties(vf(parent_ifname='eth0'), {})['parent_ifname'] == 'eth0'
