# SPDX-License-Identifier: Apache-2.0

"""An interrupt ends ``nova-pci quickstart`` at any moment, and is said.

Nothing of it is left, neither a folder nor a process.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
# From before the first line to the story's end, wherever that is here.
MOMENTS_S = (.2, .6, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18)
#: At every other moment to the process alone, and at the first to both.
INTERRUPTS = [(.2, True), *((moment, bool(number % 2))
                            for number, moment in enumerate(MOMENTS_S))]


def start(folder):
    return subprocess.Popen(
        [sys.executable, '-m', 'nova_pci_ext.cli.main', 'quickstart'],
        cwd=ROOT, env={**os.environ, 'TMPDIR': str(folder)}, text=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
        start_new_session=True, preexec_fn=_heed_interrupts)


def _heed_interrupts():
    """Not so what a shell runs in the background, nor we below it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def members(session):
    """Return the processes of a session."""
    found = []
    for path in pathlib.Path('/proc').glob('[0-9]*/stat'):
        try:
            fields = path.read_text().rpartition(')')[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != 'Z':
            found.append(int(path.parent.name))
    return found


ENDS = (
    (130, 'nova-pci: interrupted; nothing of it is left'),
    # Python ends by the signal where it was in code that it made.
    (130, 'nova-pci: interrupted'), (-signal.SIGINT, 'nova-pci: interrupted'),
    # Python itself was starting, and had no line of ours yet.
    (1, 'KeyboardInterrupt'), (-signal.SIGINT, 'KeyboardInterrupt'))


@pytest.mark.parametrize(('moment', 'to_all'), INTERRUPTS, ids=[
    f'{moment}-{"Ctrl-C" if to_all else "kill -INT"}'
    for moment, to_all in INTERRUPTS])
def test_an_interrupt_ends_it_at_any_moment(tmp_path, moment, to_all):
    """Ctrl-C goes to every process of a terminal."""
    process = start(tmp_path)
    time.sleep(moment)
    if process.poll() is None:
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=30)
        if err.endswith('16 of 16 checks hold\n'):
            # A quick machine was at the end of the story, and Python too.
            assert process.returncode in (0, -signal.SIGINT)
        else:
            assert (process.returncode, err.splitlines()[-1]) in ENDS
        assert 'cli/main.py", line' not in err
    else:
        process.communicate()
    assert os.listdir(tmp_path) == []
    assert members(process.pid) == []


def begun(process, text):
    """Read the lines of a process until one has a text."""
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f'no line with {text}')


@pytest.mark.parametrize(('number', 'status'), [
    (signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_each_way_to_end_it_says_so(tmp_path, number, status):
    process = start(tmp_path)
    begun(process, 'Placement answers')
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert err.splitlines()[-1] == (
        'nova-pci: interrupted; nothing of it is left')
    assert process.returncode == status
    assert (os.listdir(tmp_path), members(process.pid)) == ([], [])


def test_no_process_outlives_a_kill(tmp_path):
    process = start(tmp_path)
    begun(process, 'Placement answers')
    process.kill()
    process.communicate(timeout=30)
    until = time.monotonic() + 10
    while members(process.pid) and time.monotonic() < until:
        time.sleep(.1)
    assert members(process.pid) == []
