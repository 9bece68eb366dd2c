# SPDX-License-Identifier: Apache-2.0

"""Hand the tests out to worker processes, one at a time.

Handing out single tests keeps the shares balanced without knowing how long a
test takes, and when a worker dies it is known which test it was running.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass

from tests.nova_suites import outcome

ROOT = pathlib.Path(__file__).parents[2]
END_LIMIT_S = 60


class WorkerError(Exception):
    """A worker did not start, or did not end, as it should."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Start:
    """What a worker says once it has loaded the tests."""

    replaced: tuple[str, ...]
    leftovers: tuple[str, ...]
    tests: tuple[str, ...]


class Worker:
    """One process of :mod:`tests.nova_suites.worker`."""

    def __init__(self, arguments: Sequence[str]) -> None:
        # Closed by kill(), as the pipes are.
        self._noise = tempfile.TemporaryFile(  # noqa: SIM115
            'w+', errors='replace')
        self._process = subprocess.Popen(
            [sys.executable, '-W', 'ignore', '-m',
             'tests.nova_suites.worker', *arguments],
            cwd=ROOT, text=True, bufsize=1, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._noise)

    def start(self) -> Start:
        """Wait until the tests are loaded.

        :raises WorkerError: with the end of what the worker printed
        """
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(f'a worker did not start\n{self.noise()}')
        said = json.loads(line)
        return Start(**{key: tuple(said[key]) for key in said})

    def run(self, test: str, limit_s: float) -> outcome.Outcome:
        """Run one test; the death of the worker is a failure of the test."""
        watchdog = threading.Timer(limit_s, self._process.kill)
        watchdog.start()
        try:
            self._process.stdin.write(f'{test}\n')
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ''
        finally:
            watchdog.cancel()
        if line:
            return outcome.decode(line)
        status = self._process.wait()
        return outcome.Outcome(
            test=test, status=outcome.Status.FAILED, seconds=0,
            why=f'the worker ended with status {status}, or was ended after '
                f'{limit_s:.0f} seconds', traceback=self.noise())

    def finish(self) -> tuple[str, ...]:
        """Let the worker end, and return what was left over by then.

        :raises WorkerError: if it ends without saying so
        """
        self._process.stdin.close()
        line = self._process.stdout.readline()
        self._process.wait(END_LIMIT_S)
        if not line:
            raise WorkerError(f'a worker ended early\n{self.noise()}')
        return tuple(json.loads(line)['leftovers'])

    def alive(self) -> bool:
        """Say whether the process still runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process now, if it still runs, and forget its output."""
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._noise.close()

    def noise(self) -> str:
        """Return the end of what the process printed."""
        self._noise.seek(0)
        return self._noise.read()[-3000:]


class Crew:
    """Several workers with the same arguments."""

    def __init__(
        self, size: int, arguments: Sequence[str], limit_s: float,
    ) -> None:
        self._arguments = tuple(arguments)
        self._limit_s = limit_s
        self._workers = [Worker(self._arguments) for _ in range(size)]
        self._lock = threading.Lock()
        self._leftovers: set[str] = set()
        self._faults: list[Exception] = []

    def start(self) -> Start:
        """Wait for all workers and return what they say, which is the same.

        :raises WorkerError: if one does not start, or an original is still
            in use
        """
        starts = [worker.start() for worker in self._workers]
        if len(set(starts)) > 1:
            raise WorkerError('the workers loaded different tests')
        if starts[0].leftovers:
            raise WorkerError('\n'.join(starts[0].leftovers))
        return starts[0]

    def run(
        self, tests: Sequence[str],
        report: Callable[[outcome.Outcome], None],
    ) -> tuple[str, ...]:
        """Run the tests, first come first served.

        :param report: is called with each outcome, one call at a time
        :returns: what of the originals was in use at the end, sorted
        :raises WorkerError: if a worker could not be replaced or ended
        """
        waiting = collections.deque(tests)
        threads = [
            threading.Thread(target=self._serve, args=(n, waiting, report))
            for n in range(len(self._workers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._faults:
            raise self._faults[0]
        return tuple(sorted(self._leftovers))

    def _serve(self, number, waiting, report) -> None:
        try:
            while True:
                try:
                    test = waiting.popleft()
                except IndexError:
                    break
                result = self._workers[number].run(test, self._limit_s)
                with self._lock:
                    report(result)
                if not self._workers[number].alive():
                    self._replace(number)
            left = self._workers[number].finish()
            with self._lock:
                self._leftovers.update(left)
        except (WorkerError, OSError, subprocess.TimeoutExpired) as fault:
            self._faults.append(fault)
            waiting.clear()

    def _replace(self, number: int) -> None:
        self._workers[number].kill()
        self._workers[number] = Worker(self._arguments)
        self._workers[number].start()

    def dismiss(self) -> None:
        """End every worker that still runs."""
        for worker in self._workers:
            worker.kill()
