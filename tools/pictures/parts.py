# SPDX-License-Identifier: Apache-2.0

"""Charts of what the benchmarks of single parts measured.

The figures lie as CSV files in ``doc/source/measured``, a row for each case.
A chart has a group of bars for each row, or for each run of rows that say the
same in the columns of its title.
"""

import csv
import dataclasses
import itertools
import pathlib
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from tools.pictures import bars
from tools.pictures.canvas import Canvas

FOLDER = pathlib.Path(__file__).parents[2] / 'doc' / 'source' / 'measured'
Row = Mapping[str, str]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn of one file.

    :ivar title: of the group of a row; rows of one title are one group
    :ivar bars: a row's bars
    :ivar keep: which rows are drawn
    """

    source: str
    heading: str
    note: str
    title: Callable[[Row], str]
    bars: Callable[[Row], Iterator[bars.Bar]]
    keep: Callable[[Row], bool] = lambda row: True


def pictures() -> dict[str, Canvas]:
    """Return each chart by the name of its file."""
    return {f'{name}.svg': _draw(chart) for name, chart in CHARTS.items()}


def rows(name: str) -> Sequence[Row]:
    """Read the rows of a file."""
    with (FOLDER / f'{name}.csv').open(newline='', encoding='utf-8') as file:
        return list(csv.DictReader(file))


def _draw(chart: Chart) -> Canvas:
    kept = [row for row in rows(chart.source) if chart.keep(row)]
    return bars.draw(chart.heading, chart.note, [
        bars.Group(title=title,
                   bars=[bar for row in group for bar in chart.bars(row)])
        for title, group in itertools.groupby(kept, key=chart.title)])


def _times(*columns: tuple[str, str]) -> Callable[[Row], Iterator[bars.Bar]]:
    """Draw how many times Nova's takes longer, for pairs (column, side)."""
    def draw(row: Row) -> Iterator[bars.Bar]:
        for column, side in columns:
            ratio = float(row[column])
            yield bars.Bar(side=side, value=ratio, is_ours=True,
                           text=f'{ratio:,.0f} times')
    return draw


def _spent(unit: str, *columns: tuple[str, str],
           ) -> Callable[[Row], Iterator[bars.Bar]]:
    """Draw times for pairs (column, side); an empty cell has no bar."""
    def draw(row: Row) -> Iterator[bars.Bar]:
        for column, side in columns:
            if row[column]:
                yield bars.Bar(side=side, value=float(row[column]),
                               is_ours='Nova' not in side,
                               text=f'{float(row[column]):,g} {unit}')
    return draw


def _candidates(row: Row) -> Iterator[bars.Bar]:
    """Draw a query, and how many hosts it leaves."""
    bound = row['query, s'].removeprefix('>= ')
    given_up = bound != row['query, s']
    yield bars.Bar(
        side=row['candidates of'], value=float(bound),
        is_ours=row['candidates of'] == 'ours',
        text=f'given up after {bound} s' if given_up
        else f'{bound} s, {row["usable"]} of {row["hosts"]} hosts usable')


def _report(row: Row) -> Iterator[bars.Bar]:
    """Draw one update; that of Nova 34 is its only one."""
    side = row['update'].partition(',')[0]
    return _spent('s', ('4096 devices, s', side))(row)


def _boot(row: Row) -> Iterator[bars.Bar]:
    for part in 'scheduling', 'claim':
        median, slow = row[f'{part} p50, ms'], row[f'{part} p95']
        yield bars.Bar(
            side=f'{row["classes"]}, {part}', value=float(slow),
            slow=float(median), is_ours=row['classes'] == 'ours',
            text=f'{median} ms, p95 {slow} ms')


_MACHINE = 'processor time, a machine with other work'
_FILTER = (f'{_MACHINE}, 2026-11-27; the reading of the pools counts on both '
           'sides')


