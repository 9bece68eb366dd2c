# SPDX-License-Identifier: Apache-2.0

"""Boxes are as large as what is in them, and nothing overlaps."""

from nova_pci_ext.drawing import boxes
from nova_pci_ext.drawing.boxes import Box
from nova_pci_ext.drawing.boxes import BoxKind
from nova_pci_ext.drawing.boxes import GAP
from nova_pci_ext.drawing.boxes import LETTER
from nova_pci_ext.drawing.boxes import LINE


def device(text='abc'):
    return boxes.enclose(BoxKind.DEVICE, [text], ())


def test_a_box_is_as_large_as_its_text():
    assert device() == Box(
        x=0, y=0, width=3 * LETTER + 2 * GAP, height=LINE + 2 * GAP,
        kind=BoxKind.DEVICE, lines=('abc',))


def test_long_texts_are_cut():
    [line] = device('x' * 60).lines
    assert line == 'x' * 51 + '...'
    assert device('x' * 54).lines == ('x' * 54,)


def test_children_stand_in_rows_below_the_text():
    one = device()
    host = boxes.enclose(BoxKind.HOST, ['host'], [one] * 3,
                         width=GAP + 2 * (one.width + GAP))
    top, below = 2 * GAP + LINE, 2 * GAP + LINE + one.height + GAP
    assert [(box.x, box.y) for box in host.children] == [
        (GAP, top), (2 * GAP + one.width, top), (GAP, below)]
    assert (host.width, host.height) == (
        2 * one.width + 3 * GAP, below + one.height + GAP)


def test_moving_a_box_moves_what_is_in_it():
    host = boxes.enclose(BoxKind.HOST, (), [device()])
    moved = boxes.move(host, 10, 20)
    assert [(box.x, box.y) for box in moved.walk()] == [
        (10, 20), (10 + GAP, 20 + GAP)]
    assert [(box.x, box.y) for box in host.walk()] == [(0, 0), (GAP, GAP)]
