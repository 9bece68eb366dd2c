# SPDX-License-Identifier: Apache-2.0

"""What is shown of a device."""

from nova_pci_ext.model.view import DeviceView
from tests import device_scenes as scenes


def test_tags_and_groups_of_a_place():
    view = DeviceView(device=scenes.pf(), place=(
        ('pcie_root', '0000:00:01.0'), ('device_group_nvlink', 'p1:4,p3:2'),
        ('device_group_rail', 'a:8')))
    assert view.tag('pcie_root') == '0000:00:01.0'
    assert view.tag('card') is None
    assert view.device_groups == (('nvlink', ('p1', 'p3')), ('rail', ('a',)))
