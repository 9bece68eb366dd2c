# SPDX-License-Identifier: Apache-2.0

"""Start and end processes that outlive the one that starts them.

Each runs in a session of its own, and its number and start time are written
down, so that exactly what was started is ended: the kernel gives a number to
another process later, but never with the same start time.
"""

import contextlib
import dataclasses
import os
import pathlib
import signal
import subprocess
import time
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from cloud import layout

POLL_S = 0.1
GRACE_S = 15


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What is run for one service.

    :ivar name: names its log and its file in ``run``
    :ivar environment: what it finds beside our own environment
    """

    name: str
    arguments: tuple[str, ...]
    environment: Mapping[str, str] = dataclasses.field(default_factory=dict)


def start(place: layout.Layout, command: Command) -> None:
    """Start a process unless it runs; its output goes to its log."""
    if is_running(place, command.name):
        return
    with (place.logs / f'{command.name}.log').open('ab') as log:
        process = subprocess.Popen(
            command.arguments, stdin=subprocess.DEVNULL, stdout=log,
            stderr=log, cwd=place.folder, start_new_session=True,
            env={**os.environ, **command.environment})
    began = _start_time(process.pid)
    _record(place, command.name).write_text(f'{process.pid} {began}\n')


def is_running(place: layout.Layout, name: str) -> bool:
    """Whether the process that was started under this name still runs."""
    return find_pid(place, name) is not None


def find_pid(place: layout.Layout, name: str) -> int | None:
    """Return the number of a running process."""
    try:
        pid, began = map(int, _record(place, name).read_text().split())
    except FileNotFoundError:
        return None
    # The processes that we started ourselves wait for us to take notice.
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    return pid if _start_time(pid) == began else None


def started(place: layout.Layout) -> list[str]:
    """Return the names of all processes that were started and not stopped."""
    return sorted(path.name for path in place.run.glob('*'))


def stop(place: layout.Layout, names: Iterable[str]) -> None:
    """End processes together; who does not obey in time is killed."""
    names = tuple(names)
    pids = {name: find_pid(place, name) for name in names}
    for pid in pids.values():
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + GRACE_S
    while (time.monotonic() < deadline
           and any(is_running(place, name) for name in names)):
        time.sleep(POLL_S)
    for name, pid in pids.items():
        # Children may have stayed behind their parent.
        _signal(pid, signal.SIGKILL)
        while is_running(place, name):
            time.sleep(POLL_S)
        _record(place, name).unlink(missing_ok=True)


def terminate(place: layout.Layout, name: str) -> None:
    """End one process as an init system does, to start it again."""
    stop(place, [name])


def kill(place: layout.Layout, name: str) -> None:
    """End a process and its children at once, as a power failure does."""
    _signal(find_pid(place, name), signal.SIGKILL)
    while is_running(place, name):
        time.sleep(POLL_S)


@contextlib.contextmanager
def paused(place: layout.Layout, name: str) -> Iterator[None]:
    """Let a process do nothing for a while."""
    group = find_pid(place, name)
    _signal(group, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(group, signal.SIGCONT)


def _signal(group: int | None, number: signal.Signals) -> None:
    if group is not None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, number)


def _record(place: layout.Layout, name: str) -> pathlib.Path:
    return place.run / name


def _start_time(pid: int) -> int | None:
    """Return when a process started, in clock ticks; None for the dead."""
    try:
        text = pathlib.Path(f'/proc/{pid}/stat').read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(')')[2].split()
    return None if fields[0] == 'Z' else int(fields[19])
