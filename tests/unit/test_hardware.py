# SPDX-License-Identifier: Apache-2.0

"""An emulated machine that hangs costs time, and no result."""

import pytest

from tests.cloud.__main__ import Count
from tests.hardware import __main__ as hardware
from tests.hardware import machine as machine_of
from tests.hardware import place as place_of

STUCK = ('[  {}.9] watchdog: BUG: soft lockup - CPU#1 stuck for {}s! '
         '[qemu-system-x86:2306]\n')


@pytest.fixture
def machine(tmp_path):
    place = place_of.find_place(tmp_path)
    place.logs.mkdir(parents=True)
    return machine_of.Machine(place)


@pytest.mark.parametrize('said, hung', [
    ('@@ ready, 21 s after power on\n', False),
    (STUCK.format(536, 26) + STUCK.format(564, 52), False),
    (STUCK.format(592, 78) + STUCK.format(620, 104), True)])
def test_a_kernel_that_hangs_says_for_how_long(machine, said, hung):
    (machine.place.logs / 'machine.log').write_text(said)
    assert machine.has_hung() is hung


class Report:
    """What pytest says of a test."""

    def __init__(self, nodeid, failed):
        self.nodeid, self.failed = nodeid, failed


class Session:
    """As much as is needed of the one of pytest."""

    shouldstop = False


@pytest.mark.parametrize('failed, has_hung, module', [
    (True, True, 'clean'), (True, False, None), (False, True, None)])
def test_only_a_failure_on_a_hung_machine_ends_the_tests(
        failed, has_hung, module):
    watch, session = hardware.Hung(lambda: has_hung), Session()
    watch.pytest_sessionstart(session)
    watch.pytest_runtest_logreport(
        Report('tests/hardware/test_clean.py::test_it[a-b]', failed))
    assert watch.module == module
    assert bool(session.shouldstop) is (module is not None)


def test_what_runs_again_is_counted_once():
    count = Count()
    count.passed = {'test_boot.py::test_a', 'test_clean.py::test_a'}
    count.failed = {'test_boot.py::test_b', 'test_clean.py::test_b'}
    hardware.forget(count, 'clean')
    assert (count.passed, count.failed) == (
        {'test_boot.py::test_a'}, {'test_boot.py::test_b'})
