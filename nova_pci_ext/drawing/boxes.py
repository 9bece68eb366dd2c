# SPDX-License-Identifier: Apache-2.0

"""Boxes in boxes: their sizes and places, in whole pixels.

A box is as large as its own lines and the boxes in it need; those stand in
rows below the lines, so that nothing overlaps.  The font is one whose
letters are equally wide, or the width of a text would not be known here.
"""

import dataclasses
import enum
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.model.view import Use

LETTER, LINE, GAP = 8, 17, 8
# Longer texts are cut, or a single name would make the picture wide.
MOST_LETTERS = 54


class BoxKind(enum.StrEnum):
    """What a box stands for."""

    HOST = 'host'
    NUMA = 'numa'
    COMPLEX = 'complex'
    BRIDGE = 'bridge'
    DEVICE = 'device'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """One rectangle of the picture.

    :ivar x: left edge, from the left edge of the picture
    :ivar y: upper edge, from the upper edge of the picture
    :ivar lines: its text, from above, not longer than it is wide
    :ivar hint: what is shown when the pointer rests on it
    :ivar use: of a device; None where nothing is known of it
    """

    x: int
    y: int
    width: int
    height: int
    kind: BoxKind
    lines: tuple[str, ...] = ()
    hint: str = ''
    use: Use | None = None
    children: tuple['Box', ...] = ()

    def walk(self) -> Iterator['Box']:
        """Yield this box and all in it, the outer ones first."""
        yield self
        for child in self.children:
            yield from child.walk()


def enclose(kind: BoxKind, lines: Sequence[str], children: Iterable[Box], *,
            width: int = 0, hint: str = '', use: Use | None = None) -> Box:
    """Make a box around others, at the origin.

    :param children: wherever they are now
    :param width: in which the rows of children should stay; a child that
        is wider has a row of its own
    """
    shown = tuple(_cut(line) for line in lines)
    top = GAP + LINE * len(shown) + (GAP if shown else 0)
    placed = tuple(_rows(children, top, width))
    text = max((LETTER * len(line) for line in shown), default=0)
    right = max((box.x + box.width for box in placed), default=0)
    bottom = max((box.y + box.height + GAP for box in placed), default=top)
    return Box(x=0, y=0, width=max(text + GAP, right) + GAP, height=bottom,
               kind=kind, lines=shown, hint=hint, use=use, children=placed)


def _rows(children: Iterable[Box], top: int, width: int) -> Iterator[Box]:
    """Place boxes in rows, from the left and from above."""
    x, y, below = GAP, top, top
    for child in children:
        if x > GAP and x + child.width > width:
            x, y = GAP, below
        yield move(child, x - child.x, y - child.y)
        x += child.width + GAP
        below = max(below, y + child.height + GAP)


def move(box: Box, right: int, down: int) -> Box:
    """Move a box and all in it."""
    return dataclasses.replace(
        box, x=box.x + right, y=box.y + down,
        children=tuple(move(each, right, down) for each in box.children))


def _cut(line: str) -> str:
    return (line if len(line) <= MOST_LETTERS
            else f'{line[:MOST_LETTERS - 3]}...')
