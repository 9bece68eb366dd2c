# SPDX-License-Identifier: Apache-2.0

"""The page of reasons has each reason, with a meaning and a cure."""

import pathlib
import re

from nova_pci_ext.model.verdict import Reason

PAGE = pathlib.Path(__file__).parents[2] / 'doc/source/reference/reasons.rst'
ROW = re.compile(r'^``(\w+)``\n((?:    .*\n|\n)+)', re.MULTILINE)


def test_every_reason_has_a_meaning_and_a_cure_in_the_order_of_the_rules():
    rows = ROW.findall(PAGE.read_text())
    assert [name for name, _ in rows] == [reason.value for reason in Reason]
    for name, text in rows:
        meaning, _, cure = text.partition('*Cure:*')
        assert meaning.strip(), name
        assert cure.strip(), name
