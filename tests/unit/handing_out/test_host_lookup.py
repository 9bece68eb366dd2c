# SPDX-License-Identifier: Apache-2.0

"""What configuration asks of a recorded host."""

from nova_pci_ext.handing_out.host_lookup import InventoryLookup
from nova_pci_ext.model.address import PciAddress
from tests import device_scenes as scenes

PF = scenes.pf(netdevs=('eth0', 'rep0'))
LOOKUP = InventoryLookup([PF, scenes.vf(), scenes.vf(
    '0000:0b:10.0', '0000:0b:00.0', dev_type=scenes.pf().dev_type)])


def test_the_device_of_an_interface():
    assert LOOKUP.find_netdev('rep0') == PF.address
    assert LOOKUP.find_netdev('eth9') is None


def test_the_ids_of_the_vfs_of_a_pf():
    assert LOOKUP.find_vf_ids(PF.address) == ('8086', '1520')
    assert LOOKUP.find_vf_ids(PciAddress.parse('0000:0b:00.0')) is None
