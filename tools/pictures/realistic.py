# SPDX-License-Identifier: Apache-2.0

"""Charts and tables of what ``benchmarks/realistic.py`` measured."""

import json
import pathlib
import re
import textwrap
import typing
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping

from benchmarks import realistic_table
from benchmarks.realistic_table import Figures
from benchmarks.realistic_table import NOVA
from tools.pictures import bars
from tools.pictures.canvas import Canvas

SOURCE = pathlib.Path(__file__).parents[2] / 'doc' / 'source'
README = SOURCE.parents[1] / 'README.rst'
MEASURED = SOURCE / 'measured' / 'realistic.json'
KINDS = {'without Placement': 'without', 'in Placement': 'in'}
_SIDES = {NOVA: "Nova's", 'ours': 'ours',
          'ours on one mapping': 'ours, one mapping'}

Measured = Mapping[str, typing.Any]
Sides = Mapping[str, Figures]


def measured(path: pathlib.Path = MEASURED) -> Measured:
    """Read what was measured."""
    found: Measured = json.loads(path.read_text())
    return found


def pictures(found: Measured) -> dict[str, Canvas]:
    """Return each chart by the name of its file."""
    note = describe(found['about'])
    charts = {}
    for kind, name in KINDS.items():
        sizes = [size for size in found['sizes'] if size['kind'] == kind]
        if sizes:
            charts[f'realistic-{name}-call.svg'] = _chart(
                f'select_destinations, devices {_where(kind)}: processor '
                'time of one call', note + '; light: up to the p95',
                sizes, _call)
            charts[f'realistic-{name}-filter.svg'] = _chart(
                f'Filter and weigher, devices {_where(kind)}: processor '
                'time of one call', note + '; medians', sizes, _filter)
            charts[f'realistic-{name}-memory.svg'] = _chart(
                f'Most memory of a worker, devices {_where(kind)}',
                note, sizes, _memory)
    return charts


def describe(about: Mapping[str, str]) -> str:
    """Say what the figures are of."""
    return (f'{about["date"]}, commit {about["commit"]}, Nova '
            f'{about["nova"]}, {about["machine"]} machine')


def _where(kind: str) -> str:
    return 'in Placement' if kind == 'in Placement' else 'not in Placement'


def _chart(title: str, note: str, sizes: list[Measured],
           bar: Callable[[str, Figures, Figures], bars.Bar]) -> Canvas:
    groups = []
    for size in sizes:
        sides = figures(size)
        groups.append(bars.Group(
            title=f'{size["hosts"]:,} hosts, {size["pools"]} pools each',
            bars=[bar(name, each, sides[NOVA])
                  for name, each in sides.items()]))
    return bars.draw(title, note, groups)


def figures(size: Measured) -> Sides:
    """Return the figures of each side of a size."""
    return {name: realistic_table.figures(answers)
            for name, answers in size['sides'].items()}


def _call(name: str, mine: Figures, nova: Figures) -> bars.Bar:
    return _bar(name, mine.p95, f'{seconds(mine.median)}, p95 '
                f'{seconds(mine.p95)}', nova.median / mine.median,
                slow=mine.median)


def _filter(name: str, mine: Figures, nova: Figures) -> bars.Bar:
    return _bar(name, mine.pci, seconds(mine.pci), nova.pci / mine.pci)


def _memory(name: str, mine: Figures, nova: Figures) -> bars.Bar:
    return _bar(name, mine.peak_mb, f'{mine.peak_mb:.0f} MiB',
                nova.peak_mb / mine.peak_mb)


def _bar(name: str, value: float, text: str, ratio: float,
         slow: float | None = None) -> bars.Bar:
    is_ours = name != NOVA
    if is_ours:
        text += f', {times(ratio)}'
    return bars.Bar(side=_SIDES[name], value=value, text=text,
                    is_ours=is_ours, slow=slow)


def seconds(milliseconds: float) -> str:
    """Write a time."""
    if milliseconds >= 1000:
        return f'{milliseconds / 1000:.1f} s'
    return f'{milliseconds:.0f} ms'


def times(ratio: float) -> str:
    """Write how much less ours takes, or more."""
    if ratio >= 10:
        return f'{ratio:.0f} times less'
    if ratio >= 1:
        return f'{ratio:.1f} times less'
    return f'{1 / ratio:.1f} times more'


