# SPDX-License-Identifier: Apache-2.0

import re
from xml.etree import ElementTree

import pytest

from nova_pci_ext.drawing import fleet_page
from nova_pci_ext.drawing import heat_map
from nova_pci_ext.model.host_counts import DeviceClass
from tests.drawn_hosts import COLOURS
from tests.drawn_hosts import equal
from tests.drawn_hosts import fields
from tests.drawn_hosts import words

HOSTILE = '<script>&"\x1b[31m\u202e\n'


@pytest.mark.parametrize(('counts', 'drained', 'unhealthy'), [
    ({}, 0, 0), ({'drained': 1}, 1, 0), ({'drained_used': 1}, 1, 0),
    ({'unhealthy': 1}, 0, 1)], ids=str)
def test_drained_and_unhealthy_devices_have_marks(counts, drained, unhealthy):
    def number(shown):
        return (shown.count('url(#drained)'), shown.count('fill="#d55e00"'))
    plain = number(heat_map.draw([equal('h')], {}, ''))
    assert number(heat_map.draw([equal('h', **counts)], {}, '')) == (
        plain[0] + drained, plain[1] + unhealthy)


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


def test_the_legend_is_above_the_hosts_and_names_each_colour():
    shown = heat_map.draw([equal('h')], {}, '')
    found = words(shown)
    last = max(found.index(text) for text in (
        *COLOURS.values(), 'some drained', 'some unhealthy', 'no device'))
    assert last < found.index('h')
    assert all(y > 100 for _, _, y, _, _ in fields(shown))
