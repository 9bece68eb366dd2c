# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.bookkeeping import nova_book

pytestmark = pytest.mark.nova


def test_many_names_are_several_questions(monkeypatch):
    monkeypatch.setattr(nova_book, '_MANY', 2)
    assert list(nova_book._parts({'c', 'a', 'b'})) == [['a', 'b'], ['c']]
