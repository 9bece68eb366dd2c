# SPDX-License-Identifier: Apache-2.0

"""Groups of devices."""

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device_group import DeviceGroup


def test_a_group_is_named_by_its_type_and_its_name():
    group = DeviceGroup(type='nvlink', name='p3',
                        addresses=(PciAddress(0, 0x0f, 0, 0),))
    assert str(group) == 'nvlink p3'
    assert str(group.source) == '[pci_ext] device_group[0]'
