# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.auditing import kinds
from tests import audit_table


@pytest.mark.parametrize('kind', list(kinds.Kind))
def test_every_kind_says_what_it_means_and_what_to_do(kind):
    meaning = kinds.MEANINGS[kind]
    assert meaning.means.endswith('.')
    assert meaning.books and meaning.cure


def test_there_is_no_meaning_more():
    assert list(kinds.MEANINGS) == list(kinds.Kind)


def test_the_page_has_this_table():
    """See python -m tests.audit_table."""
    assert audit_table.TABLE.read_text() == audit_table.table()
