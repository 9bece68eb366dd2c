# SPDX-License-Identifier: Apache-2.0

"""The claim of a candidate, and of the next one that still fits."""

import logging

import pytest

from nova_pci_ext.scheduler import claiming

pytestmark = pytest.mark.nova


class Candidate(dict):
    """A candidate whose host is asked once more."""

    def __init__(self, name, siblings=(), rounds=()):
        super().__init__(name=name)
        self._siblings = siblings
        self._rounds = iter(rounds)

    def siblings(self):
        return self._siblings

    def again(self):
        return next(self._rounds, [])


def claim(first, *accepted):
    tried = []

    def attempt(content):
        tried.append(content['name'])
        return content['name'] in accepted

    return claiming.claim(attempt, first, 'u1'), tried


def test_the_first_one_is_claimed_without_a_word(caplog):
    caplog.set_level(logging.INFO)
    assert claim(Candidate('a'), 'a') == (True, ['a'])
    assert caplog.records == []


def test_a_sibling_that_still_fits_comes_before_a_new_one(caplog):
    caplog.set_level(logging.INFO)
    known, new = Candidate('b'), Candidate('c')
    first = Candidate('a', [known], [[new, known], [new]])
    assert claim(first, 'c') == (True, ['a', 'b', 'c'])
    assert first == {'name': 'c'}
    assert [record.getMessage() for record in caplog.records] == [
        'Instance u1 has candidate 3 of its host: what was chosen first was '
        'taken meanwhile']


def test_a_host_that_has_nothing_left():
    first = Candidate('a')
    assert claim(first) == (False, ['a'])
    assert first == {'name': 'a'}


def test_it_ends_where_others_are_always_faster():
    first = Candidate('a', (), [[Candidate(str(number))]
                                for number in range(99)])
    done, tried = claim(first)
    assert (done, len(tried)) == (False, 1 + claiming.MOST)
