# SPDX-License-Identifier: Apache-2.0

"""A real libvirtd that takes the recorded igb host for its machine."""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile
import time

from tests import igb_host

SCRIPT = pathlib.Path(__file__).with_name('replay.sh')
UNSHARE = ('unshare', '--mount', '--net', '--pid', '--fork', '--kill-child',
           '--mount-proc')
TIMEOUT_S = 60


class Replay:
    """A running libvirtd in namespaces of its own.

    :ivar log: what libvirtd has written
    """

    def __init__(self, pid, log):
        self._pid = pid
        self.log = log

    def command(self, *program):
        """Return what runs a program with the host's /sys and its libvirtd.

        It keeps this machine's network, where the other services are.
        """
        return ('nsenter', '--target', str(self._pid), '--mount',
                f'--wd={pathlib.Path.cwd()}', *map(str, program))

    def run(self, *program, timeout_s=TIMEOUT_S):
        """Run a program there, and return what it wrote to stdout."""
        done = subprocess.run(
            self.command(*program), capture_output=True, text=True,
            timeout=timeout_s)
        assert done.returncode == 0, done.stderr
        return done.stdout


def is_possible():
    """Whether this machine lets us make namespaces; containers may not."""
    return subprocess.run([*UNSHARE, 'true'], stderr=subprocess.DEVNULL,
                          timeout=TIMEOUT_S).returncode == 0


@contextlib.contextmanager
def replayed():
    """Start libvirtd on the recorded host, yield the Replay, and end it."""
    # A path of a socket may have 107 characters, fewer than pytest's have.
    folder = pathlib.Path(tempfile.mkdtemp(prefix='replay-'))
    igb_host.unpack(folder)
    with (folder / 'log').open('wb') as log:
        process = subprocess.Popen(
            [*UNSHARE, 'sh', str(SCRIPT), str(folder)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            start_new_session=True)
    try:
        _wait(process, folder)
        yield Replay(first_process(process.pid), folder / 'log')
    finally:
        # unshare ignores SIGTERM; with it, its child and all below end.
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _wait(process, folder):
    """Wait until libvirtd answers with its devices."""
    deadline = time.monotonic() + TIMEOUT_S
    while not _answers(process.pid):
        assert process.poll() is None and time.monotonic() < deadline, (
            (folder / 'log').read_text()[-2000:])
        time.sleep(0.2)


def _answers(pid):
    child = first_process(pid)
    if child is None:
        return False
    done = subprocess.run(
        ['nsenter', '--target', str(child), '--mount', 'virsh', '--connect',
         'qemu:///system', 'nodedev-list', '--cap', 'pci'],
        capture_output=True, text=True, timeout=TIMEOUT_S)
    return done.returncode == 0 and bool(done.stdout.strip())


def first_process(pid):
    """Return the first process of new namespaces, None if not there.

    :param pid: of the unshare that makes them
    """
    found = subprocess.run(['ps', '-o', 'pid=', '--ppid', str(pid)],
                           capture_output=True, text=True).stdout.split()
    return int(found[0]) if found else None
