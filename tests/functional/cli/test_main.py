# SPDX-License-Identifier: Apache-2.0

"""Exit status and words of ``nova-pci``, whatever the command."""

import os
import pathlib
import subprocess
import sys

import pytest

from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import main

ROOT = pathlib.Path(__file__).parents[3]
QUICKSTART = 'etc/nova_pci_ext/quickstart'
IGB_HOST = f'{QUICKSTART}/igb-host.json'


@pytest.fixture
def run(monkeypatch, capsys):
    monkeypatch.chdir(ROOT)

    def go(*words):
        try:
            status = main.main([str(word) for word in words])
        except SystemExit as exc:
            status = exc.code or 0
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return go


def test_alone_it_shows_the_help(run):
    status, out, err = run()
    assert (status, err) == (0, '')
    assert out == run('--help')[1] == run('-v')[1] == run('help')[1]
    assert [line.split()[0] for line in out.split('Commands:\n')[1]
            .splitlines()] == ['audit', 'capacity', 'check', 'complete',
                               'devices', 'drain', 'drained',
                               'explain', 'fleet', 'help', 'migrate',
                               'quickstart', 'rebalance', 'undrain']


@pytest.mark.parametrize(('words', 'message'), [
    pytest.param(('explain', '--count', '0'), 'argument --count: expected a '
                 "whole number from 1 to 2147483647, got '0'", id='zero'),
    pytest.param(('explain', '--with-moves', '0'), 'argument --with-moves: '
                 "expected a whole number from 1 to 2147483647, got '0'",
                 id='moves'),
    pytest.param(('explain', '--vcpus', 'x'), 'argument --vcpus: expected a '
                 "whole number from 1 to 2147483647, got 'x'", id='a letter'),
    pytest.param(('explain', '--ram', '٣'), 'argument --ram: expected a '
                 "whole number from 1 to 2147483647, got '٣'",
                 id='a digit of another script'),
    pytest.param(('explain', '--numa-cells', '9' * 5000),
                 'argument --numa-cells: expected a whole number from 1 to '
                 f"2147483647, got '{'9' * 5000}'", id='a long number'),
])
def test_a_number_that_is_none_is_refused_in_words(run, words, message):
    status, out, err = run(*words)
    assert (status, out) == (2, '')
    assert err == (f'nova-pci: error: {message}\n'
                   '"nova-pci explain --help" shows the options\n')


@pytest.mark.parametrize(('words', 'message'), [
    (('devicse',), 'devicse: unknown command; did you mean devices?'),
    (('help', 'devicse'), 'devicse: unknown command; did you mean devices?'),
    (('devicse', '--help'), 'devicse: unknown command; did you mean '
                            'devices?'),
    (('zzz',), 'zzz: unknown command; "nova-pci --help" lists them'),
    (('--bogus',), '--bogus: unknown option'),
    (('\x1b[31m',), '\\x1b[31m: unknown command; "nova-pci --help" lists '
                    'them'),
], ids=ascii)
def test_an_unknown_word_is_an_error_like_every_other(run, words, message):
    """cliff says it on the standard output, and in another form."""
    assert run(*words) == (2, '', f'nova-pci: error: {message}\n')


def test_the_words_before_a_command_are_refused_alike(run):
    assert run('-v', '-q') == (
        2, '', 'nova-pci: error: argument -q/--quiet: not allowed with '
        'argument -v/--verbose\n"nova-pci --help" shows the options\n')


@pytest.mark.parametrize(('words', 'message'), [
    pytest.param(('devices', '--inventory', IGB_HOST, '-c', 'driver'),
                 '--column: a tree has no columns; expected another --format',
                 id='a column of a tree'),
    pytest.param(('devices', '--inventory', IGB_HOST, '-f', 'csv', '-c',
                  'driver', '-c', 'drivver'),
                 '--column drivver: unknown column; expected one of host, '
                 'address, type, ids, vendor_name, product_name, class, '
                 'class_name, '
                 'numa_node, parent, vf_index, total_vfs, num_vfs, pci_path, '
                 'pcie_root, pcie_switch, card, device_groups, '
                 'iommu_group, group_members, driver, driver_override, '
                 'netdevs, link_state, link_speed_mbps, mac, serial, '
                 'capabilities, host_uses, entry, use, instance, drained, '
                 'unhealthy, unclean, held',
                 id='an unknown column'),
])
def test_a_column_that_is_none_is_refused_in_words(run, words, message):
    assert run(*words) == (2, '', f'nova-pci: error: {message}\n')


