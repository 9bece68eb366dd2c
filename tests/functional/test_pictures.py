# SPDX-License-Identifier: Apache-2.0

"""The pictures of the documentation are of this tree, and legible."""

import itertools

import pytest

from nova_pci_ext import claims
from tests.unit import test_layering
from tools.pictures import __main__ as command
from tools.pictures import states

PICTURES = command.pictures()


@pytest.mark.parametrize('name', PICTURES)
def test_a_picture_is_that_of_its_source(name):
    """Else: python -m tools.pictures."""
    assert (command.FOLDER / name).read_text() == PICTURES[name].render()


@pytest.mark.parametrize('name', PICTURES)
def test_no_text_lies_on_another(name):
    texts = PICTURES[name].texts
    assert [(one, other) for (one, here), (other, there)
            in itertools.combinations(texts, 2) if here.overlaps(there)] == []


@pytest.mark.parametrize('name', PICTURES)
def test_no_box_lies_on_another(name):
    boxes = PICTURES[name].boxes.items()
    assert [(one, other) for (one, here), (other, there)
            in itertools.combinations(boxes, 2) if here.overlaps(there)] == []


@pytest.mark.parametrize('name', PICTURES)
def test_a_text_is_in_one_box_or_beside_all(name):
    """A text that lies across an edge cannot be read."""
    canvas = PICTURES[name]
    across = [
        (text, title) for text, area in canvas.texts
        for title, box in canvas.boxes.items() if area.overlaps(box)
        and not (box.left <= area.left and area.right <= box.right)]
    assert across == []


def test_every_layer_and_state_is_shown():
    assert set(PICTURES['layers.svg'].boxes) == set(test_layering.LAYERS)
    assert set(PICTURES['states.svg'].boxes) == {
        each.value for each in states.ClaimState}
    assert set(states.HELD) == set(claims.HOLDS)
