# SPDX-License-Identifier: Apache-2.0

"""The tree of devices, as lines."""

import pytest

from nova_pci_ext.drawing import labels
from nova_pci_ext.drawing import tree
from nova_pci_ext.model.view import Use
from tests import device_scenes as scenes


def drawn(views, **arguments):
    """Return the texts of a tree, two blanks deeper below each branch."""
    found = []

    def walk(branches, depth):
        for branch in branches:
            state = f'{branch.state}: ' if branch.state else ''
            found.append(f'{"  " * depth}{state}{branch.text}')
            walk(branch.children, depth + 1)

    walk(tree.grow(views, **arguments), 0)
    return found


def test_the_state_of_each_device_stands_first():
    assert drawn(scenes.host_of_every_use()) == [
        'NUMA node 0',
        '  dependent: 0000:0a:00.0 PF Ethernet 8086:1521 I350 <Gigabit> & '
        'more, eno1, 3 of 7 VFs, driver igb, link up 10000 Mb/s, '
        'device_spec[0]',
        '    free: 0000:0a:10.0 VF Ethernet 8086:1520, eno1v0, driver igbvf, '
        'device_spec[0], IOMMU group 20',
        '    owned: 0000:0a:10.1 VF Ethernet 8086:1520, instance '
        '12345678-1234-1234-1234-123456789abc, eno1v1, driver igbvf, '
        'device_spec[0], IOMMU group 21',
        '    owned: 0000:0a:10.2 VF Ethernet 8086:1520, instance '
        '22345678-1234-1234-1234-123456789abc, eno1v2, driver igbvf, '
        'device_spec[0], IOMMU group 22',
        'NUMA node 1',
        '  owned: 0000:81:00.0 3D 10de:1db6, instance '
        'a2345678-1234-1234-1234-123456789abc, no driver, device_spec[0]',
        'no NUMA node',
        '  not handed out: 0000:00:1f.2 storage 8086:1521, needed as system '
        'disk, no driver']


def test_bridges_are_shown_on_demand():
    lines = drawn(scenes.host_of_every_use(), bridges=True)
    assert lines[1:3] == [
        '  pci0000:00',
        '    0000:00:01.0 root port 8086:1521, driver pcieport']
    assert '    0000:80:01.0' in lines


def test_a_bridge_that_a_guest_can_have_is_always_shown():
    """Such as an NVSwitch, or a PCI bridge that an entry names."""
    switch = scenes.device('0000:05:00.0', class_code='068000')
    bridge = scenes.device('0000:06:00.0', class_code='060400')
    assert len(drawn(scenes.views(switch, bridge))) == 2
    assert len(drawn(scenes.views(switch, bridge, use=Use.FREE))) == 3


def test_equal_vfs_are_one_branch_where_the_first_one_is():
    found = drawn(scenes.views(
        scenes.pf(num_vfs=4),
        scenes.vf('0000:0a:10.0', vf_index=0, iommu_group=3),
        scenes.vf('0000:0a:10.2', vf_index=1, driver='vfio-pci'),
        scenes.vf('0000:0a:10.4', vf_index=2, iommu_group=4),
        scenes.vf('0000:0a:10.6', vf_index=3, iommu_group=9)))
    assert found[2:] == [
        '    0000:0a:10.0 to 0000:0a:10.6, 3 devices (VF 0,2-3): VF Ethernet '
        '8086:1520, driver igbvf, IOMMU groups 3-4,9',
        '    0000:0a:10.2 VF Ethernet 8086:1520, driver vfio-pci']


@pytest.mark.parametrize('fields', [
    {'driver': None}, {'product_id': '1528'}, {'link_state': 'up'},
    {'serial': 's'}, {'driver_override': 'vfio-pci'}, {'owner': 'u'},
    {'class_code': '010802'}, {'host_uses': ('default route',)},
], ids=lambda fields: next(iter(fields)))
def test_devices_that_differ_have_a_branch_each(fields):
    first = scenes.vf('0000:0a:10.0', vf_index=0)
    second = scenes.vf('0000:0a:10.2', vf_index=1, **fields)
    shown = drawn((
        *scenes.views(scenes.pf(), first),
        *scenes.views(second, use=Use.OWNED if 'owner' in fields else None)))
    assert len(shown) == 4


def test_nothing_is_folded_on_demand():
    vfs = [scenes.vf(f'0000:0a:10.{index}', vf_index=index)
           for index in range(3)]
    views = scenes.views(scenes.pf(), *vfs)
    assert len(drawn(views, fold=False)) == 5
    assert len(drawn(views)) == 3


def test_a_device_with_devices_below_is_never_folded():
    found = drawn(scenes.views(
        scenes.pf(), scenes.vf(), scenes.pf('0000:0b:00.0'),
        scenes.vf('0000:0b:10.0', '0000:0b:00.0')))
    assert len(found) == 5


def test_a_vf_whose_pf_is_not_known_is_shown():
    views = scenes.views(scenes.vf(pci_path=('pci0000:00',)))
    assert drawn(views) == [
        'no NUMA node', '  0000:0a:10.0 VF Ethernet 8086:1520, driver igbvf']


def test_what_became_of_the_devices_is_counted():
    assert tree.counts(scenes.host_of_every_use()) == (
        '1 free, 3 owned, 1 dependent')
    assert tree.counts(scenes.views(scenes.vf())) == ''
    assert tree.counts(scenes.views(scenes.vf(), use=Use.NOT_HANDED_OUT)) == (
        '0 free, 0 owned')


@pytest.mark.parametrize(('numbers', 'text'), [
    ([], ''), ([4], '4'), ([0, 1, 2, 4, 6, 7], '0-2,4,6-7')])
def test_ranges(numbers, text):
    assert labels.ranges(numbers) == text


@pytest.mark.parametrize(('code', 'name'), [
    ('020000', 'Ethernet'), ('028000', 'network'), ('ff0000', None),
    (None, None)])
def test_class_names(code, name):
    assert labels.class_name(scenes.device(
        '0000:01:00.0', class_code=code)) == name
