# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.model import device_set
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetRule


@pytest.mark.parametrize(('key', 'found'), [
    ('pcie_root', True), ('pcie_switch', True), ('card', True),
    ('device_group_nvlink', True), ('numa_node', False), ('rail', False)])
def test_which_keys_say_where_a_device_is(key, found):
    assert device_set.is_place_tag(key) is found


def test_a_set_reads_as_it_is_written():
    assert str(DeviceSet(rule=SetRule.PAIR, attribute='pcie_switch',
                         members=('gpu', 'ports@physnet0'))) == (
        'pair=pcie_switch:gpu,ports@physnet0')


@pytest.mark.parametrize(('member', 'is_ports', 'network'), [
    ('ports', True, None), ('ports@p1', True, 'p1'), ('gpu', False, None),
    ('gpu@p1', False, None), ('port', False, None)])
def test_members_that_are_ports(member, is_ports, network):
    assert device_set.is_ports(member) is is_ports
    assert device_set.network(member) == network
