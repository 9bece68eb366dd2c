# SPDX-License-Identifier: Apache-2.0

"""Bars of two or three sides, in groups that have a scale each."""

import dataclasses
from collections.abc import Sequence

from tools.pictures import canvas
from tools.pictures.canvas import Area
from tools.pictures.canvas import Canvas

STYLE = canvas.STYLE + """\
.theirs { fill: #d9d2c6; stroke: #8a8172; }
.tail { fill: #fff; fill-opacity: .45; stroke: none; }
"""
LEFT, BAR_WIDTH, RIGHT = 250, 300, 260
BAR, GAP, TOP = 18, 16, 56


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One bar.

    :ivar side: what it is of
    :ivar value: its length
    :ivar slow: a part of the bar that begins there is lighter; None for none
    :ivar text: stands beside it
    """

    side: str
    value: float
    text: str
    is_ours: bool
    slow: float | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Bars that are compared with each other."""

    title: str
    bars: Sequence[Bar]


def draw(title: str, note: str, groups: Sequence[Group]) -> Canvas:
    """Return the picture: the longest bar of each group is as wide as all."""
    rows = sum(len(group.bars) for group in groups)
    height = TOP + rows * (BAR + 4) + len(groups) * (GAP + 20)
    found = Canvas(LEFT + BAR_WIDTH + RIGHT, height, STYLE)
    found.text((20, 24), title, 'title')
    found.text((20, 42), note)
    top: float = TOP
    for group in groups:
        found.text((20, top + 14), group.title, 'title')
        top += 20
        longest = max(bar.value for bar in group.bars)
        for bar in group.bars:
            _bar(found, top, bar, BAR_WIDTH / longest)
            top += BAR + 4
        top += GAP
    return found


def _bar(found: Canvas, top: float, bar: Bar, scale: float) -> None:
    found.text((36, top + 13), bar.side)
    right = LEFT + max(1.0, bar.value * scale)
    found.lane(Area(left=LEFT, top=top, right=right, bottom=top + BAR),
               'ours' if bar.is_ours else 'theirs')
    if bar.slow is not None and LEFT + bar.slow * scale < right:
        found.lane(Area(left=LEFT + bar.slow * scale, top=top + 1,
                        right=right - 1, bottom=top + BAR - 1), 'tail')
    found.text((right + 8, top + 13), bar.text)
