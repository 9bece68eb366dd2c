# SPDX-License-Identifier: Apache-2.0

import json

import jsonschema
import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.auditing import comparing
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.bookkeeping import recording
from tests import audit_lies
from tests import audit_scenes


@pytest.mark.parametrize('tell', [
    pytest.param(tell, id=name) for name, tell, _ in audit_lies.LIES])
def test_recorded_books_have_the_same_findings(tell, tmp_path):
    books = tell(audit_scenes.known_cloud(hosts=2))
    path = tmp_path / 'books.json'
    recording.write(books, path)
    again = recording.read(path)
    assert again == books
    assert comparing.compare(again) == comparing.compare(books)


def test_books_that_nobody_read_stay_unread(tmp_path):
    path = tmp_path / 'books.json'
    recording.write(Books(), path)
    assert recording.read(path) == Books()


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(recording.schema())


ROW = {'id': 1, 'node_id': 1, 'address': '0000:01:00.0',
       'dev_type': 'type-PCI', 'vendor_id': '8086', 'product_id': '1572',
       'status': 'available'}


@pytest.mark.parametrize(('change', 'message'), [
    ({'format': 'other'},
     'books.json: not a file of books; expected a JSON object with "format": '
     '"nova-pci-ext-books", as nova-pci audit --record writes it'),
    ({'in_flight': [7]},
     "books.json: in_flight[0]: 7 is not of type 'string'"),
    ({'version': 2}, 'books.json: version: expected 1, got 2'),
    ({'version': 1.0}, 'books.json: version: expected 1, got 1.0'),
    ({'version': True}, 'books.json: version: expected 1, got True'),
    ({'rows': [{**ROW, 'id': 2.0}]},
     "books.json: rows[0].id: 2.0 is not of type 'integer'"),
    ({'rows': [{**ROW, 'numa_node': -0.0}]},
     "books.json: rows[0].numa_node: -0.0 is not of type 'integer', 'null'"),
    ({'rows': [{**ROW, 'id': 10 ** 400}]},
     f'books.json: rows[0].id: 1{"0" * 59}... is greater than the maximum of '
     '9223372036854775807'),
    ({'rows': [{**ROW, 'owner': '\ud800'}]},
     'books.json: rows[0].owner: holds half of a character, in "\\ud800"; '
     'expected whole ones'),
    ({'books': []}, "books.json: Additional properties are not allowed "
     "('books' was unexpected)"),
], ids=str)
def test_what_is_no_file_of_books_is_refused(change, message, tmp_path):
    path = tmp_path / 'books.json'
    path.write_text(json.dumps({
        'format': recording.FORMAT, 'version': 1, **change}))
    with pytest.raises(exceptions.DiscoveryError) as caught:
        recording.read(path)
    assert str(caught.value) == f'{tmp_path}/{message}'


def test_what_is_no_json_is_refused(tmp_path):
    path = tmp_path / 'books.json'
    path.write_text('[' * 100000)
    with pytest.raises(exceptions.DiscoveryError) as caught:
        recording.read(path)
    assert str(caught.value) == (
        f'{path}: expected JSON; it is nested too deep')
