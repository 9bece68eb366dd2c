# SPDX-License-Identifier: Apache-2.0

"""Rows of any class, read again."""

import pytest
from nova import objects

from nova_pci_ext.novaobj import kept
from nova_pci_ext.novaobj import kept_rows

pytestmark = pytest.mark.nova
KIND = kept_rows.Kind(key='uuid', plain=frozenset(('name',)), texts={},
                      is_plain=lambda columns: columns['name'] != 'odd',
                      size=10)


@objects.base.NovaObjectRegistry.register_if(False)
class Tag(objects.base.NovaObject):
    """An object with two fields."""

    fields = {'uuid': objects.fields.UUIDField(nullable=True),
              'name': objects.fields.StringField()}


class Novas:
    """Stands where Nova's code reads a row, and counts."""

    def __init__(self):
        self.times = 0

    def __call__(self, context, found, row):
        self.times += 1
        found.uuid, found.name = row['uuid'], row['name']
        found.obj_reset_changes()
        return found


def rows(limit=1000):
    entries = kept.Kept(lambda: limit)
    return kept_rows.KeptRows(KIND, lambda: entries)


UUID = 'f1a7a2c5-0f0e-4e4e-9f39-5a0b8d7d7d11'


@pytest.mark.parametrize(('row', 'times'), [
    ({'uuid': UUID, 'name': 'one'}, 1),
    ({'uuid': UUID, 'name': 'odd'}, 3),
    ({'uuid': None, 'name': 'no key'}, 3),
], ids=['plain', 'not what the columns say', 'without a key'])
def test_nova_reads_a_row_once_if_it_is_plain(row, times):
    found, novas = rows(), Novas()
    for _ in range(3):
        made = found.read(novas, None, Tag(), row)
        assert made.name == row['name']
    assert novas.times == times


def test_a_plain_column_is_converted_by_its_field():
    found, novas = rows(), Novas()
    found.read(novas, None, Tag(), {'uuid': UUID, 'name': 'one'})
    made = found.read(novas, 'context', Tag(), {'uuid': UUID, 'name': 5})
    assert (made.name, made._context, novas.times) == ('5', 'context', 1)


@pytest.mark.parametrize('row', [
    {'uuid': UUID, 'name': 'one', 'more': 1}, {'uuid': UUID}], ids=str)
def test_other_columns_are_novas_to_read(row):
    found, novas = rows(), Novas()
    found.read(novas, None, Tag(), {'uuid': UUID, 'name': 'one'})
    try:
        found.read(novas, None, Tag(), row)
    except KeyError:
        assert row == {'uuid': UUID}
    assert novas.times == 2


def test_without_memory_nothing_is_kept():
    found, novas = rows(limit=0), Novas()
    for _ in range(2):
        found.read(novas, None, Tag(), {'uuid': UUID, 'name': 'one'})
    assert novas.times == 2


def test_what_a_row_says_counts_too():
    entries = kept.Kept(lambda: 1_000_000)
    found = kept_rows.KeptRows(KIND, lambda: entries)
    found.read(Novas(), None, Tag(), {'uuid': UUID, 'name': 'a' * 50_000})
    assert 100_000 < entries.size < 1_000_000
