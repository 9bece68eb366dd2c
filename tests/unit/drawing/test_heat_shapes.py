# SPDX-License-Identifier: Apache-2.0

from xml.etree import ElementTree

from nova_pci_ext.drawing import heat_shapes
from nova_pci_ext.model.host_counts import ClassCounts
from tests.drawn_hosts import GPU


def test_words_neither_end_their_element_nor_move_a_cursor():
    shown = heat_shapes.text(1.5, 2, '</text>\x1b[31m', 'small')
    element = ElementTree.fromstring(shown)
    assert (element.get('x'), element.get('class')) == ('1.5', 'small')
    assert element.text == '</text>\\x1b[31m'


def test_a_rectangle_has_a_note_or_is_closed_at_once():
    assert heat_shapes.rect(0, 0, 1, 2, 'fill="#fff"').endswith('/>')
    noted = heat_shapes.rect(0, 0, 1, 2, 'fill="#fff"', 'a & b')
    assert ElementTree.fromstring(noted).findtext('title') == 'a & b'


def test_a_title_names_hosts_class_and_counts():
    assert heat_shapes.title(['h1', 'h2'], GPU, ClassCounts(free=1, used=1),
                             disabled=True) == (
        'h[1-2] (2 hosts), disabled; 10de:20b0 PCI: 1 of 2 free, 1 used')
