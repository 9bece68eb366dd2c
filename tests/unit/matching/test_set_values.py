# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.matching import set_values
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.device_set import SetRule
from tests.pci_hosts import pf
from tests.pci_hosts import pool
from tests.pci_hosts import vfs
from tests.set_hosts import placed

VFS = placed(vfs('0000:41:00.1', 4, numa=1, rail='r1'),
             {'nvlink': {'p0': 8, 'p3': 2}}, pcie_root='0000:40:00.0')
PLAIN = pool(dev_type=DeviceType.PCI, group='0000:42:00.0', numa=None)


@pytest.mark.parametrize(('attribute', 'found', 'values'), [
    ('numa_node', VFS, ('1',)), ('numa_node', PLAIN, ()),
    ('pf', VFS, ('0000:41:00.1',)), ('pf', PLAIN, ()),
    ('pf', pf('0000:41:00.1'), ('0000:41:00.1',)),
    ('card', VFS, ('0000:41:00',)),
    ('card', placed(VFS, card='serial'), ('serial',)),
    ('card', pool(), ()),
    ('pcie_root', VFS, ('0000:40:00.0',)), ('pcie_switch', VFS, ()),
    ('rail', VFS, ('r1',)), ('rail', PLAIN, ()),
])
def test_what_a_pool_has_for_an_attribute(attribute, found, values):
    assert set_values.values(SetRule.SAME, attribute, found) == values


def test_groups_overlap_and_have_sizes():
    found = set_values.values(SetRule.GROUP, 'nvlink', VFS)
    assert found == ('p0:8', 'p3:2')
    assert [set_values.size(each) for each in found] == [8, 2]
    assert [set_values.shown(SetRule.GROUP, each) for each in found] == [
        'p0', 'p3']


@pytest.mark.parametrize('text', [
    'p0', ':2', 'p0:', 'p0:0', 'p0:-1', 'p0:x', f'p0:{"9" * 5000}', ',,'])
def test_what_cannot_be_read_is_no_group(text):
    found = PLAIN._replace(place=(('device_group_nvlink', text),))
    assert set_values.values(SetRule.GROUP, 'nvlink', found) == ()
