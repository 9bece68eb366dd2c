# SPDX-License-Identifier: Apache-2.0

"""``nova-pci fleet`` on recorded books, compared with what is documented."""

import csv
import dataclasses
import io
import json
import os
import pathlib
from xml.etree import ElementTree

import jsonschema
import pytest

from nova_pci_ext.bookkeeping import recording
from nova_pci_ext.cli import fleet
from nova_pci_ext.cli import fleet_rows
from nova_pci_ext.discovery import pci_ids
from tests import fleet_scenes

pytestmark = pytest.mark.nova

DOCUMENTATION = pathlib.Path(__file__).parents[3] / 'doc' / 'source'
EXAMPLES = DOCUMENTATION / 'examples' / 'fleet'
BOOKS = EXAMPLES / 'books.json'
SCHEMA = DOCUMENTATION / 'reference' / 'fleet.schema.json'
HOSTILE = '\x1b[31m\r\nerror: forged\u202e<b>'


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """Know the names of the documented products, and of no others."""
    monkeypatch.setattr(pci_ids, 'find_names', lambda wanted: {
        ('10de', '20b0'): 'GA100 [A100 SXM4 40GB]'})


def documented(name, text):
    path = EXAMPLES / name
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        path.write_text(text)
    assert text == path.read_text()


def test_the_recorded_books_are_those_of_the_scene():
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        recording.write(fleet_scenes.books(), BOOKS)
    assert recording.read(BOOKS) == fleet_scenes.books()


@pytest.mark.parametrize(('name', 'words'), [
    ('table', ['fleet']),
    ('tree', ['devices', '--all-hosts']),
    ('pair', ['fleet', '--product', '10de', '--free', '2']),
    ('host', ['devices', '--host', 'gpu-3']),
])
def test_what_is_shown_is_as_documented(run, name, words):
    status, out, err = run(*words, '--books', BOOKS)
    assert (status, err) == (0, '')
    documented(f'{name}.txt', f'$ nova-pci {" ".join(words)}\n{out}')


def test_the_picture_is_as_documented(run, monkeypatch, tmp_path):
    monkeypatch.setattr(fleet, '_now', lambda: '2026-11-28 04:00 UTC')
    path = tmp_path / 'fleet.svg'
    assert run('fleet', '--books', BOOKS, '--plot', path)[0] == 0
    documented('fleet.svg', path.read_text())


def test_the_table_fits_a_terminal(run):
    _, out, _ = run('fleet', '--books', BOOKS)
    assert max(map(len, out.splitlines())) <= 100


def test_rows_for_machines_obey_the_schema(run):
    status, out, err = run('fleet', '--books', BOOKS, '-f', 'json')
    assert (status, err) == (0, '')
    told = json.loads(out)
    rows = told['classes']
    schema = json.loads(SCHEMA.read_text())
    jsonschema.validate(told, schema)
    assert tuple(schema['properties']['classes']['items'][
        'properties']) == fleet_rows.ALL
    (busy,) = [row for row in rows if row['hosts'] == ['gpu-3']
               and row['ids'] == '10de:20b0']
    assert busy == {
        'hosts': ['gpu-3'], 'disabled': False, 'ids': '10de:20b0',
        'type': 'type-PCI', 'product_name': 'GA100 [A100 SXM4 40GB]',
        'devices': 8, 'free': 5, 'used': 2, 'drained': 1, 'dependent': 0,
        'drained_used': 1, 'unhealthy': 1,
        'free_by_numa_node': [{'numa_node': 0, 'free': 1},
                              {'numa_node': 1, 'free': 4}],
        'groups': [
            {'type': 'nvlink', 'size': 2, 'whole': 2, 'declared': 4},
            {'type': 'nvlink', 'size': 4, 'whole': 1, 'declared': 2}],
        'largest_whole_group': 4, 'unhealthy_cards': [
            {'host': 'gpu-3', 'address': '0000:13:00.0',
             'faults': 'link has 4 of 16 lanes', 'devices': 1}]}


