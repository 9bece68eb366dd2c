# SPDX-License-Identifier: Apache-2.0

"""How far a command is that asks many hosts, for whoever waits for it."""

import threading
import time
from collections.abc import Callable
from typing import TextIO

# Whoever waits less needs nothing to look at; nobody reads faster.
_FIRST_S = 1.0
_NEXT_S = 0.2


class Progress:
    """One line on a terminal, written over as the number grows.

    As with the clients of OpenStack there is none where the stream is not a
    terminal: a log or another program would have to read it.

    :param stream: standard error
    :param clock: seconds, from any point on
    """

    def __init__(self, stream: TextIO,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._next_s = clock() + _FIRST_S
        self._shown = ''
        self._step = ''
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def step(self, text: str) -> None:
        """Say what is being done, once a second is over.

        It is said while that goes on: nobody knows how long it takes.
        """
        if not self._stream.isatty():
            return
        with self._lock:
            self._step = text
            if self._clock() >= self._next_s:
                self._show(text)
        if self._timer is None:
            self._timer = threading.Timer(_FIRST_S, self._late)
            self._timer.daemon = True
            self._timer.start()

    def _late(self) -> None:
        with self._lock:
            if self._step and not self._shown:
                self._show(self._step)

    def asked(self, number: int, what: str = 'hosts asked') -> None:
        """Say how many hosts have answered by now, or what was done."""
        if self._stream.isatty() and self._clock() >= self._next_s:
            self._next_s = self._clock() + _NEXT_S
            with self._lock:
                self._show(f'{number} {what}')

    def close(self) -> None:
        """Take the line away."""
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            self._step = ''
            if self._shown:
                self._show('')

    def _show(self, text: str) -> None:
        blank = ' ' * (len(self._shown) - len(text))
        self._stream.write(f'\r{text}{blank}{"" if text else chr(13)}')
        self._stream.flush()
        self._shown = text
