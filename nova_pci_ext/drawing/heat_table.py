# SPDX-License-Identifier: Apache-2.0

"""Few kinds of hosts as a table: one row for equal hosts, a column a class."""

from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.drawing import heat_shapes as shapes
from nova_pci_ext.drawing import host_names
from nova_pci_ext.drawing import levels
from nova_pci_ext.drawing.heat_shapes import MARGIN
from nova_pci_ext.drawing.heat_shapes import TOP
from nova_pci_ext.drawing.heat_shapes import WIDTH
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts

_ROW, _LABEL = 26, 330
_COLUMNS = (84, 240)


def draw(folded: Sequence[EqualHosts], classes: Sequence[DeviceClass],
         names: Mapping[DeviceClass, str]) -> tuple[int, int, list[str]]:
    """Return width and height in pixels, and the elements of a table.

    :param folded: in the order of the rows
    :param names: of products, as far as they are known
    """
    least, most = _COLUMNS
    column = max(least, min(most, (WIDTH - 2 * MARGIN - _LABEL)
                            // max(1, len(classes))))
    body = []
    for number, kind in enumerate(classes):
        x = MARGIN + _LABEL + number * column
        body += [shapes.text(x, TOP + 4, _cut(str(kind), column, 8), 'class'),
                 shapes.text(x, TOP + 21, _cut(names.get(kind, ''), column, 7),
                             'small')]
    top = TOP + 32
    for number, equal in enumerate(folded):
        y = top + number * _ROW
        body.append(shapes.text(MARGIN, y + 17, _row_name(equal)))
        for place, kind in enumerate(classes):
            body += _cell(MARGIN + _LABEL + place * column, y, column - 4,
                          equal, kind)
    width = max(WIDTH, 2 * MARGIN + _LABEL + len(classes) * column)
    return width, top + len(folded) * _ROW + MARGIN, body


def _cut(text: str, width: int, letter: int) -> str:
    most = width // letter - 1
    return text if len(text) <= most else f'{text[:most - 1]}…'


def _row_name(equal: EqualHosts) -> str:
    number = len(equal.hosts)
    more = [f'{number:,} hosts'] if number > 1 else []
    more += ['disabled'] if equal.disabled else []
    name = host_names.short(equal.hosts, 30 if more else 38)
    return f'{name} ({", ".join(more)})' if more else name


def _cell(x: int, y: int, width: int, equal: EqualHosts,
          kind: DeviceClass) -> Iterator[str]:
    counts = levels.of_class(equal.classes, kind)
    height = _ROW - 4
    if counts is None:
        yield shapes.rect(x, y, width, height, 'class="none"')
        return
    level = levels.level(counts)
    yield shapes.rect(
        x, y, width, height, f'fill="{level.colour}"',
        shapes.title(equal.hosts, kind, counts, disabled=equal.disabled))
    if counts.drained or counts.drained_used:
        yield shapes.rect(x + width - 40, y, 40, height,
                          'fill="url(#drained)" class="over"')
    if counts.unhealthy:
        yield shapes.triangle(x + width - 18, y + 4, 13)
    text = f'{counts.free}/{counts.devices}'
    if counts.largest_whole:
        text += f'  g{counts.largest_whole}'
    yield shapes.text(x + 6, y + 16, text, 'over',
                      f' style="fill:{level.ink}"')