def test_an_error_that_nobody_foresaw_has_the_status_2(run, monkeypatch):
    """1 has a meaning of its own: warnings, or that a server does not fit."""
    def fail(*words):
        raise KeyError('x')

    monkeypatch.setattr(configuration, 'unreadable', fail)
    assert run('devices', '--inventory', IGB_HOST) == (
        2, '', "nova-pci: error: "
               "unexpected KeyError: 'x'; --debug before the command "
        'shows where\n')
    status, _, err = run('--debug', 'devices', '--inventory', IGB_HOST)
    assert status == 2
    assert 'in fail' in err


@pytest.mark.parametrize(('error', 'words'), [
    (PermissionError(13, 'Permission denied', 'a\n'),
     'a\\n: Permission denied'),
    (ConnectionRefusedError(111, 'Connection refused'), 'Connection refused'),
    (ValueError('\x1b'), 'unexpected ValueError: \\x1b; --debug before the '
                         'command shows where'),
])
def test_errors_of_python_are_put_into_words(error, words):
    assert lines.words(error) == words


def nova_pci(*words, **more):
    return subprocess.Popen(
        [sys.executable, '-m', 'nova_pci_ext.cli.main', *words], cwd=ROOT,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


@pytest.mark.parametrize('words', [
    pytest.param(('devices', '--inventory', IGB_HOST), id='little'),
    pytest.param(('devices', '--inventory', IGB_HOST, '-f', 'yaml'),
                 id='much'),
    pytest.param(('check', '--config-file', f'{QUICKSTART}/nova.conf',
                  '--inventory', IGB_HOST), id='check'),
])
@pytest.mark.parametrize('unbuffered', ['', '1'])
def test_a_reader_that_goes_away_is_no_error(words, unbuffered):
    process = nova_pci(*words, env={
        **os.environ, 'PYTHONUNBUFFERED': unbuffered})
    process.stdout.close()
    assert process.stderr.read() == b''
    process.stderr.close()
    assert process.wait(60) == main.BROKEN_PIPE


def test_a_terminal_that_lacks_a_character_gets_its_escape(tmp_path):
    text = (ROOT / IGB_HOST).read_text()
    host = tmp_path / 'host.json'
    host.write_text(text.replace('Gigabit', 'Gigäbit'))
    process = nova_pci('devices', '--inventory', str(host), env={
        **os.environ, 'PYTHONIOENCODING': 'ascii'})
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, b'')
    assert b'Gig\\xe4bit' in out


@pytest.fixture
def closed(tmp_path, monkeypatch):
    """Make a user who may read nothing; root may read all."""
    files = {tmp_path / 'nova.conf'}
    monkeypatch.setattr(os, 'access', lambda path, mode: (
        pathlib.Path(path) not in files))
    (tmp_path / 'nova.conf').write_text('[pci]\n')
    return tmp_path


def test_devices_are_for_a_user_who_cannot_read_nova_conf(run, closed):
    path = closed / 'nova.conf'
    with_file = run('devices', '--inventory', IGB_HOST, '--config-file', path)
    assert with_file == (
        0, run('devices', '--inventory', IGB_HOST)[1],
        'nova-pci: warning: '
        f'{path}: no permission to read it; which devices are '
        'handed out is not known\n')


def test_a_folder_without_permission_is_said(run, monkeypatch):
    monkeypatch.setattr(configuration, '_FOLDERS', (ROOT / 'etc',))
    monkeypatch.setattr(os, 'access', lambda path, mode: False)
    status, out, err = run('devices', '--inventory', IGB_HOST)
    assert (status, err) == (
        0, 'nova-pci: warning: '
           f'{ROOT}/etc: no permission to read it; which devices '
        'are handed out is not known\n')
    assert out
