# SPDX-License-Identifier: Apache-2.0

"""Kept values that are compared with fresh ones."""

import pytest

from nova_pci_ext.model.recent import Recent
from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.model.verifying import Verifier


@pytest.fixture
def told():
    """What the process's own verifier says, which is on meanwhile."""
    found = []
    before, KEPT.report = KEPT.report, lambda *said: found.append(said)
    yield found
    KEPT.report = before


def test_an_equal_value_is_the_kept_one():
    verifier = Verifier()
    verifier.report = pytest.fail
    kept = [1]
    assert verifier.verified('list', kept, list, (1,)) is kept


def test_of_different_values_the_fresh_one_is_used():
    found = []
    verifier = Verifier()
    verifier.report = lambda *said: found.append(said)
    assert verifier.verified('list', [1], list, (2,)) == [2]
    assert found == [('list', [1], [2])]


def test_only_the_content_is_compared():
    found = []
    verifier = Verifier()
    verifier.report = lambda *said: found.append(said)
    kept = ['a', 'seen']
    assert verifier.verified(
        'list', kept, list, 'a', content=lambda each: each[0]) is kept
    assert verifier.verified(
        'list', kept, list, 'b', content=lambda each: each[0]) == ['b']
    assert found == [('list', 'a', 'b')]


def test_what_is_remembered_is_compared_at_each_use(told):
    world = {'key': 1}
    recent = Recent(2, 'number')
    assert recent.find('key', world.get, 'key') == 1
    assert recent.find('key', world.get, 'key') == 1
    world['key'] = 2
    # The second time the fresh value is the one that is remembered.
    assert [recent.find('key', world.get, 'key') for _ in range(2)] == [2, 2]
    assert told == [('number', 1, 2)]


def test_nothing_is_compared_unless_it_is_asked_for():
    assert KEPT.report is None
    world = {'key': 1}
    recent = Recent(2)
    recent.find('key', world.get, 'key')
    world['key'] = 2
    assert recent.find('key', world.get, 'key') == 1
