# SPDX-License-Identifier: Apache-2.0
"""``make test-hardware``: machine and cloud, the tests, and their end."""

import concurrent.futures
import pathlib
import shutil
import signal
import sys
import time
from collections.abc import Callable
from collections.abc import Sequence

import pytest

from cloud import __main__ as command
from cloud import bring_up
from cloud import layout
from tests.cloud.__main__ import Count
from tests.hardware import compute as compute_of
from tests.hardware import image
from tests.hardware import machine as machine_of
from tests.hardware import place as place_of

#: What needs the machine alone.
SMALL = ('machine', 'without_iommu')
MODULES = ('machine', 'boot', 'clean', 'commands', 'life', 'hot_plug',
           'kills', 'storm', 'refused', 'without_iommu')
TESTS = layout.ROOT / 'tests' / 'hardware'
#: No test begins later than that after the first.
SESSION_S = 7200
#: Machines that may hang in a run; the tests go on with another.
HUNG = 2


class Hung:
    """Ends the tests where one fails since the machine has hung.

    :ivar module: the one that was run, None without a hung machine
    """

    def __init__(self, has_hung: Callable[[], bool]) -> None:
        self.module: str | None = None
        self._has_hung = has_hung
        self._session: pytest.Session | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Note what is to be ended."""
        self._session = session

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Look at the machine when a test has failed."""
        if report.failed and self.module is None and self._has_hung():
            self.module = module_of(report.nodeid)
            assert self._session is not None
            self._session.shouldstop = 'the machine has hung'


def main() -> int:
    """Run the named modules of tests, or all; ``small`` are those of CI.

    Whatever ends them, also a signal, machine and cloud end too.
    """
    # pytest ends at an interrupt only; other exceptions are of the test.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    begin = time.monotonic()

    def say(text: str) -> None:
        print(f'{time.monotonic() - begin:6.0f} s  {text}', flush=True)
    modules = tuple(sys.argv[1:]) or MODULES
    modules = SMALL if modules == ('small',) else modules
    # A run that failed has left its folder to look at.
    _end(place_of.find_place())
    command.remove(place_of.find_place())
    place = place_of.find_place()
    count = Count()
    status: int = 1
    try:
        image.make_image(say)
        left = modules
        for hung in range(HUNG + 1):
            start(place, say, with_cloud=not set(modules) <= set(SMALL))
            watch = Hung(machine_of.Machine(place).has_hung)
            status = _test(left, [count, watch])
            if watch.module is None or hung == HUNG:
                break
            say(f'the machine has hung in {watch.module}: '
                f'its tests and those after it run on another')
            left = left[left.index(watch.module):]
            forget(count, watch.module)
            _end(place)
            shutil.copy(place.logs / f'{place_of.MACHINE}.log',
                        place_of.FOLDER / f'hung-{hung + 1}.log')
            command.remove(place)
            place = place_of.find_place()
        status = status or bool(count.failed)
        say('the tests have ended')
    except (Exception, KeyboardInterrupt) as exc:
        print(f'hardware: {exc!r}')
    if status:
        # A run that was ended has a failure, whatever it had come to.
        count.failed = count.failed or {'the run'}
        command.print_logs(place)
    _end(place)
    if not status:
        command.remove(place)
    say('all has ended')
    print(f'{len(count.passed - count.failed)} passed, '
          f'{len(count.failed)} failed')
    return status


def module_of(test: str) -> str:
    """Return the module of a test as the command names it."""
    return pathlib.PurePath(test.partition('::')[0]).stem.removeprefix('test_')


def forget(count: Count, module: str) -> None:
    """Count nothing of a module: its tests run again, all of them."""
    for outcome in (count.passed, count.failed):
        outcome -= {test for test in outcome if module_of(test) == module}


def _test(modules: Sequence[str], plugins: Sequence[object]) -> int:
    return int(pytest.main(
        ['-v', '-s', '-p', 'no:cacheprovider', '--durations=15',
         f'--session-timeout={SESSION_S}', *(
             str(TESTS / f'test_{name}.py') for name in modules)],
        plugins=plugins))


def _end(place: layout.Layout) -> None:
    machine_of.Machine(place).stop()
    bring_up.bring_down(place)


def start(place: layout.Layout, say: Callable[[str], None], *,
          with_cloud: bool) -> None:
    """Start the machine and the cloud beside one another, then the compute.

    Without a cloud there is the machine, with this package in it.

    :raises MachineError: for a machine that does not start
    :raises NotReadyError: for a service that does not
    """
    machine = machine_of.Machine(place)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        booted = pool.submit(machine.start, say)
        if with_cloud:
            bring_up.bring_up(place, compute_of.CHOICE, say)
        booted.result()
    say('the machine is ready')
    compute_of.install_package(machine)
    if with_cloud:
        compute = compute_of.Compute(machine)
        compute.prepare()
        compute.start()
        say('its compute is up')


if __name__ == '__main__':
    sys.exit(main())
