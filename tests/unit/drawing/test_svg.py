# SPDX-License-Identifier: Apache-2.0

"""Boxes as a file that a browser shows."""

from xml.etree import ElementTree

from nova_pci_ext.drawing import boxes
from nova_pci_ext.drawing import svg
from nova_pci_ext.drawing.boxes import BoxKind
from nova_pci_ext.model.view import Use

SVG = '{http://www.w3.org/2000/svg}'
DEVICE = boxes.enclose(BoxKind.DEVICE, ['a <b> & c'], (), use=Use.OWNED,
                       hint='"hint" & <more>')
HOST = boxes.enclose(BoxKind.HOST, ['host'], [DEVICE])
LEGEND = [('free', Use.FREE), ('unknown', None)]


def test_every_text_is_escaped_and_every_box_has_its_class():
    root = ElementTree.fromstring(svg.render(HOST, LEGEND))
    assert [each.text for each in root.iter(f'{SVG}text')] == [
        'host', 'a <b> & c', 'free', 'unknown']
    assert [each.get('class') for each in root.iter(f'{SVG}rect')] == [
        None, 'host', 'owned', 'free', 'unknown']
    assert [each.text for each in root.iter(f'{SVG}title')] == [
        '"hint" & <more>']


def test_the_legend_is_one_row_above_the_host():
    one, two = svg.legend_boxes(HOST, LEGEND)
    assert one.y == two.y
    assert one.y + one.height < HOST.y
    assert two.x >= one.x + one.width


def test_everything_is_inside_the_picture():
    root = ElementTree.fromstring(svg.render(HOST, LEGEND))
    left, top, width, height = map(int, root.get('viewBox').split())
    for box in (*HOST.walk(), *svg.legend_boxes(HOST, LEGEND)):
        assert left < box.x and box.x + box.width < left + width
        assert top < box.y and box.y + box.height < top + height
