# SPDX-License-Identifier: Apache-2.0

"""The page of versions names what is pinned, and what a release lacks."""

import pathlib
import re

from nova_pci_ext import install
from nova_pci_ext.novaobj.hooks import features
from nova_pci_ext.novaobj.hooks.features import Feature

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / 'doc' / 'source' / 'versions.rst').read_text()


def rows():
    """Yield the cells of each row of the table, the head first."""
    table = PAGE.partition('.. list-table::')[2].partition('\n\nWhat')[0]
    for row in table.split('   * - ')[1:]:
        yield [' '.join(cell.split()) for cell in row.split('     - ')]


def pinned(nova):
    """Return the release of Nova that a list of constraints names."""
    text = (ROOT / f'constraints/nova-{nova}.txt').read_text()
    return re.search(r'^nova==(.+)$', text, re.MULTILINE)[1]


def test_the_table_has_each_supported_nova_as_it_is_pinned():
    assert [(row[0], row[2]) for row in rows()][1:] == [
        (str(nova), pinned(nova)) for nova in reversed(install.SUPPORTED)]


def test_the_oldest_without_a_feature_is_named():
    since = features.MARKS[Feature.ONE_TIME_USE].since
    lacking = [row[0] for row in rows() if 'one-time use' in row[-1]]
    assert lacking == [str(since - 1)]
    assert f'use Nova {since} (2025.2)' in ' '.join(PAGE.split())
