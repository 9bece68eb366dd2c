# SPDX-License-Identifier: Apache-2.0

"""Colours and widths: on terminals, in pipes, and as the variables say."""

import io
import os
import pathlib
import pty
import subprocess
import sys

import pytest

from nova_pci_ext.cli import main
from nova_pci_ext.cli import terminal
from tests import host_scenes
from tests.sysfs_tree import Tree

ROOT = pathlib.Path(__file__).parents[3]
SHARE = 'etc/nova_pci_ext/quickstart'
CONF = f'{SHARE}/nova.conf'
SHOWN = 'doc/source/examples/devices'
HOSTS = (f'{SHARE}/igb-host.json', f'{SHARE}/gpu-host.json',
         f'{SHARE}/plain-host.json', f'{SHOWN}/busy-host.json',
         'tests/data/hgx-host/inventory.json',
         'tests/data/bond-host/inventory.json')
BUSY = ('devices', '--inventory', f'{SHOWN}/busy-host.json',
        '--config-file', f'{SHOWN}/nova.conf')
GREEN, RED = '\033[32m', '\033[31m'


@pytest.fixture(autouse=True)
def variables(monkeypatch):
    for name in ('COLUMNS', 'NO_COLOR', 'FORCE_COLOR', 'TTY_COMPATIBLE'):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv('TERM', 'xterm')


class Stream(io.StringIO):
    encoding = 'utf-8'

    def __init__(self, is_terminal):
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self):
        return self._is_terminal


@pytest.mark.parametrize(('is_terminal', 'variables_set', 'coloured'), [
    (True, {}, True), (False, {}, False),
    (True, {'NO_COLOR': '1'}, False), (False, {'FORCE_COLOR': '1'}, True),
    (False, {'FORCE_COLOR': '1', 'NO_COLOR': '1'}, False),
    (True, {'TERM': 'dumb'}, False),
], ids=str)
@pytest.mark.parametrize(('words', 'colour'), [
    (BUSY, GREEN),
    (('check', '--config-file', 'nowhere.conf'), RED)],
    ids=['devices', 'check'])
def test_when_there_are_colours(monkeypatch, is_terminal, variables_set,
                                coloured, words, colour):
    monkeypatch.chdir(ROOT)
    for name, value in variables_set.items():
        monkeypatch.setenv(name, value)
    stream = Stream(is_terminal)
    monkeypatch.setattr('sys.stdout', stream)
    main.main(list(words))
    assert (colour in stream.getvalue()) is coloured
    assert ('\033' in stream.getvalue()) is coloured


def test_a_real_terminal_has_colours():
    """As long as nothing says otherwise."""
    outer, inner = pty.openpty()
    done = subprocess.run(
        [sys.executable, '-W', 'ignore', '-m', 'nova_pci_ext.cli.main',
         *BUSY], cwd=ROOT, stdout=inner, timeout=60, check=True)
    os.close(inner)
    said = b''
    while True:
        try:
            part = os.read(outer, 65536)
        except OSError:
            break
        if not part:
            break
        said += part
    os.close(outer)
    assert done.returncode == 0
    assert GREEN.encode() in said


def at_80_columns(monkeypatch, capsys, *words):
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv('COLUMNS', '80')
    main.main(list(map(str, words)))
    shown = capsys.readouterr()
    return shown.out.splitlines()


@pytest.mark.parametrize('host', HOSTS)
@pytest.mark.parametrize('words', [
    ('devices',), ('devices', '--bridges'), ('devices', '--unfolded'),
    ('devices', '-f', 'table'), ('check',)], ids=' '.join)
def test_every_line_is_within_80_columns(monkeypatch, capsys, host, words):
    lines = at_80_columns(monkeypatch, capsys, *words, '--inventory', host,
                          '--config-file', CONF)
    assert lines
    assert [line for line in lines if len(line) > 80] == []


@pytest.mark.parametrize(
    'scene', host_scenes.SCENES, ids=lambda scene: scene.draw.__name__)
def test_made_hosts_too(monkeypatch, capsys, tmp_path, scene):
    tree = host_scenes.plain_host(Tree(tmp_path / 'host'))
    scene.drawn(tree)
    for words in (('devices',), ('check', '--config-file', CONF)):
        lines = at_80_columns(monkeypatch, capsys, *words, '--sysfs',
                              tree.root)
        assert [line for line in lines if len(line) > 80] == []


def test_a_host_of_4000_devices_is_checked_in_a_few_lines(
        monkeypatch, capsys, tmp_path):
    path = tmp_path / 'host.json'
    cards = ',\n'.join(
        f'{{"address": "0000:{bus:02x}:00.0", "vendor_id": "8086", '
        '"product_id": "1572", "dev_type": "type-PF", "total_vfs": 250}'
        for bus in range(16))
    vfs = ',\n'.join(
        f'{{"address": "0000:{bus:02x}:{1 + index // 8:02x}.{index % 8}", '
        '"vendor_id": "8086", "product_id": "154c", "dev_type": "type-VF", '
        f'"vf_index": {index}, "parent": "0000:{bus:02x}:00.0"}}'
        for bus in range(16) for index in range(248))
    path.write_text('{"format": "nova-pci-inventory", "version": 1, "host": '
                    f'"h", "devices": [{cards}, {vfs}]}}')
    conf = tmp_path / 'nova.conf'
    conf.write_text('[pci]\ndevice_spec = {"product_id": "154c"}\n')
    lines = at_80_columns(monkeypatch, capsys, 'check', '--inventory', path,
                          '--config-file', conf)
    assert lines[0].startswith('0 errors, ')
    assert ('    0000:00:01.0 to 0000:00:1f.7, 248 devices (VF 0-247), '
            'type-VF 8086:154c, no') in lines
    assert len(lines) < 80


def test_in_a_pipe_lines_are_whole(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    main.main(list(BUSY))
    (line,) = [line for line in capsys.readouterr().out.splitlines()
               if 'owned: 0000:81:00.0' in line]
    assert 'c2b1f0de-3a77-4f4e-8b61-7d9e5a1c4420' in line
    assert line.endswith('IOMMU group 9')


@pytest.mark.parametrize('text', ['', 'x', '-1', '0', '٣٠', '19'])
def test_a_width_that_is_none_is_not_taken(monkeypatch, text):
    monkeypatch.setenv('COLUMNS', text)
    assert terminal.width_of(Stream(False)) == terminal.WHOLE
