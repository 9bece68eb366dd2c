# SPDX-License-Identifier: Apache-2.0

"""``make test-cloud``: a new cloud, the tests, their count, and its end."""

import dataclasses
import os
import signal
import sys
import time
from typing import Any

import pytest

from cloud import __main__ as command
from cloud import bring_up
from cloud import layout
from cloud import settings
from tests.cloud import choices
from tests.libvirt import replay

FOLDER = layout.ROOT / '.cloud' / 'test'
MODULES = ('boot', 'moves', 'hot_plug', 'outlived', 'race', 'start',
           'removal', 'metrics', 'commands', 'explain', 'libvirt', 'faults',
           'in_placement', 'alternatives')
#: Run by name, or with all: CI has no time for them.
LONG = ('gpus', 'sets', 'audit', 'audit_at_once', 'audit_of_libvirt',
        'drained', 'plain_servers', 'vnic_type', 'ansible',
        'explain_server', 'explain_moved')
#: No test begins later than that after the first.
SESSION_S = 14400 if choices.ALL else 3000
TESTS = layout.ROOT / 'tests' / 'cloud'


class Count:
    """Counts outcomes as pytest reports them."""

    def __init__(self) -> None:
        self.passed: set[str] = set()
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report) -> None:
        """A test passes with all of its phases."""
        if report.failed:
            self.failed.add(report.nodeid)
            # A run that is ended later prints no reasons.
            print(f'\n{report.longreprtext}', flush=True)
        elif report.passed and report.when == 'call':
            self.passed.add(report.nodeid)

    def pytest_collectreport(self, report) -> None:
        """A module that cannot be read is a failure."""
        if report.failed:
            self.failed.add(report.nodeid)


def possible_modules() -> list[str]:
    """Return the modules that can run on this machine."""
    modules = [*MODULES, *(LONG if choices.ALL else ())]
    if not replay.is_possible():
        print('modules with a libvirtd are left out: no namespaces here')
        modules = [name for name in modules if 'libvirt' not in name]
    return modules


def main() -> int:
    """Run the named modules of tests, or all."""
    return run([str(TESTS / f'test_{name}.py')
                for name in sys.argv[1:] or possible_modules()])


def run(names: list[str], choice: settings.Choice | None = None,
        **more: Any) -> int:
    """Run tests in a new cloud; returns the exit status.

    Whatever ends them, also a signal, the cloud ends too.

    :param names: files, or what else pytest is told
    :param choice: how the cloud is configured when it starts
    :param more: what is not as usual in its ``Layout``
    """
    # pytest ends at an interrupt only; other exceptions are of the test.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ['NOVA_PCI_CLOUD'] = str(FOLDER)
    place = layout.find_layout()
    # A run that failed has left its cloud's folder to look at.
    bring_up.bring_down(place)
    command.remove(place)
    place = dataclasses.replace(layout.find_layout(), **more)
    count = Count()
    begin = ready = time.monotonic()
    status = 1
    try:
        bring_up.bring_up(place, choice or settings.Choice(), _say)
        ready = time.monotonic()
        status = int(pytest.main(
            ['-v', '-s', '-p', 'no:cacheprovider', '--durations=10',
             f'--session-timeout={SESSION_S}', *names], plugins=[count]))
    except (Exception, KeyboardInterrupt) as exc:
        print(f'cloud: {exc!r}')
    if status:
        # A run that was ended has a failure, whatever it had come to.
        count.failed = count.failed or {'the run'}
        command.print_logs(place)
    bring_up.bring_down(place)
    if not status:
        command.remove(place)
    print(f'cloud ready after {ready - begin:.0f} s, '
          f'tests took {time.monotonic() - ready:.0f} s')
    print(f'{len(count.passed - count.failed)} passed, '
          f'{len(count.failed)} failed')
    return status


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == '__main__':
    sys.exit(main())
