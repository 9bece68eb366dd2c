# SPDX-License-Identifier: Apache-2.0

from xml.etree import ElementTree

from nova_pci_ext.drawing import heat_map
from nova_pci_ext.drawing import heat_shapes
from nova_pci_ext.drawing import heat_table
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts
from nova_pci_ext.model.host_counts import GroupCounts
from tests.drawn_hosts import equal
from tests.drawn_hosts import fields
from tests.drawn_hosts import GPU
from tests.drawn_hosts import NIC
from tests.drawn_hosts import words


def test_few_kinds_of_hosts_are_a_table():
    group = GroupCounts(type='nvlink', size=4, whole=1, declared=2)
    shown = heat_map.draw(
        [equal('gpu-1', 'gpu-2', free=8, groups=(group,)),
         equal('gpu-3', free=0, disabled=True),
         equal('net-1', free=1, kind=NIC)],
        {GPU: 'A100'}, 'noon')
    found = words(shown)
    assert found[0] == 'PCI devices of 4 hosts in the database of Nova, noon'
    for text in ('10de:20b0 PCI', 'A100', '15b3:101e VF',
                 'gpu-[1-2] (2 hosts)', '8/8  g4', 'gpu-3 (disabled)', '0/8',
                 'net-1', '1/8'):
        assert text in found
    assert [(colour, title) for colour, *_, title in fields(shown)] == [
        ('all free', 'gpu-[1-2] (2 hosts); 10de:20b0 PCI: 8 of 8 free, '
         'nvlink of 4: 1 of 2 whole'),
        ('none free', 'gpu-3, disabled; 10de:20b0 PCI: 0 of 8 free, 8 used'),
        ('up to 25 %', 'net-1; 15b3:101e VF: 1 of 8 free, 7 used')]


def test_the_picture_is_not_wider_than_a_screen_and_grows_for_classes():
    def width(number):
        classes = tuple((DeviceClass(
            vendor_id='10de', product_id=f'{each:04x}', dev_type='vdpa'),
            ClassCounts(free=1)) for each in range(number))
        return int(ElementTree.fromstring(heat_map.draw(
            [EqualHosts(hosts=('h',), classes=classes)], {}, '')).get('width'))
    assert width(1) == width(12) == heat_shapes.WIDTH
    assert width(30) == 2 * heat_shapes.MARGIN + heat_table._LABEL + 30 * 84
