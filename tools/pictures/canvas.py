# SPDX-License-Identifier: Apache-2.0

"""Boxes, arrows and texts of one SVG picture.

Every text has a given width (``textLength``), so that a picture looks the
same whatever font the reader has, and overlaps can be tested.
"""

import dataclasses
from collections.abc import Sequence
from xml.sax import saxutils

LETTER, LINE, FONT_SIZE = 7.25, 16, 12
STYLE = f"""\
text {{ font: {FONT_SIZE}px 'DejaVu Sans Mono', Menlo, Consolas, monospace;
       fill: #1a1a1a; white-space: pre; }}
.title {{ font-weight: bold; }}
.label {{ fill: #444; }}
rect {{ fill: #fff; stroke: #555; }}
.page {{ fill: #fcfcfd; stroke: none; }}
.ours {{ fill: #d9ebfa; stroke: #1f4e86; stroke-width: 1.5; }}
.lane {{ fill: #f1f1f6; stroke: none; }}
.free {{ fill: #bfe5b8; }}
.owned {{ fill: #8fbbe8; }}
.dependent {{ fill: #f7dc80; }}
.gone {{ fill: #e2e2e2; }}
path {{ fill: none; stroke: #333; stroke-width: 1.3;
       marker-end: url(#head); }}
.dashed {{ stroke-dasharray: 5 3; }}
marker path {{ fill: #333; stroke: none; marker-end: none; }}
"""
_HEAD = ('<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" '
         'markerWidth="8" markerHeight="8" orient="auto">'
         '<path d="M0,0 L8,4 L0,8 z"/></marker></defs>')

Point = tuple[float, float]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """A rectangle that a box or a text takes, in pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: 'Area') -> bool:
        """Whether two areas share more than an edge."""
        return (self.left < other.right and other.left < self.right
                and self.top < other.bottom and other.top < self.bottom)


class Canvas:
    """Collects shapes, and writes them as one file.

    :ivar texts: text to the area that it takes
    :ivar boxes: title to the area of its box; lanes are not boxes
    """

    def __init__(self, width: int, height: int, style: str = STYLE) -> None:
        self.texts: list[tuple[str, Area]] = []
        self.boxes: dict[str, Area] = {}
        self._size = (width, height)
        self._style = style
        self._shapes: list[str] = []

    def lane(self, area: Area, style: str = 'lane') -> None:
        """Draw a background."""
        self._shapes.append(
            f'<rect class="{style}" x="{area.left:g}" y="{area.top:g}" '
            f'width="{area.right - area.left:g}" '
            f'height="{area.bottom - area.top:g}" rx="4"/>')

    def box(self, at: Point, width: float, lines: Sequence[str],
            style: str = 'theirs') -> Area:
        """Draw a box with a title and further lines, centred."""
        left, top = at
        area = Area(left=left, top=top, right=left + width,
                    bottom=top + LINE * len(lines) + 12)
        self.lane(area, style)
        self.boxes[lines[0]] = area
        for number, line in enumerate(lines):
            self.text((left + (width - LETTER * len(line)) / 2,
                       top + LINE * (number + 1)), line,
                      'title' if number == 0 else 'label')
        return area

    def text(self, at: Point, text: str, style: str = 'label') -> None:
        """Write a text; ``at`` is the left end of its base line."""
        left, base = at
        width = LETTER * len(text)
        self.texts.append((text, Area(
            left=left, top=base - FONT_SIZE + 2, right=left + width,
            bottom=base + 3)))
        self._shapes.append(
            f'<text class="{style}" x="{left:g}" y="{base:g}" '
            f'textLength="{width:g}" xml:space="preserve">'
            f'{saxutils.escape(text)}</text>')

    def arrow(self, *points: Point, style: str = '') -> None:
        """Draw an arrow along points."""
        line = ' L'.join(f'{x:g},{y:g}' for x, y in points)
        self._shapes.append(f'<path class="{style}" d="M{line}"/>')

    def render(self) -> str:
        """Return the whole file."""
        width, height = self._size
        return '\n'.join([
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" viewBox="0 0 {width} {height}">',
            f'<style>\n{self._style}</style>', _HEAD,
            f'<rect class="page" width="{width}" height="{height}" rx="6"/>',
            *self._shapes, '</svg>']) + '\n'
