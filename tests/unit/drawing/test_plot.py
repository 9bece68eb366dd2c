# SPDX-License-Identifier: Apache-2.0

"""The picture of a host: what is in it, and that nothing overlaps."""

import collections
import itertools
import json
from xml.etree import ElementTree

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.drawing import boxes
from nova_pci_ext.drawing import plot
from nova_pci_ext.drawing import svg
from nova_pci_ext.drawing.boxes import BoxKind
from nova_pci_ext.handing_out import device_views
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.view import Use
from tests import device_scenes as scenes
from tests import hgx_host

NAMESPACE = '{http://www.w3.org/2000/svg}'


def crowd():
    """A PF with more VFs than a row takes, and long names."""
    return scenes.views(
        scenes.pf(product_name='very long name ' * 20),
        *(scenes.vf(f'0000:0a:{index // 8:02x}.{index % 8}', vf_index=index)
          for index in range(1, 64)),
        scenes.device('0000:ff:00.0'), scenes.device('10000:ff:00.0'))


def many_vfs(number=256):
    """A card with more VFs than anybody reads one by one."""
    return [*scenes.views(scenes.pf(), use=Use.NOT_HANDED_OUT), *(
        view for index in range(number) for view in scenes.views(
            scenes.vf(f'0000:0b:{index // 8:02x}.{index % 8}',
                      vf_index=index, owner='u' if index < 3 else None),
            use=Use.OWNED if index < 3 else Use.FREE))]


SCENES = {'every use': scenes.host_of_every_use(), 'crowd': crowd(),
          'nothing': (), 'many VFs': many_vfs()}


def overlap(one, other):
    """Whether two boxes share a point, their edges included."""
    return (one.x <= other.x + other.width and other.x <= one.x + one.width
            and one.y <= other.y + other.height
            and other.y <= one.y + one.height)


@pytest.mark.parametrize('views', SCENES.values(), ids=SCENES)
def test_boxes_lie_inside_each_other_and_beside_each_other(views):
    host = plot.arrange('host', views)
    for box in host.walk():
        for one, other in itertools.combinations(box.children, 2):
            assert not overlap(one, other)
        for child in box.children:
            assert box.x < child.x
            assert child.x + child.width < box.x + box.width
            assert box.y + boxes.LINE * len(box.lines) < child.y
            assert child.y + child.height < box.y + box.height


@pytest.mark.parametrize('views', SCENES.values(), ids=SCENES)
def test_every_text_fits_into_its_box(views):
    """A letter of the fonts named is 0.602 of its size wide, or less."""
    assert svg.FONT_SIZE * 0.602 < boxes.LETTER
    host = plot.arrange('host', views)
    for box in host.walk():
        for line in box.lines:
            assert boxes.LETTER * len(line) < box.width - boxes.GAP
        assert boxes.LINE * len(box.lines) < box.height


@pytest.mark.parametrize('views', SCENES.values(), ids=SCENES)
def test_the_legend_is_above_the_host_and_does_not_overlap(views):
    host = plot.arrange('host', views)
    legend = svg.legend_boxes(host, plot.legend(views))
    assert all(not overlap(one, other) for one, other in
               itertools.combinations((host, *legend), 2))


def test_every_device_is_drawn_in_its_colour():
    views = scenes.host_of_every_use()
    host = plot.arrange('host', views)
    drawn = collections.Counter(
        box.use for box in host.walk() if box.kind is BoxKind.DEVICE)
    assert drawn == {Use.FREE: 1, Use.OWNED: 3, Use.DEPENDENT: 1,
                     Use.NOT_HANDED_OUT: 1}
    assert plot.legend(views) == (
        ('free: 1', Use.FREE), ('owned: 3', Use.OWNED),
        ('dependent: 1', Use.DEPENDENT),
        ('not handed out: 1', Use.NOT_HANDED_OUT))


