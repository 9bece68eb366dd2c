# SPDX-License-Identifier: Apache-2.0

"""What ``benchmarks/realistic.py`` measured, in numbers that are compared."""

import dataclasses
import statistics
import typing
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

NOVA = 'nova'
FILTER, WEIGHER = 'PciPassthroughFilter', 'weigher'
HEAD = ('hosts pools  kind               side                  calls   '
        'median ms      p95 ms   first ms  filter+weigher  weigher    gc  '
        'peak MB')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """One side at one size; processor milliseconds.

    :ivar calls: of a worker that has been running
    :ivar first: median of the first calls of fresh workers
    :ivar pci: filter and weigher together, median
    :ivar weigher: alone, median
    :ivar collecting: share of garbage collection in all calls
    """

    calls: int
    median: float
    p95: float
    first: float
    pci: float
    weigher: float
    collecting: float
    peak_mb: float


def figures(answers: Sequence[Sequence[Mapping[str, typing.Any]]]) -> Figures:
    """Return the figures of one side.

    :param answers: of fresh workers, and of one that has been running
    """
    fresh, steady = answers
    spent = [each['processor'] for each in steady]
    return Figures(
        calls=len(steady), median=1e3 * statistics.median(spent),
        p95=1e3 * percentile(spent, 95),
        first=1e3 * statistics.median(each['processor'] for each in fresh),
        pci=1e3 * statistics.median(
            each.get(FILTER, 0.0) + each.get(WEIGHER, 0.0)
            for each in steady),
        weigher=1e3 * statistics.median(
            each.get(WEIGHER, 0.0) for each in steady),
        collecting=sum(each.get('collecting', 0.0)
                       for each in steady) / sum(spent),
        peak_mb=max(each['peak_kb'] for each in steady) / 1024)


def percentile(values: Sequence[float], percent: int) -> float:
    """Return a percentile; that of few values is close to the largest."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method='inclusive')[
        percent - 1]


def differing(sides: Mapping[str, typing.Any], name: str) -> tuple[int, int]:
    """Return how many answers of a side are compared with Nova's, and differ.

    An answer is the hosts that pass all filters.
    """
    theirs = {each['step']: each['digest'] for each in sides[NOVA][1]}
    compared = [each['digest'] == theirs[each['step']]
                for each in sides[name][1] if each['step'] in theirs]
    return len(compared), compared.count(False)


def lines(size: Mapping[str, typing.Any]) -> Iterator[str]:
    """Yield a line for each side of a size."""
    sides = size['sides']
    nova = figures(sides[NOVA])
    for name, answers in sides.items():
        found = figures(answers)
        compared, other = differing(sides, name)
        yield (
            f'{size["hosts"]:5} {size["pools"]:5}  {size["kind"]:18} '
            f'{name:20} {found.calls:6} {found.median:11.1f} '
            f'{found.p95:11.1f} {found.first:10.1f} {found.pci:15.2f} '
            f'{found.weigher:8.2f} {100 * found.collecting:4.0f}% '
            f'{found.peak_mb:8.0f}' + ('' if name == NOVA else (
                f'   {nova.median / found.median:.1f} times (p95 '
                f'{nova.p95 / found.p95:.1f}, first '
                f'{nova.first / found.first:.2f}, filter and weigher '
                f'{nova.pci / found.pci:.1f}); {compared} answers compared, '
                f'{other} differ')))


def ratio(size: Mapping[str, typing.Any], name: str) -> float:
    """Return how many times a call of Nova's takes as long as a side's."""
    sides = size['sides']
    return figures(sides[NOVA]).median / figures(sides[name]).median


def worst(sizes: Iterable[Mapping[str, typing.Any]]) -> str:
    """Return a line with the size whose ratio is the smallest."""
    size, name = min(((size, name) for size in sizes
                      for name in size['sides'] if name != NOVA),
                     key=lambda each: ratio(*each))
    return (f'worst: {ratio(size, name):.1f} times, {name}, '
            f'{size["hosts"]} hosts, {size["pools"]} pools, {size["kind"]}')
