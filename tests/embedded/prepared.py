# SPDX-License-Identifier: Apache-2.0

"""Programs of an embedded Nova, each in a process that has Nova imported.

To import what its services need takes longer than many a program takes with
them.  So one process does it, and has a child for each program; a child is as
a new process is, but for the modules that it finds: the process has one
thread, has read no configuration, and has nothing of ours installed in Nova.
And a child ends without waiting for its threads.
"""

import atexit
import contextlib
import functools
import importlib
import json
import os
import pathlib
import runpy
import select
import signal
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).parents[2]
# What programs and the services in them import, or would import late.
_MODULES = (
    'tests.embedded.gpu_cloud', 'nova.api.openstack.compute.routes',
    'nova.api.openstack.urlmap', 'nova.api.openstack.wsgi_app',
    'nova.compute.manager', 'nova.conductor.manager',
    'nova.scheduler.manager', 'nova.scheduler.filters.numa_topology_filter',
    'placement.handler', 'oslo_messaging._drivers.impl_fake')


def run(module, *arguments, timeout=600):
    """Run a module as ``python -m`` does, in a child of a prepared process.

    :returns: a ``CompletedProcess``
    :raises TimeoutExpired: after so many seconds; the child is ended
    """
    with (tempfile.TemporaryFile('w+') as out,
          tempfile.TemporaryFile('w+') as err):
        status = _process().run(module, arguments, out, err, timeout)
        for each in (out, err):
            each.seek(0)
        return subprocess.CompletedProcess(
            [module, *arguments], status, out.read(), err.read())


@functools.cache
def _process():
    return _Prepared()


class _Prepared:
    """The prepared process, as those see it who want a program run."""

    def __init__(self):
        self._process = subprocess.Popen(
            [sys.executable, '-m', 'tests.embedded.prepared'], cwd=ROOT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        atexit.register(self._end)

    def _end(self):
        self._process.stdin.close()
        self._process.wait()

    def run(self, module, arguments, out, err, timeout):
        """Return the exit status of a program."""
        asked = {'module': module, 'arguments': arguments,
                 'environment': dict(os.environ), 'out': _path(out),
                 'err': _path(err)}
        self._process.stdin.write(json.dumps(asked).encode() + b'\n')
        child = int(self._process.stdout.readline())
        if not select.select([self._process.stdout], [], [], timeout)[0]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            self._process.stdout.readline()
            raise subprocess.TimeoutExpired([module, *arguments], timeout)
        return int(self._process.stdout.readline())


def _path(file):
    return f'/proc/{os.getpid()}/fd/{file.fileno()}'


def _serve(stdin, stdout):
    for module in _MODULES:
        importlib.import_module(module)
    assert threading.active_count() == 1
    for line in stdin:
        child = os.fork()
        if not child:
            _become(**json.loads(line))
        print(child, file=stdout, flush=True)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=stdout, flush=True)


def _become(module, arguments, environment, out, err):
    """Run a program in the child, and end it."""
    os.setpgid(0, 0)
    status = 1
    try:
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        for number, path in ((1, out), (2, err)):
            os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), number)
        os.environ.clear()
        os.environ.update(environment)
        sys.argv = [module, *arguments]
        runpy.run_module(module, run_name='__main__', alter_sys=True)
        status = 0
    except SystemExit as exc:
        status = exc.code if isinstance(exc.code, int) else bool(exc.code)
    except BaseException:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == '__main__':
    _serve(sys.stdin, sys.stdout)
