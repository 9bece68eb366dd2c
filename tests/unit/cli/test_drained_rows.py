# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.cli import drained_rows
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.inventory import Inventory


@pytest.mark.parametrize(('marks', 'shown'), [
    ([], ['nothing is drained on this host']),
    ([Mark(address='0000:99:00.0', reason='bad \u202efan')],
     ['0000:99:00.0: drained, bad \\u202efan', '  not on this host now']),
])
def test_lines(marks, shown):
    assert list(drained_rows.lines(
        marks, Inventory(host='h', devices=()), knows_owners=False)) == shown


@pytest.mark.parametrize(('as_text', 'row'), [
    (False, [None, 'r', '', '', 'operator', [], []]),
    (True, ['', 'r', '', '', 'operator', '', ''])])
def test_formats_without_lists_get_words(as_text, row):
    assert drained_rows.rows(
        [Mark(address=None, reason='r')], Inventory(host='h', devices=()),
        knows_owners=True, as_text=as_text) == [row]
