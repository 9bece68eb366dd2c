# SPDX-License-Identifier: Apache-2.0

import io

import pytest

from nova_pci_ext.cli import progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock():
    """Seconds, as a list of one."""
    return [100.0]


def shown(stream, clock, steps):
    """Return what is written while hosts answer at some seconds."""
    found = progress.Progress(stream, lambda: clock[0])
    for second, number in steps:
        clock[0] = 100.0 + second
        found.asked(number)
    found.close()
    return stream.getvalue()


def test_nothing_is_shown_within_a_second(clock):
    assert shown(Terminal(), clock, [(0.5, 10), (0.9, 90)]) == ''


def test_the_line_is_written_over_and_taken_away(clock):
    assert shown(Terminal(), clock, [
        (0.5, 10), (1.0, 90), (1.1, 95), (1.2, 100)]) == (
        '\r90 hosts asked\r100 hosts asked\r               \r')


def test_nothing_is_shown_where_nobody_looks(clock):
    assert shown(io.StringIO(), clock, [(5, 10)]) == ''


def test_a_step_is_shown_once_a_second_is_over(clock, monkeypatch):
    timers = []

    class Timer:
        def __init__(self, seconds, call):
            timers.append((seconds, call))

        def start(self):
            """Nothing runs here."""

        cancel = start

    monkeypatch.setattr(progress.threading, 'Timer', Timer)
    stream = Terminal()
    found = progress.Progress(stream, lambda: clock[0])
    found.step('reading')
    assert stream.getvalue() == ''
    ((seconds, late),) = timers
    late()
    assert (seconds, stream.getvalue()) == (1.0, '\rreading')
    late()
    clock[0] = 102.0
    found.step('asking')
    found.asked(7)
    found.close()
    late()
    assert stream.getvalue() == (
        '\rreading\rasking \r7 hosts asked\r             \r')


def test_no_step_is_shown_where_nobody_looks(clock):
    stream = io.StringIO()
    found = progress.Progress(stream, lambda: clock[0] + 9)
    found.step('reading')
    found.close()
    assert stream.getvalue() == ''
