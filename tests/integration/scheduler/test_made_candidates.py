# SPDX-License-Identifier: Apache-2.0

"""Allocation candidates that were made here, as Nova's code sees them."""

import copy

import pytest

from nova_pci_ext.scheduler import made_candidates
from nova_pci_ext.scheduler import offers

pytestmark = pytest.mark.nova


def offer(content=None):
    return offers.Offer(content or {}, wanted=None, tree=None,
                        ask_again=list)


def candidate(offered):
    return made_candidates.Candidate({}, offered, list, list)


def test_what_was_offered_is_known_before_and_after_filtering():
    offered = [offer(), offer()]
    assert made_candidates.offers_of(offered) == offered
    assert made_candidates.offers_of([candidate(offered)]) is offered


@pytest.mark.parametrize('candidates', [
    [], [{'mappings': {}}], [{'mappings': {}}, {'mappings': {}}]])
def test_nothing_was_offered_where_placement_decided(candidates):
    assert made_candidates.offers_of(candidates) is None


def test_a_copy_of_a_host_state_has_the_candidate_itself():
    made = candidate([])
    assert copy.deepcopy([made])[0] is made


class Made:
    """Makes candidates, and counts them."""

    def __init__(self, count):
        self.count = 0
        self.candidates = made_candidates.Candidates(
            self._make(number) for number in range(count))

    def _make(self, number):
        self.count += 1
        return made_candidates.Candidate({'number': number}, [], list, list)


@pytest.mark.parametrize(('look', 'made'), [
    (bool, 1),
    (lambda found: found[0], 1),
    (lambda found: found[:1], 1),
    (lambda found: next(iter(found)), 1),
    (made_candidates.offers_of, 1),
    (lambda found: found[1], 2),
    (lambda found: found[:2], 2),
    (len, 3),
    (list, 3),
    (lambda found: found[-1], 3),
    (lambda found: found[:-1], 3),
    (lambda found: found[:], 3),
    (lambda found: found == [], 3),
])
def test_no_more_candidates_are_made_than_somebody_looks_at(look, made):
    three = Made(3)
    look(three.candidates)
    assert three.count == made


@pytest.mark.parametrize('count', [0, 1, 3])
@pytest.mark.parametrize('look', [
    bool, list, lambda found: found[:1], lambda found: found[-2:],
    lambda found: found[::-1], lambda found: found[1:], len])
def test_they_are_what_a_list_of_them_is(count, look):
    expected = [{'number': number} for number in range(count)]
    found = Made(count).candidates
    assert look(found) == look(expected)
    # And again, when all that are needed are made.
    assert look(found) == look(expected)
    assert found == expected
    assert found != [*expected, {}]


def test_there_is_none_beyond_the_last():
    found = Made(1).candidates
    with pytest.raises(IndexError):
        found[1]
    assert found[0] == {'number': 0}
