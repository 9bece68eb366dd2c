# SPDX-License-Identifier: Apache-2.0

"""A picture of all hosts of a cloud: what is free of each class, as SVG.

Few kinds of hosts are a table, one row for equal hosts and one column for a
class.  Many are squares, one a host, in a band for each class: those with most
free devices first.
"""

import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from xml.sax import saxutils

from nova_pci_ext.drawing import host_names
from nova_pci_ext.drawing import levels
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts
from nova_pci_ext.model.printable import printable

WIDTH, MARGIN, TOP = 1400, 20, 124
#: Rows of a table; more kinds of hosts are squares.
MOST_ROWS = 40
_ROW, _LABEL, _LETTER = 26, 330, 8
_COLUMNS = (84, 240)
_TITLE_NAMES = 900
# Side of a square, for at most so many hosts.
_SIDES = ((600, 20), (2500, 12), (10_000, 8))
_SMALLEST = 5
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
        width, height, body = _table(folded, classes, names)
        caption = ('How many devices a server can get now; g4: the largest '
                   'device group that is whole has 4. ')
    else:
        width, height, body = _bands(folded, classes, names)
        caption = 'One square is one host. '
    caption += 'Rest the pointer on a field for more.'
    hosts = sum(len(equal.hosts) for equal in folded)
    title = (f'PCI devices of {hosts:,} host{"s" * (hosts != 1)} in '
             f'the database of Nova, {when}')
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}">',
        f'<title>{_escaped(title)}</title>', f'<style>\n{_STYLE}\n</style>',
        *_patterns(),
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        _text(MARGIN, 36, title, 'head'), *_legend(),
        _text(MARGIN, 96, caption, 'small'), *body, '</svg>']
    return '\n'.join(lines) + '\n'


def _escaped(text: str) -> str:
    return saxutils.escape(printable(text))


def _text(x: float, y: float, text: str, kind: str = '',
          more: str = '') -> str:
    style = f' class="{kind}"' if kind else ''
    return f'<text x="{x:g}" y="{y:g}"{style}{more}>{_escaped(text)}</text>'


def _rect(x: float, y: float, width: float, height: float, fill: str,
          title: str = '') -> str:
    shape = (f'<rect x="{x:g}" y="{y:g}" width="{width:g}" '
             f'height="{height:g}" {fill}')
    return (f'{shape}><title>{_escaped(title)}</title></rect>' if title
            else f'{shape}/>')


def _patterns() -> Iterator[str]:
    """Yield what lies over a colour: lines, and triangles of two sizes."""
    yield '<defs>'
    yield ('<pattern id="drained" width="6" height="6" '
           'patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
           '<path d="M1 0V6" stroke="#fff" stroke-width="2"/>'
           '<path d="M3 0V6" stroke="#000" stroke-width="1"/></pattern>')
    for side in {*(side for _, side in _SIDES), _SMALLEST}:
        yield (f'<pattern id="grid{side}" width="{side}" height="{side}" '
               'patternUnits="userSpaceOnUse"><path '
               f'd="M0 {side}H{side}V0" fill="none" stroke="#fff" '
               'stroke-width="2"/></pattern>')
        yield (f'<pattern id="unhealthy{side}" width="{side}" '
               f'height="{side}" patternUnits="userSpaceOnUse">'
               f'{_triangle(0, 0, side - 2)}</pattern>')
    yield '</defs>'


def _triangle(x: float, y: float, side: float) -> str:
    return (f'<path d="M{x + side / 2:g} {y:g}L{x + side:g} {y + side:g}'
            f'H{x:g}Z" fill="#d55e00" stroke="#fff" class="over"/>')


def _legend() -> Iterator[str]:
    """Yield what colours and marks mean, in one row below the title."""
    x = MARGIN
    for level in levels.LEVELS:
        yield _rect(x, 54, 18, 18, f'fill="{level.colour}"')
        yield _text(x + 24, 68, level.text)
        x += 46 + _LETTER * len(level.text)
    for text, mark in (
            ('some drained', _rect(0, 0, 18, 18, 'fill="#958f78"')
             + _rect(0, 0, 18, 18, 'fill="url(#drained)"')),
            ('some unhealthy', _triangle(2, 2, 13)),
            ('no device', _rect(0, 0, 18, 18, 'class="none"'))):
        yield f'<g transform="translate({x} 54)">{mark}</g>'
        yield _text(x + 24, 68, text)
        x += 44 + _LETTER * len(text)


