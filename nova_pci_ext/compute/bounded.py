# SPDX-License-Identifier: Apache-2.0

"""Work that asks the kernel, which may not answer: waited for with a bound.

The kernel answers in milliseconds, but somebody can hold one of its locks for
as long as an unplugging waits for a guest.  So one thread at a time does such
work, its caller goes on after a while, and what the caller has given up does
not begin another change.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Generic
from typing import TypeVar

T = TypeVar('T')


class GivenUpError(Exception):
    """Nobody waits for the work any more, so it changes nothing."""


class NoAnswerError(Exception):
    """The work is not done.

    :ivar is_changing: whether a change has begun whose end is not known
    """

    def __init__(self, *, is_changing: bool) -> None:
        super().__init__()
        self.is_changing = is_changing


class WorkError(Exception):
    """The work has failed, in whatever way; it has a cause.

    Nobody knows all that a daemon with privileges can answer, and a server is
    deleted all the same.
    """

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause) or type(cause).__name__)


class Permit:
    """Whether work that somebody may have given up may change anything.

    :ivar until: when it is given up, by ``time.monotonic``
    """

    def __init__(self, until: float) -> None:
        self.until = until
        self._lock = threading.Lock()
        self._is_given_up = False
        self._is_changing = False

    @property
    def left_s(self) -> float:
        """Return how long the work is still waited for."""
        return max(0., self.until - time.monotonic())

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """Surround one change.

        :raises GivenUpError: instead of beginning it
        """
        with self._lock:
            if self._is_given_up:
                raise GivenUpError
            self._is_changing = True
        try:
            yield
        finally:
            with self._lock:
                self._is_changing = False

    def give_up(self) -> bool:
        """Let no further change begin.

        :returns: whether one has begun and not ended
        """
        with self._lock:
            self._is_given_up = True
            return self._is_changing


class _Job(Generic[T]):
    def __init__(self, work: Callable[[Permit], T], until: float) -> None:
        self.permit = Permit(until)
        self.thread = threading.Thread(
            target=self._run, args=(work,), daemon=True,
            name='pci-ext-after-release')
        self.result: list[T] = []
        self.error: Exception | None = None

    def _run(self, work: Callable[[Permit], T]) -> None:
        try:
            self.result.append(work(self.permit))
        except GivenUpError:
            pass
        except Exception as exc:  # run() raises it
            self.error = exc


class Bounded:
    """Runs one piece of work at a time.

    :param patience_s: after that the caller goes on
    """

    def __init__(self, patience_s: float) -> None:
        self._patience_s = patience_s
        self._until: float | None = None
        self._thread: threading.Thread | None = None

    @property
    def is_busy(self) -> bool:
        """Whether work that was given up has not ended."""
        return self._thread is not None and self._thread.is_alive()

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Let all work within wait no longer than one piece alone."""
        self._until = time.monotonic() + self._patience_s
        try:
            yield
        finally:
            self._until = None

    def run(self, work: Callable[[Permit], T]) -> T:
        """Do some work and return what it returns.

        :raises NoAnswerError: if it takes longer, or earlier work still runs,
            or what was done together with it took the time
        :raises WorkError: if it fails
        """
        now = time.monotonic()
        until = self._until or now + self._patience_s
        if self.is_busy or until <= now:
            raise NoAnswerError(is_changing=False)
        job = _Job(work, until)
        self._thread = job.thread
        job.thread.start()
        job.thread.join(job.permit.left_s)
        if job.thread.is_alive():
            raise NoAnswerError(is_changing=job.permit.give_up())
        if job.error is not None:
            raise WorkError(job.error) from job.error
        return job.result[0]