def pages(found: Measured) -> dict[str, str]:
    """Return what the documentation includes, by the name of its file."""
    return {'realistic-table.inc': '\n'.join(_table(found)) + '\n',
            'realistic-summary.inc': _summary(found)}


def _summary(found: Measured) -> str:
    """Say what the largest clouds take, and what the worst row is."""
    said = [f'Measured on {describe(found["about"])}.']
    for kind in KINDS:
        size = largest(found, kind)
        if size is None:
            continue
        sides = figures(size)
        mine, nova = sides['ours'], sides[NOVA]
        said.append(
            f'With {_cloud(size)} and devices {_where(kind)}, a call takes '
            f'{seconds(mine.median)} (p95 {seconds(mine.p95)}), Nova\'s '
            f'{seconds(nova.median)} (p95 {seconds(nova.p95)}): '
            f'{times(nova.median / mine.median)}.')
    size, name = worst_row(found)
    said.append(
        f'The worst row is {_SIDES[name]} with {_cloud(size)}, devices '
        f'{_where(size["kind"])}: '
        f'{times(realistic_table.ratio(size, name))}.')
    said += list(_compared(found))
    return '\n'.join(textwrap.wrap(
        ' '.join(said), 79, break_on_hyphens=False)) + '\n'


def _compared(found: Measured) -> Iterator[str]:
    pairs = [realistic_table.differing(size['sides'], name)
             for size in found['sizes'] for name in size['sides']
             if name != NOVA]
    compared, other = (sum(each) for each in zip(*pairs, strict=True))
    yield (f'In {compared} calls both were asked about the same server: '
           f'the hosts that pass were others in {other or "none"} of them.')


def largest(found: Measured, kind: str) -> Measured | None:
    """Return the largest size of a kind, None if there is none."""
    return max((size for size in found['sizes'] if size['kind'] == kind),
               key=lambda size: (size['hosts'], size['pools']), default=None)


def _cloud(size: Measured) -> str:
    return f'{size["hosts"]:,} hosts of {size["pools"]} pools'


def readme(text: str, found: Measured) -> str:
    """Return the README with the figures of the largest cloud."""
    size = largest(found, 'without Placement')
    if size is None:
        return text
    sides = figures(size)
    mine, nova = sides['ours'], sides[NOVA]
    return re.sub(
        r'   \* - Processor time of a scheduling call.*?(?=\n\n|\n   \*)',
        lambda _: (
            f'   * - Processor time of a scheduling call, {_cloud(size)}, '
            'all different\n'
            f'     - {seconds(nova.median)}, p95 {seconds(nova.p95)}\n'
            f'     - {seconds(mine.median)}, p95 {seconds(mine.p95)} '
            '(``doc/source/performance.rst``)'), text, flags=re.DOTALL)


def _table(found: Measured) -> Iterator[str]:
    yield from ('.. list-table::', '   :header-rows: 1', '')
    yield from _row('hosts', 'pools', 'devices', 'side', 'calls',
                    'median', 'p95', 'first call', 'filter and weigher',
                    'weigher', 'collecting', 'memory')
    worst = worst_row(found)
    for size in found['sizes']:
        sides = figures(size)
        nova = sides[NOVA]
        for name, mine in sides.items():
            mark = ' (worst)' if (size, name) == worst else ''
            yield from _row(
                f'{size["hosts"]:,}', str(size['pools']),
                _where(size['kind']), _SIDES[name] + mark, str(mine.calls),
                _with_ratio(mine.median, nova.median, name),
                _with_ratio(mine.p95, nova.p95, name),
                _with_ratio(mine.first, nova.first, name),
                _with_ratio(mine.pci, nova.pci, name),
                seconds(mine.weigher), f'{100 * mine.collecting:.0f} %',
                f'{mine.peak_mb:.0f} MiB')


def worst_row(found: Measured) -> tuple[Measured, str]:
    """Return the size and the side of the smallest ratio."""
    return min(((size, name) for size in found['sizes']
                for name in size['sides'] if name != NOVA),
               key=lambda each: realistic_table.ratio(*each))


def _with_ratio(mine: float, nova: float, name: str) -> str:
    text = seconds(mine)
    return text if name == NOVA else f'{text}, {nova / mine:.1f}'


def _row(*cells: str) -> Iterator[str]:
    for number, cell in enumerate(cells):
        yield f'   {"*" if number == 0 else " "} - {cell}'
