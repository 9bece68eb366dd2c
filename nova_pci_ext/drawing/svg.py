# SPDX-License-Identifier: Apache-2.0

"""Boxes as the text of an SVG file; no library is needed for that."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from xml.sax import saxutils

from nova_pci_ext.drawing import boxes
from nova_pci_ext.drawing.boxes import Box
from nova_pci_ext.drawing.boxes import BoxKind
from nova_pci_ext.drawing.boxes import GAP
from nova_pci_ext.drawing.boxes import LETTER
from nova_pci_ext.drawing.boxes import LINE
from nova_pci_ext.model.view import Use

FONT_SIZE = 13
_STYLE = f"""\
text {{ font: {FONT_SIZE}px 'DejaVu Sans Mono', 'Courier New', monospace;
       fill: #1a1a1a; }}
.first {{ font-weight: bold; }}
rect {{ stroke: #555; stroke-width: 1; fill: #fff; }}
.host, .complex {{ fill: #fff; }}
.numa {{ fill: #f7f7fb; }}
.bridge {{ fill: #fff; stroke: #999; }}
.free {{ fill: #bfe5b8; }}
.owned {{ fill: #8fbbe8; stroke-width: 2; stroke: #1f4e86; }}
.dependent {{ fill: #f7dc80; stroke-dasharray: 4 2; }}
.drained {{ fill: #f2b8b5; stroke-dasharray: 4 2; }}
.not-handed-out {{ fill: #e2e2e2; }}
"""
_CLASSES: Mapping[Use | None, str] = {
    Use.FREE: 'free', Use.OWNED: 'owned', Use.DEPENDENT: 'dependent',
    Use.DRAINED: 'drained', Use.NOT_HANDED_OUT: 'not-handed-out',
    None: 'unknown'}


def render(host: Box, legend: Sequence[tuple[str, Use | None]]) -> str:
    """Return the whole file.

    :param host: the outermost box, at the origin
    :param legend: (text, use) of each colour
    """
    entries = legend_boxes(host, legend)
    top = min(box.y for box in (host, *entries)) - GAP
    width = max(box.x + box.width for box in (host, *entries)) + 2 * GAP
    height = host.y + host.height + GAP - top
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" viewBox="-{GAP} {top} {width} {height}">',
        f'<style>\n{_STYLE}</style>',
        f'<rect x="-{GAP}" y="{top}" width="{width}" height="{height}" '
        'style="stroke: none"/>',
        *(line for box in (*host.walk(), *entries) for line in _box(box)),
        '</svg>']
    return '\n'.join(lines) + '\n'


def legend_boxes(host: Box, legend: Sequence[tuple[str, Use | None]],
                 ) -> tuple[Box, ...]:
    """Place the legend above the host, in one row.

    There it is seen first, however tall the host is.
    """
    entries = boxes.enclose(
        BoxKind.HOST, (), [boxes.enclose(BoxKind.DEVICE, [text], (), use=use)
                           for text, use in legend],
        width=sum(2 * GAP + LETTER * (len(text) + 4) for text, _ in legend))
    return tuple(
        boxes.move(each, 0, host.y - entries.height)
        for each in entries.children)


def _box(box: Box) -> Iterator[str]:
    style = (_CLASSES[box.use] if box.kind is BoxKind.DEVICE
             else box.kind.value)
    yield (f'<rect class="{style}" x="{box.x}" y="{box.y}" '
           f'width="{box.width}" height="{box.height}" rx="3"'
           + (f'><title>{saxutils.escape(box.hint)}</title></rect>'
              if box.hint else '/>'))
    for number, line in enumerate(box.lines):
        first = ' class="first"' if number == 0 else ''
        y = box.y + GAP + LINE * (number + 1) - (LINE - FONT_SIZE)
        yield (f'<text{first} x="{box.x + GAP}" y="{y}">'
               f'{saxutils.escape(line)}</text>')
