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
