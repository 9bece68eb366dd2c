# SPDX-License-Identifier: Apache-2.0

"""A life of the soak that is slow to begin is not one that did wrong."""

import subprocess
import sys

import pytest

from tests.soak import __main__ as soak
from tests.soak import checker

BEGINS = 'import time; {} print(\'{{"counts": {{"boots": 3}}}}\', flush=True);'
WAITS = ' time.sleep(60)'


class Database:
    def query(self, *words):
        """Take what is asked."""


@pytest.fixture
def lives(tmp_path, monkeypatch):
    """Return what is told of a life that runs a program."""
    def live(program, seconds=0.2, begin_s=30):
        found = soak.Soak(tmp_path, Database(), 1, 0.0)
        found._start = lambda number: subprocess.Popen(
            [sys.executable, '-c', program], stdout=subprocess.PIPE, text=True)
        found.live(0, seconds, begin_s)
        return dict(found.counts), found.breaches, found.not_begun

    monkeypatch.setattr(checker, 'of_rows', lambda database: [])
    (tmp_path / 'life.log').write_text('why')
    return live


def test_its_time_is_from_when_it_begins(lives):
    assert lives(BEGINS.format('time.sleep(1);') + WAITS) == (
        {'boots': 3}, [], 0)


def test_one_that_does_not_begin_is_counted(lives):
    assert lives('import time;' + WAITS, begin_s=0.2) == ({}, [], 1)


def test_one_that_ends_is_a_breach_before_it_begins_too(lives):
    ended = ['life 0 ended by itself: why']
    assert lives('pass', seconds=30) == ({}, ended, 0)
    assert lives(BEGINS.format(''), seconds=30) == ({'boots': 3}, ended, 0)
