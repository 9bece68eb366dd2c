# SPDX-License-Identifier: Apache-2.0

"""The page of reasons has each reason, in its group, with words and a cure."""

import pathlib
import re

from nova_pci_ext.matching import wording
from nova_pci_ext.model.verdict import Reason

PAGE = pathlib.Path(__file__).parents[2] / 'doc/source/reference/reasons.rst'
ROW = re.compile(r'^``(\w+)``\n((?:    .*\n|\n)+)', re.MULTILINE)


def test_every_reason_has_a_meaning_and_a_cure_in_the_order_of_the_rules():
    rows = ROW.findall(PAGE.read_text())
    assert [name for name, _ in rows] == [reason.value for reason in Reason]
    for name, text in rows:
        words, _, text = text.strip().partition('\n\n')
        assert words == f'*{wording.reason_text(Reason(name))}*'
        meaning, _, cure = text.partition('*Cure:*')
        assert meaning.strip(), name
        assert cure.strip(), name


def test_the_sections_are_the_groups_of_explain():
    groups = {group: [] for group in wording.GROUPS}
    for reason in Reason:
        groups[wording.group_text(reason)].append(reason.value)
    _, *parts = re.split(r'^(\w[\w ]+)\n=+$', PAGE.read_text(),
                         flags=re.MULTILINE)
    # The title of the page is the first.
    titles, texts = parts[2::2], parts[3::2]
    assert {title.lower(): [name for name, _ in ROW.findall(text)]
            for title, text in zip(titles, texts, strict=True)} == groups
