# SPDX-License-Identifier: Apache-2.0

"""Many kinds of hosts as squares, one a host, in a band for each class."""

import itertools
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.drawing import heat_shapes as shapes
from nova_pci_ext.drawing import levels
from nova_pci_ext.drawing.heat_shapes import MARGIN
from nova_pci_ext.drawing.heat_shapes import SIDES
from nova_pci_ext.drawing.heat_shapes import SMALLEST
from nova_pci_ext.drawing.heat_shapes import TOP
from nova_pci_ext.drawing.heat_shapes import WIDTH
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import EqualHosts

Band = list[tuple[ClassCounts, bool, list[str]]]


def draw(folded: Sequence[EqualHosts], classes: Sequence[DeviceClass],
         names: Mapping[DeviceClass, str]) -> tuple[int, int, list[str]]:
    """Return width and height in pixels, and one band for each class.

    :param names: of products, as far as they are known
    """
    hosts = sum(len(equal.hosts) for equal in folded)
    side = next((side for most, side in SIDES if hosts <= most), SMALLEST)
    body, y = [], TOP
    for kind in classes:
        band = _squares(folded, kind)
        body += [shapes.text(MARGIN, y, _name(kind, names, band), 'class'),
                 shapes.text(MARGIN, y + 18, _words(band), 'small')]
        rows, parts = _runs(band, kind, side)
        body += [f'<g transform="translate({MARGIN} {y + 28})">', *parts,
                 '</g>']
        y += 28 + rows * side + 34
    return WIDTH, y, body


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


def _name(kind: DeviceClass, names: Mapping[DeviceClass, str],
          band: Band) -> str:
    free, devices = map(sum, zip(*(
        (counts.free * len(hosts), counts.devices * len(hosts))
        for counts, _, hosts in band), strict=True))
    hosts = sum(len(hosts) for *_, hosts in band)
    name = f' {names[kind]}' if kind in names else ''
    return (f'{kind}{name}: {free:,} of {devices:,} free, on {hosts:,} '
            f'host{"s" * (hosts != 1)}')


def _words(band: Band) -> str:
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
        title = shapes.title(hosts, kind, counts, disabled=disabled)
        fills = [f'fill="{levels.level(counts).colour}"']
        if counts.drained or counts.drained_used:
            fills.append('fill="url(#drained)" class="over"')
        if counts.unhealthy:
            fills.append(f'fill="url(#unhealthy{side})" class="over"')
        for row, begin, end in _parts(position, len(hosts), across):
            for number, fill in enumerate(fills):
                parts.append(shapes.rect(
                    begin * side, row * side, (end - begin) * side, side,
                    fill, '' if number else title))
        position += len(hosts)
    rows = -(-position // across)
    parts.append(shapes.rect(0, 0, across * side, rows * side,
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
