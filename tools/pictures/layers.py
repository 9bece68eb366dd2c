# SPDX-License-Identifier: Apache-2.0

"""The layers of the package, from the table that the test of imports uses."""

import itertools
from collections.abc import Iterator
from collections.abc import Mapping

from tools.pictures.canvas import Area
from tools.pictures.canvas import Canvas
from tools.pictures.canvas import LETTER

WIDTH, ROW, GAP = 860, 46, 10
WHAT: Mapping[int, str] = {
    0: 'values', 1: 'pure: no file, clock or log', 2: 'pure: hosts',
    3: "Nova's objects", 4: 'edges', 5: 'statistics and hooks',
    6: "behind Nova's interfaces", 7: 'drivers and answers', 8: 'whole Nova',
    9: 'one server', 10: 'command line'}


def draw(layers: Mapping[str, int]) -> Canvas:
    """Return the picture.

    :param layers: name of a module or folder to its layer, 0 the lowest
    """
    by_layer: dict[int, list[str]] = {}
    for name, layer in layers.items():
        by_layer.setdefault(layer, []).append(name)
    rows = {layer: list(_rows(sorted(names)))
            for layer, names in by_layer.items()}
    height = GAP + sum(GAP + 20 + ROW * len(each) for each in rows.values())
    canvas = Canvas(WIDTH, height)
    top = GAP
    for layer in sorted(rows, reverse=True):
        bottom = top + 20 + ROW * len(rows[layer])
        canvas.lane(Area(left=10, top=top, right=WIDTH - 10, bottom=bottom))
        canvas.text((20, top + 16), f'L{layer}  {WHAT[layer]}', 'title')
        for number, names in enumerate(rows[layer]):
            _row(canvas, names, top + 24 + ROW * number)
        if top > GAP:
            canvas.arrow((WIDTH / 2, top - GAP), (WIDTH / 2, top))
        top = bottom + GAP
    return canvas


def _width(name: str) -> float:
    return LETTER * len(name) + 20


def _rows(names: list[str]) -> Iterator[list[str]]:
    """Yield names in rows that are not too wide."""
    row: list[str] = []
    for name in names:
        if sum(_width(each) + GAP for each in (*row, name)) > WIDTH - 50:
            yield row
            row = []
        row.append(name)
    yield row


def _row(canvas: Canvas, names: list[str], top: float) -> None:
    lefts = itertools.accumulate(
        (_width(name) + GAP for name in names), initial=30)
    for name, left in zip(names, lefts, strict=False):
        canvas.box((left, top), _width(name), (name,), 'ours')
