# SPDX-License-Identifier: Apache-2.0

"""Processes that run the cloud, one at a time, and how each of them ends.

A life is a fork of a process that has imported Nova and started nothing, so
it begins in milliseconds and inherits no thread and no database connection.
"""

import json
import os
import pathlib
import select
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

LIMIT_S = 240

Tell = Callable[[dict[str, Any]], None]


class LifeError(Exception):
    """A life did not end as it should."""


def live(folder: pathlib.Path,
         story: Callable[[Tell], None]) -> dict[str, Any]:
    """Run a story in a process of its own until it tells something.

    The process is killed with SIGKILL the moment that it tells.

    :param story: is called with a function that it tells its result with,
        which does not return
    :param folder: gets the output of the process
    :returns: what was told
    :raises LifeError: if nothing is told, with the end of the output
    """
    reading, writing = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _child(folder, story, writing)
    os.close(writing)
    try:
        told = _read(reading)
    finally:
        os.close(reading)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
    if not told:
        raise LifeError((folder / 'life.out').read_text()[-4000:])
    return json.loads(told)


def _read(reading: int) -> bytes:
    """Read one line, or what there is when the writer ends or time is up."""
    told = b''
    while not told.endswith(b'\n'):
        if not select.select([reading], [], [], LIMIT_S)[0]:
            return b''
        piece = os.read(reading, 65536)
        if not piece:
            return b''
        told += piece
    return told


def _child(folder: pathlib.Path, story: Callable[[Tell], None],
           writing: int) -> None:
    """Run the story; never returns."""
    def tell(what: dict[str, Any]) -> None:
        os.write(writing, json.dumps(what).encode() + b'\n')
        while True:
            signal.pause()
    try:
        out = os.open(folder / 'life.out',
                      os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(out, 1)
        os.dup2(out, 2)
        story(tell)
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1)
