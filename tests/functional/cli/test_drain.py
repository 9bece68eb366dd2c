# SPDX-License-Identifier: Apache-2.0

"""``nova-pci drain``, ``undrain`` and ``drained`` on the recorded host."""

import datetime
import json
import os
import pathlib

import jsonschema
import pytest

from nova_pci_ext.cli import drain
from nova_pci_ext.cli import drained_rows
from nova_pci_ext.discovery import drained_file
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Origin

DOCS = pathlib.Path(__file__).parents[3] / 'doc' / 'source'
EXAMPLES = DOCS / 'examples' / 'drain'
SCHEMA = json.loads((DOCS / 'reference' / 'drained.schema.json').read_text())
HOST = 'etc/nova_pci_ext/quickstart/igb-host.json'
PF, VF, VFS = '0000:81:00.0', '0000:81:10.0', 7
NOW = '2026-11-27T23:00:00+00:00'
OURS = 'compute_driver = pci_ext.LibvirtDriver'


@pytest.fixture
def words(tmp_path, monkeypatch):
    """Return the end of a command line: a host and its configuration."""
    monkeypatch.setattr(drain, '_now', lambda: NOW)
    monkeypatch.setattr(drain, '_user', lambda: 'root')
    path = tmp_path / 'nova.conf'
    path.write_text(f'[DEFAULT]\nstate_path = {tmp_path}\n{OURS}\n')
    return '--inventory', HOST, '--config-file', path


def marks(words):
    return drained_file.read(words[-1].parent / 'pci-drained.json')


def test_the_page_shows_what_is_printed(run, words):
    """Each command of the page, in its order."""
    shown = ''
    for command in (('drain', PF, '--reason', 'fan fails, ticket 4711'),
                    ('drained',), ('undrain', PF)):
        quoted = ' '.join(f"'{word}'" if ' ' in word else word
                          for word in command)
        status, out, err = run(*command, *words)
        assert (status, err) == (0, '')
        shown += f'$ nova-pci {quoted}\n{out}'
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        EXAMPLES.mkdir(exist_ok=True)
        (EXAMPLES / 'commands.txt').write_text(shown)
    assert shown == (EXAMPLES / 'commands.txt').read_text()
    assert max(map(len, shown.splitlines())) <= 80


def test_marks_are_written_and_taken_away(run, words):
    assert run('drain', PF, VF, '--reason', 'bad fan', *words)[0] == 0
    assert [(mark.address, mark.reason, mark.since, mark.by)
            for mark in marks(words)] == [
        (PF, 'bad fan', NOW, 'root'), (VF, 'bad fan', NOW, 'root')]
    assert run('drain', '--host', '--reason', 'new kernel', *words)[0] == 0
    assert run('drain', VF, '--reason', 'bad queue', *words)[0] == 0
    assert [(mark.address, mark.reason) for mark in marks(words)] == [
        (PF, 'bad fan'), (None, 'new kernel'), (VF, 'bad queue')]
    assert run('undrain', VF, *words)[0] == 0
    assert run('undrain', '--host', *words)[0] == 0
    assert [mark.address for mark in marks(words)] == [PF]
    assert run('undrain', '--all', *words) == (
        0, 'nothing is drained on this host\n', '')
    assert marks(words) == ()


def rows(run, *command):
    status, out, err = run(*command, '-f', 'json')
    assert (status, err) == (0, '')
    found = json.loads(out)
    jsonschema.validate(found, SCHEMA)
    assert found['verdict']['command'] == command[0]
    return found['drained']


def owned(tmp_path):
    """Record the host with an owner of a VF."""
    recorded = json.loads(pathlib.Path(HOST).read_text())
    for each in recorded['devices']:
        if each['address'] == VF:
            each['owner'] = 'a-server'
    path = tmp_path / 'host.json'
    path.write_text(json.dumps(recorded))
    inventory_file.read_inventory(path)
    return path


def test_rows_obey_the_schema(run, words, tmp_path, monkeypatch):
    monkeypatch.chdir(DOCS.parents[1])
    path = owned(tmp_path)
    assert rows(run, 'drain', PF, '--reason', 'bad fan', *words) == [{
        'address': PF, 'reason': 'bad fan', 'since': NOW, 'by': 'root',
        'origin': 'operator',
        'devices': [PF, '0000:81:10.0', '0000:81:10.2', '0000:81:10.4',
                    '0000:81:10.6', '0000:81:11.0', '0000:81:11.2',
                    '0000:81:11.4'], 'in_use': None}]
    known = ('--inventory', path, *words[2:])
    assert [each['in_use'] for each in rows(run, 'drained', *known)] == [
        [{'address': VF, 'instance': 'a-server'}]]
    assert run('drained', *known)[1].splitlines()[2:] == [
        '  7 devices with it', f'  in use: {VF} by a-server']
    assert rows(run, 'undrain', '--all', *known) == []
    assert [len(each['devices']) for each in rows(
        run, 'drain', '--host', '--reason', 'r', *known)] == [33]


def test_the_schema_has_the_columns():
    row = SCHEMA['properties']['drained']['items']
    assert tuple(row['properties']) == tuple(
        row['required']) == drained_rows.COLUMNS


def test_a_device_that_is_gone_is_said(run, words):
    drained_file.change(words[-1].parent / 'pci-drained.json', lambda old: [
        Mark(address='0000:99:00.0', reason='bad fan')])
    assert run('drained', *words) == (
        0, '0000:99:00.0: drained, bad fan\n  not on this host now\n', '')
    assert run('undrain', '0000:99:00.0', *words)[0] == 0


