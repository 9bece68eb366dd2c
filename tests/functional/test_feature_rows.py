# SPDX-License-Identifier: Apache-2.0

"""Each row of what the project has to do names tests that there are."""

import re

import pytest

from tests import feature_rows

NAMES = [*(f'A{n}' for n in range(1, 10)), *(f'B{n}' for n in range(1, 5)),
         *(f'C{n}' for n in range(1, 11)), *(f'D{n}' for n in range(1, 6)),
         *(f'E{n}' for n in range(1, 4)), 'F1']


def test_every_row_is_there_once():
    assert [row.name for row in feature_rows.ROWS] == NAMES


def test_the_page_has_the_table():
    """``python -m tests.feature_rows`` writes it."""
    assert feature_rows.TABLE.read_text() == feature_rows.table()


@pytest.mark.parametrize('row', feature_rows.ROWS, ids=lambda row: row.name)
def test_each_named_test_exists(row):
    assert row.tests
    for test in row.tests:
        path, _, name = test.partition('::')
        text = (feature_rows.ROOT / path).read_text()
        assert re.search(rf'^def {name}\(', text, re.MULTILINE), test


@pytest.mark.parametrize('row', feature_rows.ROWS, ids=lambda row: row.name)
def test_a_row_without_a_service_or_a_kernel_says_so(row):
    assert row.lacks or not set(row.places) <= feature_rows.WEAK


def test_the_longest_begin_says_what_a_test_runs_on():
    assert [feature_rows.place_of(test) for test in (
        'tests/integration/virt/test_ports.py::test_a',
        'tests/integration/virt/test_hand_over.py::test_a')] == [
            'embedded Nova', "Nova's code in the process of the test"]
