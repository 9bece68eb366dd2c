# SPDX-License-Identifier: Apache-2.0

"""The text and the JSON that a run ends with."""

import collections
import json
import pathlib
from collections.abc import Iterator
from collections.abc import Sequence
from dataclasses import asdict

from tests.nova_suites import differences
from tests.nova_suites import outcome
from tests.nova_suites import suites

ROW = '{:<14} {:>7} {:>7} {:>7} {:>10} {:>9}'


def table(outcomes: Sequence[outcome.Outcome]) -> Iterator[str]:
    """Yield a line for each suite that was run.

    The seconds are those of the tests, summed over all workers.
    """
    yield ROW.format(
        'suite', 'passed', 'failed', 'skipped', 'tests', 'seconds')
    for suite in suites.SUITES:
        mine = [r for r in outcomes if suites.suite_of(r.test) == suite]
        if mine:
            count = counts(mine)
            yield ROW.format(
                suite, count['passed'], count['failed'], count['skipped'],
                len(mine), f'{sum(r.seconds for r in mine):.1f}')


def counts(
    outcomes: Sequence[outcome.Outcome],
) -> collections.Counter[str]:
    """Count the outcomes by status."""
    return collections.Counter(result.status.value for result in outcomes)


def faults(
    comparison: differences.Comparison, rows: dict[str, str],
) -> Iterator[str]:
    """Yield the lines that say how a run differs from what is expected."""
    for result in comparison.deliberate:
        yield f'deliberate: {result.test}\n    {rows[result.test].strip()}'
    for result in comparison.unexpected:
        yield f'UNEXPECTED FAILURE: {result.test}\n    {result.why}'
    for test in comparison.stale:
        yield f'STALE ROW, the test does not fail: {test}'
    for test in comparison.missing:
        yield f'MISSING TEST: {test}'


def closing(outcomes: Sequence[outcome.Outcome]) -> str:
    """Return the last line; deliberate differences count as failed."""
    count = counts(outcomes)
    return (f'{count["passed"]} passed, {count["failed"]} failed, '
            f'{count["skipped"]} skipped')


def write_json(
    path: pathlib.Path, outcomes: Sequence[outcome.Outcome],
    comparison: differences.Comparison,
) -> None:
    """Write all outcomes and the comparison for other programs."""
    path.write_text(json.dumps({
        'deliberate': [r.test for r in comparison.deliberate],
        'unexpected': [r.test for r in comparison.unexpected],
        'stale': comparison.stale,
        'missing': comparison.missing,
        'outcomes': [asdict(result) for result in outcomes],
    }, indent=1) + '\n')


def append_traceback(path: pathlib.Path, result: outcome.Outcome) -> None:
    """Add the traceback of one failure to a file, for reading."""
    with path.open('a') as file:
        file.write(f'{"=" * 70}\n{result.test}\n{result.traceback}\n')
