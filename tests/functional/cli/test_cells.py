# SPDX-License-Identifier: Apache-2.0

"""CSV that a spreadsheet reads, and one form of JSON for every command."""

import csv
import io
import itertools
import json
import pathlib

import jsonschema
import pytest

from nova_pci_ext.bookkeeping import recording
from nova_pci_ext.model.command_verdict import CommandAnswer
from tests import audit_lies
from tests import audit_scenes

ROOT = pathlib.Path(__file__).parents[3]
REFERENCE = ROOT / 'doc' / 'source' / 'reference'
SHARE = 'etc/nova_pci_ext/quickstart'
HOST = f'{SHARE}/igb-host.json'
BUSY = ('--inventory', 'doc/source/examples/devices/busy-host.json',
        '--config-file', 'doc/source/examples/devices/nova.conf')
COMMANDS = [
    ('devices', ('devices', *BUSY)),
    ('device-groups', (
        'devices', '--suggest-groups', '--inventory',
        'tests/data/hgx-host/inventory.json', '--config-file',
        'tests/data/hgx-host/nova.conf')),
    ('check', ('check', *BUSY)),
    ('check', ('check', '--config-file', 'nowhere.conf')),
    ('audit', ('audit', '--books', 'doc/source/examples/audit/books.json')),
]


def cells(text):
    """Read CSV as a spreadsheet does: what is not in quotes is a number."""
    return list(csv.reader(io.StringIO(text),
                           quoting=csv.QUOTE_NONNUMERIC))


@pytest.mark.parametrize('words', [
    ('devices', *BUSY), ('audit', '--books',
                         'doc/source/examples/audit/books.json')],
    ids=lambda words: words[0])
def test_no_cell_is_a_list_in_pythons_form(run, words):
    _, out, _ = run(*words, '-f', 'csv')
    found = cells(out)
    assert len(found) > 1
    for cell in itertools.chain.from_iterable(found[1:]):
        assert not str(cell).startswith(('[', '{', '(')), cell
        assert cell not in ('None', 'True', 'False')


def test_a_number_is_one(run):
    _, out, _ = run('devices', *BUSY, '-f', 'csv')
    names, *rows = cells(out)
    row = dict(zip(names, rows[1], strict=True))
    assert (row['numa_node'], row['total_vfs'], row['iommu_group']) == (
        0.0, 7.0, 12.0)


@pytest.mark.parametrize('begin', [
    '=', '+', '-', '@', '\uff1d', '\uff0b', '\uff0d', '\uff20'])
def test_no_cell_is_run_by_a_spreadsheet(run, tmp_path, begin):
    """Its text is a server's, a card's or another host's."""
    text = begin + 'cmd|\'/C calc\'!A0'
    recorded = json.loads((ROOT / HOST).read_text())
    recorded['devices'][0].update(
        product_name=text, netdevs=[text], driver=text, serial=text)
    path = tmp_path / 'host.json'
    path.write_text(json.dumps(recorded))
    for quote in ('all', 'minimal', 'none', 'nonnumeric'):
        status, out, err = run('devices', '--inventory', path, '-f', 'csv',
                               '--quote', quote)
        assert (status, err) == (0, '')
        assert f"'{text[:4]}" in out
        for row in csv.reader(io.StringIO(out)):
            assert not any(cell.startswith(begin) for cell in row)
    # Other formats have the text as it is.
    _, out, _ = run('devices', '--inventory', path, '-f', 'json')
    assert json.loads(out)['devices'][0]['driver'] == text


@pytest.mark.parametrize(('schema', 'words'), COMMANDS, ids=lambda each: (
    each if isinstance(each, str) else each[-1]))
def test_json_obeys_the_schema_and_begins_with_the_verdict(
        run, schema, words):
    status, out, _ = run(*words, '-f', 'json')
    told = json.loads(out)
    jsonschema.validate(told, json.loads(
        (REFERENCE / f'{schema}.schema.json').read_text()))
    assert next(iter(told)) == 'verdict'
    assert told['verdict']['status'] == status
    assert told['verdict']['command'] == words[0]


def test_yaml_is_the_same_object(run):
    yaml = pytest.importorskip('yaml')
    _, out, _ = run('devices', *BUSY, '-f', 'yaml')
    _, plain, _ = run('devices', *BUSY, '-f', 'json')
    assert yaml.safe_load(out) == json.loads(plain)


def test_what_could_not_be_read_is_in_the_verdict(run, tmp_path):
    books = audit_lies.owned_by_a_stranger(audit_scenes.known_cloud())
    path = tmp_path / 'books.json'
    recording.write(books, path)
    told = json.loads(run('audit', '--books', path, '-f', 'json')[1])
    assert told['verdict']['answer'] == 'disagree'
    assert told['verdict']['text'] == (
        '1 disagreement on 1 host; 1 instance affected')


def schemas():
    return {path.name.removesuffix('.schema.json'): json.loads(
        path.read_text()) for path in REFERENCE.glob('*.schema.json')}


def test_every_schema_has_the_verdict_in_one_form():
    forms = []
    for schema in schemas().values():
        jsonschema.Draft202012Validator.check_schema(schema)
        verdict = schema['properties']['verdict']
        for own in ('command', 'answer'):
            assert set(verdict['properties'][own]) == {'description', 'enum'}
        forms.append({**verdict, 'properties': {
            name: each for name, each in verdict['properties'].items()
            if name not in ('command', 'answer')}})
    assert all(form == forms[0] for form in forms)


def test_every_answer_is_in_a_schema():
    told = {answer for schema in schemas().values() for answer in
            schema['properties']['verdict']['properties']['answer']['enum']}
    assert told == {each.value for each in CommandAnswer}


def test_every_schema_is_on_the_page():
    page = (REFERENCE / 'output.rst').read_text()
    for name in schemas():
        assert f'{name}.schema.json' in page
