# SPDX-License-Identifier: Apache-2.0

"""Files by name, and ``-`` for a stream, in every command."""

import io
import pathlib
import subprocess
import sys

import pytest

from nova_pci_ext.bookkeeping import recording
from nova_pci_ext.cli import audit
from nova_pci_ext.cli import main
from tests import audit_scenes

ROOT = pathlib.Path(__file__).parents[3]
SHARE = 'etc/nova_pci_ext/quickstart'
HOST = f'{SHARE}/igb-host.json'
CONF = 'doc/source/examples/devices/nova.conf'
BOOKS = 'doc/source/examples/audit/books.json'
OLD = 'doc/source/examples/check/2014.conf'


def piped(words, content):
    """Run a command with something on its standard input."""
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'nova_pci_ext.cli.main',
         *words], input=content, cwd=ROOT, capture_output=True, text=True,
        timeout=120)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(('words', 'path'), [
    (('devices', '--config-file', CONF, '--inventory', '{}'), HOST),
    (('devices', '--inventory', HOST, '--config-file', '{}'), CONF),
    (('check', '--config-file', CONF, '--inventory', '{}'), HOST),
    (('check', '--inventory', HOST, '--config-file', CONF,
      '--neutron-config', '{}'), 'tests/neutron/ml2.ini'),
    (('audit', '--books', '{}'), BOOKS),
    (('migrate', '{}'), OLD),
    (('devices', '--inventory', 'tests/data/hgx-host/inventory.json',
      '--suggest-groups', '--gpu-modules',
      'tests/data/hgx-host/nvidia-smi.txt', '--partition-table', '{}'),
     'tests/data/hgx-host/fmpm.json'),
], ids=lambda each: ' '.join(each) if isinstance(each, tuple) else None)
def test_a_file_can_come_in_on_the_standard_input(words, path):
    by_name = piped([word.format(path) for word in words], '')
    status, out, err = piped([word.format('-') for word in words],
                             (ROOT / path).read_text())
    assert (status, err) == by_name[::2]
    assert [line for line in out.splitlines()
            if 'standard-input' not in line] == [
        line for line in by_name[1].splitlines() if path not in line]


def test_nova_itself_can_read_what_came_in():
    """Its configuration is read by path, and more than once."""
    words = ['explain', '--inventory', HOST, '--extra-spec',
             'pci_passthrough:alias=v100:1', '--config-file']
    assert piped([*words, '-'], (ROOT / SHARE / 'nova.conf').read_text()) == (
        piped([*words, f'{SHARE}/nova.conf'], ''))


def test_nothing_of_it_is_left(tmp_path, monkeypatch):
    monkeypatch.setenv('TMPDIR', str(tmp_path))
    assert piped(['devices', '--inventory', '-'],
                 (ROOT / HOST).read_text())[0] == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize('words', [
    ['devices', '--inventory', '-'],
    ['devices', '--inventory', '-', '--config-file', '-']], ids=len)
def test_the_standard_input_is_read_once(words):
    content = '' if len(words) == 3 else (ROOT / HOST).read_text()
    status, out, err = piped(words, content)
    assert (status, out) == (2, '')
    assert err.splitlines()[0] == (
        f'nova-pci: error: argument {words[-2]}: -: the standard input is '
        'empty, or was read already for another argument')


def test_bytes_that_are_no_text_are_refused_in_words(run, monkeypatch):
    monkeypatch.setattr(sys, 'stdin', io.TextIOWrapper(io.BytesIO(b'\xff')))
    status, out, err = run('devices', '--inventory', '-')
    assert (status, out) == (2, '')
    assert err.endswith('standard-input: is not UTF-8 at byte 0\n')


@pytest.mark.parametrize('option', ['--record', '--plot'])
def test_a_file_on_the_standard_output_stands_there_alone(
        run, tmp_path, option):
    words = ('devices', '--inventory', HOST, '--config-file', CONF)
    assert run(*words, option, tmp_path / 'file.svg')[0] == 0
    assert run(*words, option, '-') == (
        0, (tmp_path / 'file.svg').read_text(), '')


def test_a_fleet_can_be_drawn_to_the_standard_output(run):
    words = ('fleet', '--books', 'doc/source/examples/fleet/books.json')
    status, out, err = run(*words, '--plot', '-')
    assert (status, err) == (0, '')
    assert out.startswith('<?xml') and out.endswith('</svg>\n')


def test_books_are_recorded_to_the_standard_output(
        capsys, monkeypatch, tmp_path):
    """What reads a cloud is tried elsewhere; here it has read some books."""
    books = audit_scenes.known_cloud()
    monkeypatch.setattr(audit.Audit, '_audit', lambda self, asked: (
        books, ()))
    assert main.main(['audit', '--record', '-']) == 0
    assert capsys.readouterr() == (recording.format_books(books), '')


def test_a_migrated_file_goes_to_the_standard_output(run):
    assert run('migrate', OLD, '--output', '-') == run('migrate', OLD)


@pytest.mark.parametrize(('words', 'message'), [
    (('devices', '--inventory', HOST, '--record', '-', '--plot', '-'),
     '--record -: --plot has the standard output already'),
    (('devices', '--inventory', HOST, f'{SHARE}/gpu-host.json', '--record',
      '-'), '--record: expected one host, got 2'),
    (('devices', '--inventory', HOST, HOST),
     f'{HOST}, {HOST}: more than one recorded host is called igb-host'),
    (('drained', '--config-file', CONF, '--inventory', HOST, '--inventory',
      f'{SHARE}/gpu-host.json'),
     '--inventory: expected one recorded host, got 2'),
], ids=['one stream', 'two hosts', 'twins', 'drained'])
def test_what_does_not_go_together_is_refused(run, words, message):
    assert run(*words) == (2, '', f'nova-pci: error: {message}\n')


def test_the_standard_input_is_not_replaced():
    status, out, err = piped(['migrate', '-', '--in-place'],
                             (ROOT / OLD).read_text())
    assert (status, out) == (2, '')
    assert err == ('nova-pci: error: --in-place: the standard input is not a '
                   'file; expected --output, or the name of a file\n')


def test_a_difference_names_no_temporary_file():
    status, out, _ = piped(['migrate', '-', '--diff'],
                           (ROOT / OLD).read_text())
    assert (status, out.splitlines()[:2]) == (0, ['--- -', '+++ -'])


@pytest.mark.parametrize('name', ['host.png', 'HOST.JPG', 'a/b.pdf'])
def test_a_picture_that_is_no_svg_is_refused_in_words(capsys, run, name):
    with pytest.raises(SystemExit) as ended:
        run('devices', '--inventory', HOST, '--plot', name)
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[0] == (
        f'nova-pci: error: argument --plot: {name}: pictures are written as '
        'SVG; expected a name that ends with .svg, of which "rsvg-convert '
        '--output host.png host.svg" makes a PNG')
