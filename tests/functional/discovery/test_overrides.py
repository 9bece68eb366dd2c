# SPDX-License-Identifier: Apache-2.0

"""``driver_override`` of the devices of a host."""

import pytest

from nova_pci_ext.discovery import overrides
from nova_pci_ext.model.inventory import Inventory
from tests import device_scenes as scenes
from tests.sysfs_tree import Tree


@pytest.mark.parametrize(('text', 'override'), [
    ('vfio-pci\n', 'vfio-pci'), ('(null)\n', None), ('\n', None),
    (None, None)])
def test_what_the_kernel_prints(text, override, tmp_path):
    tree = Tree(tmp_path)
    files = {} if text is None else {'driver_override': text}
    tree.device('0000:0a:00.0', '8086:1521', '020000', **files)
    found = overrides.add(
        Inventory(host='h', devices=(scenes.pf(),)), tmp_path)
    assert [each.driver_override for each in found.devices] == [override]
