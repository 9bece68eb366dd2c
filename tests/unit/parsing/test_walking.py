# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.parsing import walking


def test_each_value_has_its_place():
    assert list(walking.values({'a': [1, {'b': 2}], 'no name': 3})) == [
        ('', {'a': [1, {'b': 2}], 'no name': 3}),
        ('a', [1, {'b': 2}]), ('a[0]', 1), ('a[1]', {'b': 2}),
        ('a[1].b', 2), ('"no name"', 3)]


@pytest.mark.parametrize(('content', 'found'), [
    ({'a': ['\ud83d\ude00', '\U0001f600']}, [('a[0]', '\ud83d\ude00')]),
    ({'a': '\udfff'}, [('a', '\udfff')]),
    ({'b': {'\ud800': 1}}, [('b', '\ud800')]),
    ({'a': 'whole', 'b': 7}, []),
], ids=ascii)
def test_halves_are_found_in_keys_and_values(content, found):
    assert list(walking.halves(content)) == found


@pytest.mark.parametrize('wrap', [
    lambda inner: [inner], lambda inner: {'a': inner}], ids=['list', 'dict'])
def test_the_deepest_that_is_followed(wrap):
    content = 'text'
    for _ in range(49):
        content = wrap(content)
    assert not walking.is_deep(content)
    assert walking.is_deep(wrap(content))
    for _ in range(100000):
        content = wrap(content)
    assert walking.is_deep(content)