def test_a_spreadsheet_gets_words(run):
    _, out, _ = run('fleet', '--books', BOOKS, '-f', 'csv')
    rows = list(csv.DictReader(io.StringIO(out)))
    assert {row['hosts'] for row in rows} == {
        'gpu-1 gpu-2 gpu-4', 'gpu-3', 'gpu-5', 'net-1'}
    (busy,) = [row for row in rows if row['hosts'] == 'gpu-3'
               and row['ids'] == '10de:20b0']
    assert (busy['free_by_numa_node'], busy['groups'],
            busy['unhealthy_cards']) == (
        '0=1 1=4', 'nvlink of 2: 2 of 4 whole, nvlink of 4: 1 of 2 whole',
        'gpu-3 0000:13:00.0: link has 4 of 16 lanes')


@pytest.mark.parametrize(('columns', 'expected'), [
    (['class', 'of'], '| 15b3:1021 PF |  1 |'),
    (['ids', 'dependent'], '| 15b3:1021 |         1 |')], ids=str)
def test_a_table_has_the_columns_of_both_kinds(run, columns, expected):
    words = [word for name in columns for word in ('-c', name)]
    status, out, err = run('fleet', '--books', BOOKS, '--host', 'net-1',
                           '-f', 'table', *words)
    assert (status, err) == (0, '')
    assert expected in out


@pytest.mark.parametrize(('words', 'hosts'), [
    ([], ['gpu-1', 'gpu-2', 'gpu-4', 'gpu-3', 'gpu-5', 'net-1']),
    (['--product', '10DE'], ['gpu-1', 'gpu-2', 'gpu-4', 'gpu-3', 'gpu-5']),
    (['--product', '10de:20b0', '--free', '6'], ['gpu-1', 'gpu-2', 'gpu-4']),
    (['--free', '4'], ['gpu-3', 'gpu-1', 'gpu-2', 'gpu-4']),
    (['--product', '15b3:1021'], ['net-1']),
    (['--host', 'net-1'], ['net-1']),
], ids=str)
def test_hosts_are_chosen(run, words, hosts):
    status, out, err = run('fleet', '--books', BOOKS, '-f', 'json', *words)
    assert (status, err) == (0, '')
    assert list(dict.fromkeys(
        host for row in json.loads(out)['classes']
        for host in row['hosts'])) == hosts


def test_no_host_is_a_status(run):
    status, out, err = run('fleet', '--books', BOOKS, '--free', '9', '-f',
                           'json')
    told = json.loads(out)
    assert (told['verdict']['answer'], told['classes']) == ('not_found', [])
    assert (status, err) == (
        1, 'no host that gets new servers has 9 free devices of a '
        'class that was asked for\n')


@pytest.mark.parametrize(('words', 'number'), [
    (['--limit', '1'], 1), (['--limit', '0'], 4),
    (['--limit', '3', '--unfolded'], 3), (['--unfolded'], 6)], ids=str)
def test_the_list_is_limited_and_says_so(run, words, number):
    status, out, err = run('fleet', '--books', BOOKS, '-f', 'json', *words)
    assert status == 0
    rows = json.loads(out)['classes']
    assert len({tuple(row['hosts']) for row in rows}) == number
    assert err == {
        1: 'not listed: 3 more kinds of hosts, 3 hosts; --limit 0 lists '
           'all\n',
        3: 'not listed: 3 more kinds of hosts, 3 hosts; --limit 0 lists '
           'all\n'}.get(number, '')


def test_people_are_shown_a_screen_or_two(run, tmp_path, monkeypatch):
    monkeypatch.setattr(fleet, 'SHOWN', 2)
    _, out, err = run('fleet', '--books', BOOKS)
    assert 'gpu-3' in out
    assert 'net-1' not in out
    assert err == ('not listed: 2 more kinds of hosts, 2 hosts; --limit 0 '
                   'lists all\n')
    assert run('fleet', '--books', BOOKS, '-f', 'csv')[2] == ''


@pytest.mark.parametrize('name', ['fleet.svg', 'fleet.HTML'])
def test_a_picture_takes_the_place_of_an_old_one(run, tmp_path, name):
    path = tmp_path / name
    path.write_text('old')
    status, _, err = run('fleet', '--books', BOOKS, '--plot', path)
    assert (status, err) == (0, '')
    shown = path.read_text()
    assert 'gpu-[1-2,4] (3 hosts)' in shown
    assert 'GA100 [A100 SXM4 40GB]' in shown
    assert list(tmp_path.iterdir()) == [path]
    if name == 'fleet.svg':
        ElementTree.fromstring(shown)


