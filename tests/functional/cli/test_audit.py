# SPDX-License-Identifier: Apache-2.0

"""``nova-pci audit`` on recorded books, compared with what is documented."""

import dataclasses
import json
import os
import pathlib

import jsonschema
import pytest

from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.bookkeeping import recording
from nova_pci_ext.cli import audit
from tests import audit_lies
from tests import audit_scenes

EXAMPLES = (pathlib.Path(__file__).parents[3] / 'doc' / 'source' / 'examples'
            / 'audit')
SCHEMA = EXAMPLES.parents[1] / 'reference' / 'audit.schema.json'


def documented():
    """Return the books that the page shows."""
    books = audit_lies.left_behind_by_a_move(
        audit_scenes.known_cloud(hosts=2))
    books = audit_lies.port_that_names_another_device(books)
    return audit_lies.allocated_to_a_stranger(books)


@pytest.fixture
def recorded(tmp_path):
    """Return the words that audit some books."""
    def write(books):
        path = tmp_path / 'books.json'
        recording.write(books, path)
        return 'audit', '--books', str(path)
    return write


def test_books_that_agree(run, recorded):
    assert run(*recorded(audit_scenes.known_cloud())) == (
        0, 'the books agree\n', '')


def test_the_page_shows_what_is_found(run):
    path = EXAMPLES / 'books.json'
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        recording.write(documented(), path)
    status, out, err = run('audit', '--books', path)
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        (EXAMPLES / 'audit.txt').write_text(out)
    assert recording.read(path) == documented()
    assert (status, err) == (1, '')
    assert out == (EXAMPLES / 'audit.txt').read_text()
    assert max(map(len, out.splitlines())) < 80


def test_findings_for_machines_obey_the_schema(run, recorded):
    for _, tell, _ in audit_lies.LIES[::6]:
        books = tell(audit_scenes.known_cloud(hosts=2))
        status, out, err = run(*recorded(books), '-f', 'json')
        found = json.loads(out)
        jsonschema.validate(found, json.loads(SCHEMA.read_text()))
        assert (status, err) == (1, '')
        assert [each['kind'] for each in found['findings']] == [
            each.kind for each in comparing.compare(books)]


@pytest.mark.parametrize(('tell', 'answer'), [
    (lambda books: books, 'nothing disagrees in what was read, and not all '
                          'could be read'),
    (audit_lies.owned_by_a_stranger,
     '1 disagreement on 1 host; 1 instance affected')])
def test_books_that_could_not_be_read_do_not_agree(run, recorded, tell,
                                                   answer):
    books = dataclasses.replace(
        tell(audit_scenes.known_cloud()),
        unread=('Neutron: no answer (ConnectFailure)',))
    status, out, err = run(*recorded(books))
    assert (status, out.splitlines()[0], err) == (2, answer, '')
    assert out.splitlines()[-1] == (
        'not read: Neutron: no answer (ConnectFailure)')
    status, _, err = run(*recorded(books), '-f', 'json')
    assert (status, err) == (2, 'nova-pci: warning: '
                                'not read: Neutron: no answer '
                                '(ConnectFailure)\n')


def test_the_schema_has_the_columns():
    (properties, required) = (json.loads(SCHEMA.read_text())[
        'properties']['findings']['items'][key]
                              for key in ('properties', 'required'))
    assert tuple(properties) == tuple(required) == audit.COLUMNS


@pytest.mark.parametrize(('words', 'message'), [
    (('--books', 'b', '--repair'), '--books: recorded books are compared as '
     'they are; expected no --host, --record or --repair beside it'),
    (('--yes',), '--yes: expected --repair beside it'),
    (('--books', '/nonexistent'),
     '/nonexistent: cannot be read: No such file or directory'),
], ids=['repair', 'yes', 'no file'])
def test_what_does_not_go_together_is_refused(run, words, message):
    assert run('audit', *words) == (2, '', f'nova-pci: error: {message}\n')


def test_a_repair_is_asked_for():
    said = []
    step = fixes.Step(
        finding=Finding(kind='k', host='h', device='d', text='wrong'),
        fix=fixes.ProviderFix(seen=Provider(
            uuid='p', name='n', root='r', generation=1)))
    answers = iter(['y\n', '\n', 'no\n', 'YES\n'])
    confirm = audit._asking(said.append, lambda: next(answers))
    assert [confirm(step) for _ in range(4)] == [True, False, False, True]
    assert said[:2] == [
        'h d: wrong', 'provider p (n) with no inventory -> none? [y/N]']