def _filter(hosts: str, heading: str) -> Chart:
    return Chart(
        source='filter', heading=heading, note=_FILTER,
        title=lambda row: f'{row["request"]}, {row["pools a host"]} pools',
        bars=_times((f'no candidate, {hosts}', 'Placement did not decide'),
                    (f'one candidate, {hosts}', 'one candidate')))


CHARTS = {
    'filter-new': _filter(
        'new', "Filter, hosts seen for the first time: Nova's takes, times "
        'ours'),
    'filter-unchanged': _filter(
        'unchanged', "Filter, hosts that did not change: Nova's takes, times "
        'ours'),
    'weigher': Chart(
        source='weigher', heading='Weigher, 300 hosts',
        note=f'{_MACHINE}, 2026-11-27',
        title=lambda row: f'{row["request"]}, {row["pools a host"]} pools',
        bars=_spent('ms', ("Nova's, ms", "Nova's"),
                    ('unchanged, ms', 'unchanged hosts'),
                    ('new flavor, ms', 'new flavor'),
                    ('new hosts, ms', 'new hosts'))),
    'search': Chart(
        source='search', heading='Search over PFs and their VFs',
        note=f'{_MACHINE}, 2026-11-27',
        title=lambda row: f'{row["PFs"]} PFs, VFs of {row["Kinds"]} kinds, '
                          f'{row["Case"]}',
        bars=_spent('ms', ('ms', 'now'), ('ms before', 'before')),
        keep=lambda row: row['Kinds'] != '1'),
    'sets': Chart(
        source='sets', heading='Sets of devices, one decision',
        note=f'{_MACHINE}, 2026-11-27',
        title=lambda row: (f'{row["host"]}, {row["set"].strip("`")}, '
                           f'{row["asked"]}'),
        bars=_spent('µs', ('fits, µs', 'fits'),
                    ('fits without the set', 'fits, without set'),
                    ('devices, µs', 'devices'),
                    ('devices without the set', 'devices, without set'))),
    'multi-create': Chart(
        source='multi-create', heading='Several servers in one request',
        note=f'{_MACHINE}, 2026-11-27',
        title=lambda row: f'{row["servers"]} servers',
        bars=_spent('ms', ("scheduler, Nova's, ms", "scheduler, Nova's"),
                    ('scheduler, ours', 'scheduler, ours'),
                    ('scheduler, before', 'scheduler, ours before'),
                    ("claims, Nova's, ms", "claims, Nova's"),
                    ('claims, ours', 'claims, ours'),
                    ('claims, before', 'claims, ours before'))),
    'tracker': Chart(
        source='tracker', heading="Tracker: Nova's takes, times ours",
        note='processor time, nearly quiet machine, 2026-11-23',
        title=lambda row: row['operation'],
        bars=_times(('512 devices', '512 devices'),
                    ('2048 devices', '2,048 devices'))),
    'report': Chart(
        source='report', heading='Report of the devices, one update',
        note=f'{_MACHINE}, 2026-11-27',
        title=lambda row: '4,096 devices', bars=_report),
    'candidates': Chart(
        source='candidates', heading='Allocation candidates, 100 hosts of '
        'eight free GPUs',
        note=f'{_MACHINE} on both cores, 2026-11-27',
        title=lambda row: f'a server with {row["alias"]}',
        bars=_candidates,
        keep=lambda row: (row['hosts'], row['used']) == ('100', '0')),
    'cloud': Chart(
        source='cloud', heading='A whole cloud, 24 boots a round',
        note='quiet machine, 2026-11-26; light: up to the p95',
        title=lambda row: f'{row["boots at once"]} at once', bars=_boot),
    'cloud-in-placement': Chart(
        source='cloud-in-placement', note='a machine with much other work, '
        '2026-11-27; light: up to the p95',
        heading='A whole cloud, devices in Placement',
        title=lambda row: f'did not boot: {row["did not boot, of 48"]} of 48',
        bars=_boot),
}
