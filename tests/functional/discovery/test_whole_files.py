# SPDX-License-Identifier: Apache-2.0

"""Files that are written whole or not at all, and read with a bound."""

import os
import pathlib
import resource
import signal
import stat
import subprocess
import sys

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import whole_files

ROOT = pathlib.Path(__file__).parents[3]
OLD = 'the old text\n'


@pytest.fixture
def path(tmp_path):
    path = tmp_path / 'file'
    path.write_text(OLD)
    return path


def test_a_file_is_replaced_and_nothing_else_is_left(path):
    os.chmod(path, 0o640)
    whole_files.write(path, 'ä\n')
    assert path.read_bytes() == 'ä\n'.encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(path.parent) == ['file']


def test_a_new_file_has_the_mode_of_any_other(tmp_path):
    (tmp_path / 'other').write_text('')
    whole_files.write(tmp_path / 'new', 'x')
    assert (tmp_path / 'new').stat().st_mode == (
        tmp_path / 'other').stat().st_mode


def test_a_link_stays_a_link(path):
    link = path.parent / 'link'
    link.symlink_to('file')
    whole_files.write(link, 'new')
    assert link.is_symlink()
    assert path.read_text() == 'new'


def test_a_bad_character_leaves_the_old_file(path):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        whole_files.write(path, 'new \ud800')
    assert str(caught.value) == (
        f"{path}: cannot be written: '\\ud800' is not a character")
    assert (path.read_text(), os.listdir(path.parent)) == (OLD, ['file'])


def limited(*words, size):
    """Run a command under which no file can become longer."""
    def limit():
        # As a full disk: the write fails with an error, not with a signal.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return subprocess.run(
        [sys.executable, '-m', 'nova_pci_ext.cli.main', *map(str, words)],
        cwd=ROOT, preexec_fn=limit, capture_output=True, text=True,
        timeout=60)


@pytest.mark.parametrize('words', [
    ('devices', '--inventory', 'etc/nova_pci_ext/quickstart/gpu-host.json',
     '--record'),
    ('devices', '--inventory', 'etc/nova_pci_ext/quickstart/gpu-host.json',
     '--plot'),
    ('migrate', 'doc/source/examples/check/2014.conf', '--output'),
], ids=lambda words: f'{words[0]} {words[-1]}')
def test_a_full_disk_leaves_the_old_file(path, words):
    done = limited(*words, path, size=100)
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr.splitlines()[-1] == (
        f'nova-pci: error: {path}: cannot be written: File too large')
    assert (path.read_text(), os.listdir(path.parent)) == (OLD, ['file'])


@pytest.mark.parametrize('call', ['write', 'fsync', 'rename', 'fchmod'])
def test_an_interrupt_leaves_the_old_file(path, monkeypatch, call):
    """At whichever step the signal comes."""
    def interrupt(*words, **more):
        raise KeyboardInterrupt

    if call == 'write':
        opened = open

        def interrupted(*words, **more):
            file = opened(*words, **more)
            monkeypatch.setattr(os, 'fsync', interrupt)
            return file

        monkeypatch.setattr('builtins.open', interrupted)
    else:
        monkeypatch.setattr(os, call, interrupt)
    with pytest.raises(KeyboardInterrupt):
        whole_files.write(path, 'new')
    monkeypatch.undo()
    assert (path.read_text(), os.listdir(path.parent)) == (OLD, ['file'])


def test_what_is_no_file_is_written_to():
    """``--record /dev/stdout`` goes into the pipe."""
    done = subprocess.run(
        [sys.executable, '-m', 'nova_pci_ext.cli.main', 'migrate',
         'doc/source/examples/check/2014.conf', '--output', '/dev/stdout'],
        cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert '[pci]' in done.stdout


@pytest.mark.parametrize(('place', 'message'), [
    pytest.param('/dev/zero', 'not a file', id='a device'),
    pytest.param('/tmp', 'cannot be read: Is a directory', id='a folder'),
    pytest.param('/nowhere', 'cannot be read: No such file or directory',
                 id='nothing'),
])
def test_only_files_are_read(place, message):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        whole_files.read(pathlib.Path(place))
    assert str(caught.value) == f'{place}: {message}'


def test_nobody_waits_for_a_fifo(tmp_path):
    os.mkfifo(tmp_path / 'fifo')
    assert whole_files.read(tmp_path / 'fifo') == ''


def test_a_pipe_is_read_to_its_end():
    reading, writing = os.pipe()
    os.write(writing, b'text')
    os.close(writing)
    try:
        assert whole_files.read(
            pathlib.Path(f'/dev/fd/{reading}')) == 'text'
    finally:
        os.close(reading)


def test_an_endless_file_is_an_error(path):
    with open(path, 'wb') as file:
        file.truncate(1 << 40)
    with pytest.raises(exceptions.DiscoveryError) as caught:
        whole_files.read(path)
    assert str(caught.value) == f'{path}: is longer than 67108864 bytes'
