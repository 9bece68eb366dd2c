# SPDX-License-Identifier: Apache-2.0

"""Work that is waited for with a bound."""

import threading

import pytest

from nova_pci_ext.compute import bounded


@pytest.fixture
def gate():
    """Let work that waits for it end, whatever becomes of the test."""
    made = threading.Event()
    yield made
    made.set()


def test_work_is_done():
    runs = bounded.Bounded(10)
    assert runs.run(lambda permit: 7) == 7
    assert not runs.is_busy
    with pytest.raises(bounded.WorkError) as error:
        runs.run(lambda permit: 1 // 0)
    assert isinstance(error.value.__cause__, ZeroDivisionError)


def test_work_that_hangs_is_given_up_and_nothing_runs_beside_it(gate):
    runs = bounded.Bounded(.05)
    with pytest.raises(bounded.NoAnswerError) as error:
        runs.run(lambda permit: gate.wait(60))
    assert not error.value.is_changing
    assert runs.is_busy
    with pytest.raises(bounded.NoAnswerError):
        runs.run(lambda permit: pytest.fail('ran beside it'))
    thread = runs._thread
    gate.set()
    thread.join(60)
    assert runs.run(lambda permit: 7) == 7


def test_what_was_given_up_begins_no_change(gate):
    runs, ended = bounded.Bounded(.05), []

    def work(permit):
        gate.wait(60)
        try:
            with permit.change():
                ended.append('changed')
        except bounded.GivenUpError:
            ended.append('left alone')
            raise
    with pytest.raises(bounded.NoAnswerError):
        runs.run(work)
    thread = runs._thread
    gate.set()
    thread.join(60)
    assert ended == ['left alone']


def test_work_knows_how_long_it_is_waited_for():
    runs = bounded.Bounded(60)
    with runs.together():
        first = runs.run(lambda permit: permit)
        assert 0 < first.left_s <= 60
        assert runs.run(lambda permit: permit).until == first.until
    assert bounded.Permit(0.).left_s == 0


def test_a_change_on_its_way_is_known(gate):
    runs = bounded.Bounded(.05)

    def work(permit):
        with permit.change():
            gate.wait(60)
    with pytest.raises(bounded.NoAnswerError) as error:
        runs.run(work)
    assert error.value.is_changing


def test_what_is_done_together_waits_no_longer_than_one():
    """Each card alone would be waited for, one after the other."""
    runner = bounded.Bounded(0.05)
    begun = []
    ended = threading.Event()
    with runner.together():
        with pytest.raises(bounded.NoAnswerError):
            runner.run(lambda permit: begun.append(1) or ended.wait())
        ended.set()
        while runner.is_busy:
            pass
        with pytest.raises(bounded.NoAnswerError) as caught:
            runner.run(lambda permit: begun.append(2))
    assert begun == [1]
    assert not caught.value.is_changing
