# SPDX-License-Identifier: Apache-2.0

"""The tests of Nova that fail here on purpose, each with its reason."""

import pathlib
from collections.abc import Callable
from collections.abc import Iterable
from dataclasses import dataclass

import yaml

from tests.nova_suites import outcome
from tests.nova_suites import suites

FILE = pathlib.Path(__file__).with_name('differences.yaml')


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Outcomes held against the rows of the file.

    ``deliberate`` are failures with a row. All others are faults:
    ``unexpected`` failures, ``stale`` rows whose test does not fail, and
    ``missing`` rows whose test does not exist.
    """

    deliberate: tuple[outcome.Outcome, ...]
    unexpected: tuple[outcome.Outcome, ...]
    stale: tuple[str, ...]
    missing: tuple[str, ...]

    def clean(self) -> bool:
        """Say whether the run is as the file describes it."""
        return not (self.unexpected or self.stale or self.missing)


def read(path: pathlib.Path = FILE) -> dict[str, str]:
    """Read the rows: test id to reason.

    :raises ValueError: for a row without a reason
    """
    rows = yaml.safe_load(path.read_text()) or {}
    for test, reason in rows.items():
        if not isinstance(reason, str) or not reason.strip():
            raise ValueError(f'{path.name}: {test} has no reason')
    return rows


def compare(
    outcomes: Iterable[outcome.Outcome],
    rows: dict[str, str],
    selected: Callable[[str], bool],
) -> Comparison:
    """Hold a run against the rows.

    :param selected: says whether a test id belongs to this run; a row that
        does not is left alone, unless it belongs to no suite at all
    """
    by_test = {result.test: result for result in outcomes}
    failed = [result for result in by_test.values()
              if result.status is outcome.Status.FAILED]
    return Comparison(
        deliberate=tuple(r for r in failed if r.test in rows),
        unexpected=tuple(r for r in failed if r.test not in rows),
        stale=tuple(
            test for test in rows if test in by_test
            and by_test[test].status is not outcome.Status.FAILED),
        missing=tuple(
            test for test in rows if test not in by_test
            and (selected(test) or suites.suite_of(test) is None)))