def _table(folded: Sequence[EqualHosts], classes: Sequence[DeviceClass],
           names: Names) -> tuple[int, int, list[str]]:
    """Return width, height and parts of a table."""
    least, most = _COLUMNS
    column = max(least, min(most, (WIDTH - 2 * MARGIN - _LABEL)
                            // max(1, len(classes))))
    body = []
    for number, kind in enumerate(classes):
        x = MARGIN + _LABEL + number * column
        body += [_text(x, TOP + 4, _cut(str(kind), column, 8), 'class'),
                 _text(x, TOP + 21, _cut(names.get(kind, ''), column, 7),
                       'small')]
    top = TOP + 32
    for number, equal in enumerate(folded):
        y = top + number * _ROW
        body.append(_text(MARGIN, y + 17, _row_name(equal)))
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
        yield _rect(x, y, width, height, 'class="none"')
        return
    level = levels.level(counts)
    yield _rect(x, y, width, height, f'fill="{level.colour}"',
                _title(equal.hosts, kind, counts, disabled=equal.disabled))
    if counts.drained or counts.drained_used:
        yield _rect(x + width - 40, y, 40, height,
                    'fill="url(#drained)" class="over"')
    if counts.unhealthy:
        yield _triangle(x + width - 18, y + 4, 13)
    text = f'{counts.free}/{counts.devices}'
    if counts.largest_whole:
        text += f'  g{counts.largest_whole}'
    yield _text(x + 6, y + 16, text, 'over', f' style="fill:{level.ink}"')


def _title(hosts: Sequence[str], kind: DeviceClass, counts: ClassCounts, *,
           disabled: bool) -> str:
    parts = [host_names.short(hosts, _TITLE_NAMES)
             + (f' ({len(hosts):,} hosts)' if len(hosts) > 1 else '')
             + (', disabled' if disabled else ''),
             f'{kind}: {levels.all_words(counts)}']
    nodes = levels.free_nodes(counts)
    return '; '.join([*parts, f'free on {nodes}'] if nodes else parts)


def _bands(folded: Sequence[EqualHosts], classes: Sequence[DeviceClass],
           names: Names) -> tuple[int, int, list[str]]:
    """Return width, height and parts of one band for each class."""
    hosts = sum(len(equal.hosts) for equal in folded)
    side = next((side for most, side in _SIDES if hosts <= most), _SMALLEST)
    body, y = [], TOP
    for kind in classes:
        band = _squares(folded, kind)
        body += [_text(MARGIN, y, _band_name(kind, names, band), 'class'),
                 _text(MARGIN, y + 18, _band_words(band), 'small')]
        rows, parts = _runs(band, kind, side)
        body += [f'<g transform="translate({MARGIN} {y + 28})">', *parts,
                 '</g>']
        y += 28 + rows * side + 34
    return WIDTH, y, body


Band = list[tuple[ClassCounts, bool, list[str]]]


def _squares(folded: Iterable[EqualHosts], kind: DeviceClass) -> Band:
    """Return equal hosts of one class, those with most free devices first."""
    found: dict[tuple[ClassCounts, bool], list[str]] = {}
    for equal in folded:
        counts = levels.of_class(equal.classes, kind)
        if counts is not None:
            found.setdefault((counts, equal.disabled), []).extend(equal.hosts)
    return sorted(
        ((*key, hosts) for key, hosts in found.items()),
        key=lambda each: (
            -each[0].free / each[0].devices, -each[0].free,
            -each[0].largest_whole, each[1], each[0].unhealthy,
            each[0].drained, each[2][0]))


def _band_name(kind: DeviceClass, names: Names, band: Band) -> str:
    free, devices = map(sum, zip(*(
        (counts.free * len(hosts), counts.devices * len(hosts))
        for counts, _, hosts in band), strict=True))
    hosts = sum(len(hosts) for *_, hosts in band)
    name = f' {names[kind]}' if kind in names else ''
    return (f'{kind}{name}: {free:,} of {devices:,} free, on {hosts:,} '
            f'host{"s" * (hosts != 1)}')


def _band_words(band: Band) -> str:
    """Say how many hosts have each colour, and how large a whole group."""
    number = dict.fromkeys(levels.LEVELS, 0)
    for counts, _, hosts in band:
        number[levels.level(counts)] += len(hosts)
    parts = [f'{level.text}: {number[level]:,}'
             for level in reversed(levels.LEVELS) if number[level]]
    text = 'Hosts with ' + ', '.join(parts)
    largest: dict[int, int] = {}
    for counts, _, hosts in band:
        size = counts.largest_whole
        largest[size] = largest.get(size, 0) + len(hosts)
    if set(largest) - {0}:
        groups = [f'of {size} devices: {largest[size]:,}' if size
                  else f'none: {largest[size]:,}'
                  for size in sorted(largest, reverse=True)]
        text += f'; whose largest whole group is {", ".join(groups)}'
    return text


def _runs(band: Band, kind: DeviceClass,
          side: int) -> tuple[int, list[str]]:
    """Return the number of rows, and the parts of a band from its corner.

    Equal hosts that stand side by side are one part.
    """
    across = (WIDTH - 2 * MARGIN) // side
    parts, position = [], 0
    for counts, disabled, hosts in band:
        title = _title(hosts, kind, counts, disabled=disabled)
        fills = [f'fill="{levels.level(counts).colour}"']
        if counts.drained or counts.drained_used:
            fills.append('fill="url(#drained)" class="over"')
        if counts.unhealthy:
            fills.append(f'fill="url(#unhealthy{side})" class="over"')
        for row, begin, end in _parts(position, len(hosts), across):
            for number, fill in enumerate(fills):
                parts.append(_rect(
                    begin * side, row * side, (end - begin) * side, side,
                    fill, '' if number else title))
        position += len(hosts)
    rows = -(-position // across)
    parts.append(_rect(0, 0, across * side, rows * side,
                       f'fill="url(#grid{side})" class="over"'))
    return rows, parts


def _parts(position: int, number: int,
           across: int) -> Iterator[tuple[int, int, int]]:
    """Yield (row, begin, end) of squares that follow one another."""
    end = position + number
    edges = [position, *range((position // across + 1) * across, end, across),
             end]
    for first, last in itertools.pairwise(edges):
        row = first // across
        yield row, first - row * across, last - row * across
