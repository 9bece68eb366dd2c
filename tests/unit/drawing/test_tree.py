# SPDX-License-Identifier: Apache-2.0

"""The tree of devices, as lines."""

import pytest

from nova_pci_ext.drawing import labels
from nova_pci_ext.drawing import tree
from nova_pci_ext.model.view import Use
from tests import device_scenes as scenes


def drawn(*devices, **arguments):
    return list(tree.draw(scenes.views(*devices), **arguments))


def test_every_use_is_told():
    assert list(tree.draw(scenes.host_of_every_use())) == [
        'NUMA node 0',
        '└─ pci0000:00',
        '   └─ 0000:00:01.0 root port 8086:1521, driver pcieport',
        '      └─ 0000:0a:00.0 PF Ethernet 8086:1521 I350 <Gigabit> & more, '
        '3 of 7 VFs, driver igb, link up 10000 Mb/s, eno1: dependent, '
        'device_spec[0]',
        '         ├─ 0000:0a:10.0 VF Ethernet 8086:1520, driver igbvf, '
        'eno1v0, IOMMU group 20: free, device_spec[0]',
        '         ├─ 0000:0a:10.1 VF Ethernet 8086:1520, driver igbvf, '
        'eno1v1, IOMMU group 21: owned by '
        '12345678-1234-1234-1234-123456789abc',
        '         └─ 0000:0a:10.2 VF Ethernet 8086:1520, driver igbvf, '
        'eno1v2, IOMMU group 22: owned by '
        '22345678-1234-1234-1234-123456789abc',
        'NUMA node 1',
        '└─ pci0000:80',
        '   └─ 0000:80:01.0',
        '      └─ 0000:81:00.0 3D 10de:1db6, no driver: owned by '
        'a2345678-1234-1234-1234-123456789abc',
        'no NUMA node',
        '└─ 0000:00:1f.2 storage 8086:1521, no driver, needed as system '
        'disk: not handed out']


def test_equal_vfs_are_one_line_where_the_first_one_is():
    found = drawn(
        scenes.pf(num_vfs=4),
        scenes.vf('0000:0a:10.0', vf_index=0, iommu_group=3),
        scenes.vf('0000:0a:10.2', vf_index=1, driver='vfio-pci'),
        scenes.vf('0000:0a:10.4', vf_index=2, iommu_group=4),
        scenes.vf('0000:0a:10.6', vf_index=3, iommu_group=9))
    assert found[4:] == [
        '         ├─ 0000:0a:10.0 to 0000:0a:10.6, 3 devices (VF 0,2-3): '
        'VF Ethernet 8086:1520, driver igbvf, IOMMU groups 3-4,9',
        '         └─ 0000:0a:10.2 VF Ethernet 8086:1520, driver vfio-pci']


@pytest.mark.parametrize('fields', [
    {'driver': None}, {'product_id': '1528'}, {'link_state': 'up'},
    {'serial': 's'}, {'driver_override': 'vfio-pci'}, {'owner': 'u'},
    {'class_code': '010802'}, {'host_uses': ('default route',)},
], ids=lambda fields: next(iter(fields)))
def test_devices_that_differ_have_a_line_each(fields):
    first = scenes.vf('0000:0a:10.0', vf_index=0)
    second = scenes.vf('0000:0a:10.2', vf_index=1, **fields)
    shown = list(tree.draw((
        *scenes.views(scenes.pf(), first),
        *scenes.views(second, use=Use.OWNED if 'owner' in fields else None))))
    assert len(shown) == 6


def test_nothing_is_folded_on_demand():
    vfs = [scenes.vf(f'0000:0a:10.{index}', vf_index=index)
           for index in range(3)]
    assert len(drawn(scenes.pf(), *vfs, fold=False)) == 7
    assert len(drawn(scenes.pf(), *vfs)) == 5


def test_a_device_with_devices_below_is_never_folded():
    found = drawn(scenes.pf(), scenes.vf(),
                  scenes.pf('0000:0b:00.0'),
                  scenes.vf('0000:0b:10.0', '0000:0b:00.0'))
    assert len(found) == 7


def test_colours_follow_the_use():
    line = list(tree.draw(scenes.host_of_every_use(), colour=True))[4]
    assert line.endswith(': \033[32mfree, device_spec[0]\033[0m')


def test_a_vf_whose_pf_is_not_known_hangs_where_its_path_ends():
    assert drawn(scenes.vf(pci_path=('pci0000:00',))) == [
        'no NUMA node', '└─ pci0000:00',
        '   └─ 0000:0a:10.0 VF Ethernet 8086:1520, driver igbvf']


def test_without_unicode_the_branches_are_plain():
    assert '├─ └─ │'.translate(tree.ASCII) == '|- `- |'


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
