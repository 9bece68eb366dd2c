# SPDX-License-Identifier: Apache-2.0

"""What a bounded memory keeps."""

from nova_pci_ext.model.recent import Recent


def test_a_value_is_made_once():
    made = []
    recent = Recent(2)
    found = [recent.find('key', lambda: made.append(1) or 'value')
             for _ in range(3)]
    assert (found, made) == (['value'] * 3, [1])


def test_nothing_is_a_value_too():
    made = []
    recent = Recent(2)
    assert [recent.find('key', made.append, 1) for _ in range(3)] == (
        [None] * 3)
    assert made == [1]


def test_what_was_used_longest_ago_is_given_up():
    made = []
    recent = Recent(3)
    for key in 'abcadabd':
        recent.find(key, made.append, key)
    assert (made, len(recent)) == (list('abcdb'), 3)


def test_the_limit_grows_and_never_shrinks():
    made = []
    recent = Recent(2)
    recent.grow(3)
    recent.grow(1)
    for key in 'abcabcd':
        recent.find(key, made.append, key)
    assert (made, len(recent)) == (list('abcd'), 3)