@pytest.mark.parametrize(('words', 'message'), [
    (['fleet', '--plot', 'fleet.png'], '--plot fleet.png: cannot draw .png; '
     'expected a name that ends in .svg or .html'),
    (['fleet', '--plot', 'fleet'], '--plot fleet: cannot draw a file without '
     'a suffix; expected a name that ends in .svg or .html'),
    (['fleet', '--plot', '/nowhere/fleet.svg'], '/nowhere/fleet.svg: cannot '
     'be written: No such file or directory'),
    (['fleet', '--host', 'gone'], f'{BOOKS}: the books have no compute node '
     'on gone'),
    (['devices', '--all-hosts', '--plot', 'x.svg'], '--all-hosts: expected '
     'no --plot beside it; nova-pci fleet --plot draws all hosts'),
    (['devices', '--all-hosts', '--record', 'x'], '--all-hosts: expected no '
     '--record beside it'),
    (['devices', '--free', '1'], '--free: expected --all-hosts beside it, or '
     '--host with a host that the databases of the configuration have'),
], ids=str)
def test_what_cannot_be_done_is_said(run, words, message):
    assert run(*words, '--books', BOOKS) == (
        2, '', f'nova-pci: error: {message}\n')


@pytest.mark.parametrize(('words', 'message'), [
    (['--free', '-1'], "argument --free: expected a number, at most 999999, "
     "got '-1'"),
    (['--product', 'nvidia'], 'argument --product: expected ids such as 10de '
     "or 10de:20b0, got 'nvidia'"),
])
def test_a_bad_value_is_refused(run, capsys, words, message):
    with pytest.raises(SystemExit) as ended:
        run('fleet', *words)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_a_configuration_has_to_be_named(run, monkeypatch, tmp_path):
    monkeypatch.setenv('HOME', str(tmp_path))
    path = tmp_path / 'nothing.conf'
    status, out, err = run('fleet', '--config-file', path)
    assert (status, out) == (2, '')
    assert err.startswith(f'nova-pci: error: {path}: ')


@pytest.mark.parametrize('word', ['--no-owners', '--long'])
def test_this_machine_is_not_shown_as_another_host(run, tmp_path, word):
    conf = tmp_path / 'nova.conf'
    conf.write_text('[api_database]\nconnection = sqlite://\n')
    assert run('devices', '--host', 'another', word,
               '--config-file', str(conf)) == (
        2, '', f'nova-pci: error: {word}: --host names another host than this '
        "machine, which is counted by what Nova's databases have; expected "
        f'--host without {word}, or a source such as --sysfs beside it\n')


def test_hostile_rows_are_escaped_and_stop_nothing(run, tmp_path):
    books = fleet_scenes.books()
    first, *rest = books.rows
    rows = [dataclasses.replace(first, dev_type=HOSTILE, address=HOSTILE,
                                unhealthy=HOSTILE),
            dataclasses.replace(first, id=1, status=HOSTILE),
            dataclasses.replace(first, id=2, node_id=99),
            dataclasses.replace(first, id=3, noted=False), *rest]
    node, *others = books.nodes
    path = tmp_path / 'books.json'
    recording.write(dataclasses.replace(
        books, rows=tuple(rows),
        nodes=(dataclasses.replace(node, host=HOSTILE), *others)), path)
    picture = tmp_path / 'x.svg'
    for words in (['fleet', '--plot', picture], ['fleet', '-f', 'csv'],
                  ['fleet', '-f', 'value'], ['devices', '--all-hosts']):
        status, out, err = run(*words, '--books', path)
        assert status == 2
        assert 'gpu-3' in out
        assert '\nerror: forged' not in out + err
        assert all(line.isprintable() for line in (out + err).split('\n'))
        assert err.count('nova-pci: warning: not read: ') == 2
        assert '1 row with a status that is not one of Nova' in err
    ElementTree.fromstring(picture.read_text())
