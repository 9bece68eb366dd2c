# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import GroupCounts


@pytest.mark.parametrize(('dev_type', 'expected'), [
    ('type-PCI', '10de:20b0 PCI'), ('type-PF', '10de:20b0 PF'),
    ('type-VF', '10de:20b0 VF'), ('vdpa', '10de:20b0 vDPA'),
    ('type-X', '10de:20b0 type-X')])
def test_a_class_is_named_for_people(dev_type, expected):
    assert str(DeviceClass(vendor_id='10de', product_id='20b0',
                           dev_type=dev_type)) == expected


def test_all_devices_are_one_of_four():
    assert ClassCounts(free=1, used=2, drained=4, dependent=8,
                       drained_used=1, unhealthy=3).devices == 15


def test_only_a_whole_group_is_large():
    groups = (GroupCounts(type='nvlink', size=2, whole=3, declared=4),
              GroupCounts(type='nvlink', size=8, whole=0, declared=1))
    assert ClassCounts(groups=groups).largest_whole == 2
    assert ClassCounts().largest_whole == 0
