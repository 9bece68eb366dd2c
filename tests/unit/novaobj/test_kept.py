# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.novaobj import kept


def cache(limit=100):
    """Return an empty cache of so many bytes."""
    return kept.Kept(lambda: limit)


def read(found, *texts, size=10):
    """Look each text up, and keep it where it is not there."""
    hits = 0
    for text in texts:
        if found.find(text) is None:
            found.keep(text, f'value of {text}', size)
        else:
            hits += 1
    return hits


def test_what_was_kept_is_found_and_counted():
    found = cache()
    assert read(found, 'a', 'b', 'a') == 1
    assert found.find('a') == 'value of a'
    assert (found.hits, found.misses, found.size, len(found)) == (2, 2, 20, 2)


def test_a_value_larger_than_everything_is_not_kept():
    found = cache(limit=9)
    assert read(found, 'a', 'a') == 0
    assert (found.size, len(found)) == (0, 0)


def test_nothing_is_kept_without_room():
    found = cache(limit=0)
    assert read(found, 'a', 'a') == 0


@pytest.mark.parametrize('number', [10, 11, 20, 200, 1000])
def test_hosts_that_are_read_in_order_find_what_fits(number):
    """Ten fit, however many are read one after the other."""
    found = cache()
    hosts = [f'host {each}' for each in range(number)]
    for _ in range(5):
        hits = read(found, *hosts)
    assert hits == 10
    assert found.size == 100


def test_what_is_not_asked_for_any_more_makes_room():
    found = cache()
    old = [f'old {number}' for number in range(10)]
    new = [f'new {number}' for number in range(10)]
    read(found, *old)
    read(found, *new)
    assert read(found, *new) == 0
    assert read(found, *new) == 10


def test_single_ones_are_given_up_the_one_used_longest_ago_first():
    found = cache(limit=30)
    read(found, 'a', 'b', 'c', 'd', 'a', 'd')
    assert [found.find(text) for text in ('a', 'b', 'c', 'd')] == [
        'value of a', None, 'value of c', 'value of d']


def test_texts_of_rows_that_changed_do_not_stay():
    """A cloud of hosts of which one changes at every request."""
    found = cache(limit=1_000_000)
    same = [f'host {number}' for number in range(99)]
    for number in range(200):
        hits = read(found, *same, f'text {number}')
    assert hits == 99
    assert len(found) < 100 + 12


def test_a_value_that_grows_pushes_out_others():
    found = cache(limit=30)
    read(found, 'a', 'b', 'c')
    found.grow('c', found.find('c'), 15)
    assert (found.size, len(found)) == (25, 1)
    # What was given up, or is another value now, does not count.
    found.grow('a', 'value of a', 5)
    found.grow('c', 'another value', 5)
    assert found.size == 25


def test_a_text_that_is_kept_again_counts_once():
    found = cache()
    found.keep('a', 'one', 10)
    found.keep('a', 'two', 30)
    assert (found.find('a'), found.size, len(found)) == ('two', 30, 1)


def test_what_is_remembered_of_texts_not_kept_is_bounded(monkeypatch):
    monkeypatch.setattr(kept, '_MAX_PASSED', 5)
    found = cache(limit=0)
    read(found, *[f'host {number}' for number in range(20)])
    assert len(found._passed) == 5


def test_new_values_of_the_same_keys_take_no_room_of_others():
    """A full cache of rows by UUID, of which each has changed once."""
    found = cache()
    hosts = [f'host {number}' for number in range(13)]
    read(found, *hosts)
    for number in range(3):
        for host in hosts:
            if found.find(host) is not None:
                found.keep(host, number, 10)
    assert [found.find(host) for host in hosts] == [2] * 10 + [None] * 3
    assert found.size == 100
