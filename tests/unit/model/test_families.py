# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.model import families


@pytest.mark.parametrize(('dev_type', 'parent'), [
    pytest.param('type-VF', 'pf', id='a VF'),
    pytest.param('vdpa', 'pf', id='a vDPA device'),
    pytest.param('type-PCI', None, id='a plain device has none'),
])
def test_the_parent_that_a_row_or_a_report_names(dev_type, parent):
    assert families.parent_of(dev_type, 'pf') == parent


def test_a_device_can_have_two_parents_and_its_family_is_theirs():
    found = families.Families()
    for child, parent in [('a1', 'a'), ('a2', 'a'), ('a1', 'b'), ('b1', 'b')]:
        found.join(child, parent)
    assert found.parents('a1') == ['a', 'b']
    assert found.children('a') == ['a1', 'a2']
    assert sorted(found.whole(['a2'])) == ['a', 'a1', 'a2', 'b', 'b1']
    assert found.relink(['a1'])
    assert sorted(found.whole(['a2'])) == ['a', 'a2']


def test_only_links_that_no_row_names_are_contested_and_forgotten():
    found = families.Families()
    found.enter('a1', 'a')
    found.enter('b1', 'b')
    found.join('b1', 'b')
    assert (found.contested, found.relink(['a1', 'b1'])) == (set(), False)
    # A report names another PF.
    found.join('a1', 'b')
    assert found.contested == {'a1'}
    assert (found.relink(['b', 'b1']), found.contested) == (False, {'a1'})
    assert (found.relink(['a1']), found.contested) == (True, set())
    assert found.parents('a1') == ['a']


def test_a_row_that_changes_or_goes_leaves_its_link_contested():
    found = families.Families()
    found.enter('a1', 'a')
    found.leave('a1')
    assert (found.contested, found.parents('a1')) == ({'a1'}, ['a'])
    found.enter('a1', 'b')
    assert (found.contested, found.parents('a1')) == ({'a1'}, ['a', 'b'])
    found.relink(['a1'])
    assert (found.contested, found.parents('a1')) == (set(), ['b'])
    found.leave('a1')
    found.relink(['a1'])
    assert (found.contested, found.parents('a1')) == (set(), [])


@pytest.mark.parametrize('parent', [None, 'a'], ids=['none', 'itself'])
def test_what_is_not_a_parent(parent):
    found = families.Families()
    found.join('a', parent)
    found.enter('a', parent)
    assert (found.whole(['a']), found.contested) == (['a'], set())
