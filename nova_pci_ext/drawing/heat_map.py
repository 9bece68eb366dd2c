# SPDX-License-Identifier: Apache-2.0

"""A picture of all hosts of a cloud: what is free of each class, as SVG.

Few kinds of hosts are a table, one row for equal hosts and one column for a
class.  Many are squares, one a host, in a band for each class: those with most
free devices first.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.drawing import heat_bands
from nova_pci_ext.drawing import heat_shapes as shapes
from nova_pci_ext.drawing import heat_table
from nova_pci_ext.drawing import levels
from nova_pci_ext.drawing.heat_shapes import MARGIN
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts

#: Rows of a table; more kinds of hosts are squares.
MOST_ROWS = 40
_LETTER = 8
_STYLE = """\
text { font: 13px 'DejaVu Sans', Helvetica, Arial, sans-serif;
       fill: #1a1a1a; }
.head { font-size: 19px; font-weight: bold; }
.class { font-weight: bold; }
.small { font-size: 12px; fill: #444; }
.none { fill: #f4f4f4; stroke: #d9d9d9; }
.over { pointer-events: none; }"""
Names = Mapping[DeviceClass, str]


def draw(folded: Sequence[EqualHosts], names: Names, when: str) -> str:
    """Return the picture as the text of an SVG file.

    :param folded: in the order of the rows
    :param names: of products, as far as they are known
    :param when: the moment that is shown, for people
    """
    classes = sorted({kind for equal in folded for kind, _ in equal.classes})
    if len(folded) <= MOST_ROWS:
        width, height, body = heat_table.draw(folded, classes, names)
        caption = ('How many devices a server can get now; g4: the largest '
                   'device group that is whole has 4. ')
    else:
        width, height, body = heat_bands.draw(folded, classes, names)
        caption = 'One square is one host. '
    caption += 'Rest the pointer on a field for more.'
    hosts = sum(len(equal.hosts) for equal in folded)
    title = (f'PCI devices of {hosts:,} host{"s" * (hosts != 1)} in '
             f'the database of Nova, {when}')
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}">',
        f'<title>{shapes.escaped(title)}</title>',
        f'<style>\n{_STYLE}\n</style>',
        *shapes.patterns(),
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        shapes.text(MARGIN, 36, title, 'head'), *_legend(),
        shapes.text(MARGIN, 96, caption, 'small'), *body, '</svg>']
    return '\n'.join(lines) + '\n'


def _legend() -> Iterator[str]:
    """Yield what colours and marks mean, in one row below the title."""
    x = MARGIN
    for level in levels.LEVELS:
        yield shapes.rect(x, 54, 18, 18, f'fill="{level.colour}"')
        yield shapes.text(x + 24, 68, level.text)
        x += 46 + _LETTER * len(level.text)
    for text, mark in (
            ('some drained', shapes.rect(0, 0, 18, 18, 'fill="#958f78"')
             + shapes.rect(0, 0, 18, 18, 'fill="url(#drained)"')),
            ('some unhealthy', shapes.triangle(2, 2, 13)),
            ('no device', shapes.rect(0, 0, 18, 18, 'class="none"'))):
        yield f'<g transform="translate({x} 54)">{mark}</g>'
        yield shapes.text(x + 24, 68, text)
        x += 44 + _LETTER * len(text)
