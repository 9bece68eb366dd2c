# SPDX-License-Identifier: Apache-2.0
"""``make test-hardware``: machine and cloud, the tests, and their end."""

import concurrent.futures
import signal
import sys
import time
from collections.abc import Callable

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
    status = 1
    try:
        image.make_image(say)
        start(place, say, with_cloud=not set(modules) <= set(SMALL))
        status = int(pytest.main(
            ['-v', '-s', '-p', 'no:cacheprovider', '--durations=15',
             f'--session-timeout={SESSION_S}', *(
                 str(TESTS / f'test_{name}.py') for name in modules)],
            plugins=[count]))
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
