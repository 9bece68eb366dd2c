# SPDX-License-Identifier: Apache-2.0

import re
from xml.etree import ElementTree

import pytest

from nova_pci_ext.drawing import fleet_page
from nova_pci_ext.drawing import heat_map
from nova_pci_ext.drawing import levels
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts
from nova_pci_ext.model.host_counts import GroupCounts

GPU = DeviceClass(vendor_id='10de', product_id='20b0', dev_type='type-PCI')
NIC = DeviceClass(vendor_id='15b3', product_id='101e', dev_type='type-VF')
SVG = '{http://www.w3.org/2000/svg}'
HOSTILE = '<script>&"\x1b[31m\u202e\n'
COLOURS = {level.colour: level.text for level in levels.LEVELS}


def equal(*names, free=4, of=8, kind=GPU, disabled=False, **more):
    return EqualHosts(hosts=names, disabled=disabled, classes=((
        kind, ClassCounts(free=free, used=of - free, **more)),))


def many(number):
    """Return more kinds of hosts than a table has, each of two hosts."""
    return [EqualHosts(hosts=(f'a-{each}', f'b-{each}'), classes=((
        GPU, ClassCounts(free=each, used=number - each)),))
        for each in range(number)]


def fields(text):
    """Return (colour, x, y, width, title) of each coloured rectangle."""
    root = ElementTree.fromstring(text)
    return [(COLOURS[each.get('fill')], *(
        float(each.get(key)) for key in ('x', 'y', 'width')),
        each.findtext(f'{SVG}title'))
        for each in root.iter(f'{SVG}rect')
        if each.get('fill') in COLOURS and each.find(f'{SVG}title')
        is not None]


def words(text):
    return [each.text for each in ElementTree.fromstring(text).iter(
        f'{SVG}text')]


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


def test_the_legend_is_above_the_hosts_and_names_each_colour():
    shown = heat_map.draw([equal('h')], {}, '')
    found = words(shown)
    last = max(found.index(text) for text in (
        *COLOURS.values(), 'some drained', 'some unhealthy', 'no device'))
    assert last < found.index('h')
    assert all(y > 100 for _, _, y, _, _ in fields(shown))


@pytest.mark.parametrize(('counts', 'drained', 'unhealthy'), [
    ({}, 0, 0), ({'drained': 1}, 1, 0), ({'drained_used': 1}, 1, 0),
    ({'unhealthy': 1}, 0, 1)], ids=str)
def test_drained_and_unhealthy_devices_have_marks(counts, drained, unhealthy):
    def number(shown):
        return (shown.count('url(#drained)'), shown.count('fill="#d55e00"'))
    plain = number(heat_map.draw([equal('h')], {}, ''))
    assert number(heat_map.draw([equal('h', **counts)], {}, '')) == (
        plain[0] + drained, plain[1] + unhealthy)


def test_many_kinds_of_hosts_are_squares_of_which_each_is_a_host():
    kinds = many(heat_map.MOST_ROWS + 1)
    shown = heat_map.draw(kinds, {}, '')
    found = fields(shown)
    hosts = sum(len(each.hosts) for each in kinds)
    side = heat_map._SIDES[0][1]
    assert sum(width for *_, width, _ in found) == hosts * side
    # From the left and from above, those with most free devices first.
    places = [(y, x) for _, x, y, _, _ in found]
    assert places == sorted(places)
    order = list(COLOURS.values())
    colours = [order.index(colour) for colour, *_ in found]
    assert colours == sorted(colours, reverse=True)
    assert found[0][-1].startswith('a-40,b-40 (2 hosts); 10de:20b0 PCI: 40 ')
    assert 'on 82 hosts' in shown


def test_equal_hosts_that_stand_side_by_side_are_one_field():
    kinds = [*many(heat_map.MOST_ROWS + 1),
             equal(*(f'n-{number}' for number in range(1900)), free=8)]
    found = fields(heat_map.draw(kinds, {}, ''))
    longest = [each for each in found
               if 'n-[0-1899] (1,900 hosts)' in each[-1]]
    across = (heat_map.WIDTH - 2 * heat_map.MARGIN) // 12
    assert len(longest) == -(-1900 // across)
    assert sum(width for *_, width, _ in longest) == 1900 * 12


@pytest.mark.parametrize(('position', 'number', 'expected'), [
    (0, 3, [(0, 0, 3)]), (0, 10, [(0, 0, 10)]),
    (8, 4, [(0, 8, 10), (1, 0, 2)]), (10, 1, [(1, 0, 1)]),
    (9, 22, [(0, 9, 10), (1, 0, 10), (2, 0, 10), (3, 0, 1)])])
def test_a_run_goes_on_in_the_next_row(position, number, expected):
    assert list(heat_map._parts(position, number, 10)) == expected


def test_the_picture_is_not_wider_than_a_screen_and_grows_for_classes():
    def width(number):
        classes = tuple((DeviceClass(
            vendor_id='10de', product_id=f'{each:04x}', dev_type='vdpa'),
            ClassCounts(free=1)) for each in range(number))
        return int(ElementTree.fromstring(heat_map.draw(
            [EqualHosts(hosts=('h',), classes=classes)], {}, '')).get('width'))
    assert width(1) == width(12) == heat_map.WIDTH
    assert width(30) == 2 * heat_map.MARGIN + heat_map._LABEL + 30 * 84


@pytest.mark.parametrize('number', [1, heat_map.MOST_ROWS + 1])
@pytest.mark.parametrize('draw', [heat_map.draw, fleet_page.draw])
def test_no_name_becomes_a_part_of_the_file(draw, number):
    kind = DeviceClass(vendor_id='10de', product_id='20b0',
                       dev_type=f'type{HOSTILE}')
    shown = draw([equal(f'{HOSTILE}{each}', free=each, of=99, kind=kind)
                  for each in range(number)], {kind: HOSTILE}, 'noon')
    assert '&lt;script&gt;&amp;' in shown
    assert '<script' not in shown
    assert '\x1b' not in shown
    assert '\u202e' not in shown
    svg = re.search('<svg.*</svg>', shown, re.DOTALL).group()
    ElementTree.fromstring(svg)


@pytest.mark.parametrize('draw', [heat_map.draw, fleet_page.draw])
def test_a_cloud_without_hosts_is_a_picture_too(draw):
    assert 'of 0 hosts' in draw([], {}, '')
