# SPDX-License-Identifier: Apache-2.0

"""How far a command is that asks many hosts, for whoever waits for it."""

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

    def asked(self, number: int, what: str = 'hosts asked') -> None:
        """Say how many hosts have answered by now, or what was done."""
        if self._stream.isatty() and self._clock() >= self._next_s:
            self._next_s = self._clock() + _NEXT_S
            self._show(f'{number} {what}')

    def close(self) -> None:
        """Take the line away."""
        if self._shown:
            self._show('')

    def _show(self, text: str) -> None:
        blank = ' ' * (len(self._shown) - len(text))
        self._stream.write(f'\r{text}{blank}{"" if text else chr(13)}')
        self._stream.flush()
        self._shown = text