def test_what_the_boxes_say():
    host = plot.arrange('host', scenes.host_of_every_use())
    assert [box.lines for box in host.walk()] == [
        ('host',), ('NUMA node 0',), ('root complex pci0000:00',),
        ('0000:00:01.0 root port',),
        ('0000:0a:00.0 PF Ethernet', '8086:1521 I350 <Gigabit> & more',
         'igb, eno1, 3 of 7 VFs'),
        ('0a:10.0', 'VF 0'), ('0a:10.1', 'VF 1', '12345678'),
        ('0a:10.2', 'VF 2', '22345678'),
        ('NUMA node 1',), ('root complex pci0000:80',),
        ('0000:80:01.0 bridge',),
        ('0000:81:00.0 3D', '10de:1db6', 'no driver',
         'owned by a2345678-1234-1234-1234-123456789abc'),
        ('no NUMA node',),
        ('0000:00:1f.2 storage', '8086:1521', 'no driver')]


def test_more_than_64_vfs_of_a_card_are_an_overview():
    card = plot.arrange('host', many_vfs()).children[0].children[-1]
    while len(card.children) == 1:
        (card,) = card.children
    assert card.lines[-2:] == (
        '0000:0b:00.0 to 0000:0b:1f.7, 256 devices (VF 0-255)',
        '253 free, 3 owned')
    assert [(each.lines, each.use) for each in card.children] == [
        *[((), Use.OWNED)] * 3, *[((), Use.FREE)] * 253]
    assert card.children[0].hint.startswith('0000:0b:00.0 VF')
    assert card.width < 700


def test_64_vfs_of_a_card_have_their_text():
    card = plot.arrange('host', many_vfs(64)).children[0].children[-1]
    while len(card.children) == 1:
        (card,) = card.children
    assert [each.lines[0] for each in card.children][:2] == [
        '0b:00.0', '0b:00.1']


def test_devices_of_no_use_that_are_alike_share_a_box():
    host = plot.arrange('host', scenes.views(
        scenes.device('0000:7f:08.0'), scenes.device('0000:7f:09.0'),
        scenes.device('0000:7f:0a.0'), use=Use.NOT_HANDED_OUT))
    assert [box.lines[0] for box in host.walk()][2:] == [
        '0000:7f:08.0 and 2 more Ethernet']


def test_without_a_configuration_the_legend_says_so():
    assert plot.legend(scenes.views(scenes.pf()))[-1] == (
        'no configuration read: 1', None)


def test_the_file_is_svg_with_a_rectangle_for_each_box():
    views = scenes.host_of_every_use()
    root = ElementTree.fromstring(plot.draw(Inventory(host='a & b'), views))
    assert root.tag == f'{NAMESPACE}svg'
    rectangles = root.findall(f'{NAMESPACE}rect')
    classes = collections.Counter(each.get('class') for each in rectangles)
    # One of each use more than there are devices: the legend.
    assert (classes['free'], classes['owned'], classes['dependent']) == (
        2, 4, 2)
    assert root.findtext(f'{NAMESPACE}text') == 'a & b'
    titles = [each.findtext(f'{NAMESPACE}title') for each in rectangles]
    assert ('0000:0a:10.0 VF Ethernet 8086:1520 igbvf eno1v0 free, '
            'device_spec[0]') in titles


def test_the_picture_is_as_large_as_what_is_in_it():
    views = scenes.host_of_every_use()
    root = ElementTree.fromstring(plot.draw(Inventory(host='h'), views))
    left, top, width, height = map(int, root.get('viewBox').split())
    for each in root.findall(f'{NAMESPACE}rect'):
        x, y = int(each.get('x')), int(each.get('y'))
        assert left <= x and x + int(each.get('width')) <= left + width
        assert top <= y and y + int(each.get('height')) <= top + height


def test_switches_and_groups_are_in_their_boxes():
    host = hgx_host.host()
    views = device_views.view_devices(host, None, parsing.parse_device_groups(
        parsing.option_values('device_group', [
            json.dumps(hgx_host.groups())]), parsing.Faults()))
    lines = [box.lines for box in plot.arrange('host', views).walk()]
    assert ('0000:b3:00.0 PCIe switch',) in lines
    assert ('0000:b8:00.0 PF 3D', '10de:2330', 'vfio-pci, 0 of 16 VFs',
            'nvlink p0 p1 p3 p7') in lines