def card(words, address, serial):
    """Say that the card of a mark has this number, and where it was."""
    drained_file.change(words[-1].parent / 'pci-drained.json', lambda old: [
        *old, Mark(address=address, reason='bad fan', card=CardFunction(
            serial=serial, function=0))])


@pytest.fixture
def numbered(words, tmp_path):
    """Return the words for a host whose first card has the number S1."""
    recorded = json.loads(pathlib.Path(HOST).read_text())
    for each in recorded['devices']:
        if each['address'] == PF:
            each['serial'] = 'S1'
    path = tmp_path / 'numbered.json'
    path.write_text(json.dumps(recorded))
    return '--inventory', path, *words[2:]


def test_a_mark_of_a_card_that_moved_away_is_not_replaced(run, numbered):
    """Another card is where it was: both are drained."""
    other = '0000:82:00.0'
    card(numbered, other, 'S1')
    assert run('drain', other, '--reason', 'another', *numbered)[0] == 0
    assert [(mark.address, mark.reason) for mark in marks(numbered)] == [
        (other, 'bad fan'), (other, 'another')]
    assert run('undrain', other, *numbered)[0] == 0
    assert [mark.reason for mark in marks(numbered)] == ['bad fan']
    assert run('undrain', PF, *numbered)[0] == 0
    assert marks(numbered) == ()


def test_marks_of_all_origins_go_with_undrain(run, numbered):
    healths = Mark(address=PF, reason='2 fatal errors', by='nova-compute',
                   origin=Origin.HEALTH)
    drained_file.change(
        numbered[-1].parent / 'pci-drained.json', lambda old: [healths])
    for reason in ('bad fan', 'bad slot'):
        assert run('drain', PF, '--reason', reason, *numbered)[0] == 0
    assert [mark.reason for mark in marks(numbered)] == [
        '2 fatal errors', 'bad slot']
    assert [each['origin'] for each in rows(run, 'drained', *numbered)] == [
        'health', 'operator']
    assert run('undrain', PF, *numbered)[0] == 0
    assert marks(numbered) == ()


NONE = 'expected the addresses of devices, or --host'


@pytest.mark.parametrize(('command', 'message'), [
    (('drain', '--reason', 'r'), NONE),
    (('drain', PF, '--host', '--reason', 'r'), NONE),
    (('undrain',), NONE),
    (('undrain', '--all', PF),
     '--all: expected no address and no --host beside it'),
    (('drain', '81:00.0', '--reason', 'r'),
     '81:00.0: not an address; expected a form such as 0000:81:00.0'),
    (('drain', '0000:99:00.0', '--reason', 'r'),
     '0000:99:00.0: this host has no such device; nova-pci devices lists '
     'them'),
    (('undrain', PF), f'{PF}: not drained'),
    (('undrain', '--host'), '--host: the host as a whole is not drained'),
    *((('drain', PF, '--reason', reason),
       '--reason: expected one line of 1 to 200 characters that can be seen')
      for reason in (' ', 'a\nb', 'x' * 201, '\x1b[2J')),
])
def test_what_is_refused_changes_nothing(run, words, command, message):
    status, out, err = run(*command, *words)
    assert (status, out, err) == (2, '', f'nova-pci: error: {message}\n')
    assert marks(words) == ()


def test_a_part_of_what_is_drained_is_not_undrained(run, words):
    run('drain', PF, '--reason', 'bad fan', *words)
    assert run('undrain', VF, *words) == (
        2, '', f'nova-pci: error: {VF}: not drained by itself: its PF {PF} is '
               'drained: bad fan\n')


@pytest.mark.parametrize(('line', 'shown'), [
    ('', 'not set'),
    ('compute_driver = libvirt.LibvirtDriver', 'libvirt.LibvirtDriver'),
])
def test_a_compute_that_would_not_obey_is_warned_of(run, words, line, shown):
    path = words[-1]
    path.write_text(path.read_text().replace(OURS, line))
    assert run('drained', *words) == (
        0, 'nothing is drained on this host\n',
        'nova-pci: warning: '
        f'compute_driver is {shown}: only a nova-compute with a '
        'driver of pci_ext obeys what is drained\n')


def test_a_file_that_cannot_be_read_is_said(run, words):
    path = words[-1].parent / 'pci-drained.json'
    path.write_text('{}')
    for command in (('drained',), ('drain', PF, '--reason', 'r')):
        assert run(*command, *words) == (
            2, '', 'nova-pci: error: '
                   f'{path}: not a file of nova-pci drain; restore '
                   'it, or remove it and drain again\n')


def test_without_a_configuration_no_file_is_known(run, words, monkeypatch):
    monkeypatch.setattr(drain.loader, 'load_files',
                        lambda sources: drain.loader.NOTHING)
    assert run('drained', *words) == (
        2, '', 'nova-pci: error: '
               'no configuration file was found; name that of '
               'nova-compute with --config-file\n')


def test_who_asks_is_the_user_before_sudo(monkeypatch):
    assert drain._user({'SUDO_USER': 'op'}.get) == 'op'
    monkeypatch.setattr(drain.getpass, 'getuser', lambda: 'root')
    assert drain._user({}.get) == 'root'
    assert datetime.datetime.fromisoformat(drain._now()).tzinfo is not None
