# SPDX-License-Identifier: Apache-2.0

"""A process that an interrupt ends at any moment, and its folder with it.

Nova's services catch what they can and wait for one another, so nothing
inside their process can end it for sure. They run in a child; what takes the
interrupt is the parent, which does nothing else.
"""

import os
import pathlib
import select
import shutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from typing import NoReturn

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: Seconds for a child that is asked to end.
PATIENCE_S = 15


def run(work: Callable[[pathlib.Path], int]) -> int:
    """Run a function in a child with a temporary folder.

    :param work: gets the folder and returns an exit status
    :returns: the status, or that of a process that a signal ended; the
        folder stays if the status is another than 0 and nobody interrupted
    """
    return _Guard().run(work)


class _Guard:
    """One child and its folder."""

    def __init__(self) -> None:
        self._child = 0
        self._signal = 0

    def run(self, work: Callable[[pathlib.Path], int]) -> int:
        before = {number: signal.signal(number, self._interrupt)
                  for number in (*SIGNALS, signal.SIGALRM)}
        folder = pathlib.Path(tempfile.mkdtemp(prefix='nova-pci-'))
        try:
            status = self._wait(work, folder)
        finally:
            signal.alarm(0)
            for number, handler in before.items():
                signal.signal(number, handler)
        if status < 0 and self._signal:
            print('nova-pci: interrupted; nothing of it is left',
                  file=sys.stderr)
            status = 128 + self._signal
        elif status:
            print(f'kept for you to look at: {folder}/nova.log',
                  file=sys.stderr)
            return status if status > 0 else 1
        shutil.rmtree(folder, ignore_errors=True)
        return status

    def _wait(self, work: Callable[[pathlib.Path], int],
              folder: pathlib.Path) -> int:
        reading, writing = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        # A signal waits until each of the two knows which one it is.
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self._child = os.fork()
        if not self._child:
            os.close(writing)
            _work(work, folder, reading)
        os.close(reading)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        if self._signal:
            os.kill(self._child, signal.SIGTERM)
        _, status = os.waitpid(self._child, 0)
        os.close(writing)
        return os.waitstatus_to_exitcode(status)

    def _interrupt(self, number: int, frame: object) -> None:
        """Ask the child to end; the second time, end it."""
        first = not self._signal
        self._signal = self._signal or number
        if self._child:
            os.kill(self._child, signal.SIGTERM if first else signal.SIGKILL)
            signal.alarm(PATIENCE_S)


def _work(work: Callable[[pathlib.Path], int], folder: pathlib.Path,
          parent: int) -> NoReturn:
    """Be the child, which the parent's signal and the parent's end end."""
    status = 1
    try:
        # Ctrl-C goes to both; the parent tells what to do.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        threading.Thread(target=_end_with_parent, args=(parent,),
                         daemon=True).start()
        status = work(folder)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads had enough.
        status = 0
    except Exception:
        # Nothing above this frame would say so.
        traceback.print_exc()
    finally:
        # Threads of Nova that go on are nobody's to wait for.
        os._exit(status)


def _end_with_parent(parent: int) -> None:
    """Wait for the other end of a pipe to close, which only death does.

    Where threads are those of eventlet, a read would stop them all.
    """
    select.select([parent], [], [])
    os._exit(1)
