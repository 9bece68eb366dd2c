# SPDX-License-Identifier: Apache-2.0

"""What Placement leaves out, because the scheduler asks for no more."""

import types

import pytest
from nova.conf import CONF
from nova.scheduler import request_filter
from nova.scheduler import utils
from nova.scheduler.client import report as placement_client

from nova_pci_ext.explaining import live

pytestmark = pytest.mark.nova


class Placement:
    """Two candidates of each of three hosts, as many as are asked for.

    :ivar limits: of the questions
    """

    candidates = [{'allocations': {host: {}}, 'mappings': {'': [number]}}
                  for host in 'abc' for number in range(2)]

    def __init__(self):
        self.limits = []

    def get_allocation_candidates(self, _context, resources):
        self.limits.append(resources.limit)
        return self.candidates[:resources.limit], {}, '1.36'


@pytest.fixture
def placement(monkeypatch):
    asked = Placement()
    monkeypatch.setattr(placement_client, 'report_client_singleton',
                        lambda: asked)
    monkeypatch.setattr(request_filter, 'process_reqspec',
                        lambda *args: None)
    monkeypatch.setattr(
        utils, 'resources_from_request_spec',
        lambda *args, **kwargs: types.SimpleNamespace(
            limit=CONF.scheduler.max_placement_results))
    yield asked
    CONF.clear_override('max_placement_results', 'scheduler')


def candidates(limit):
    """Return how many candidates are told, and how many there are."""
    CONF.set_override('max_placement_results', limit, 'scheduler')
    cloud = live.Cloud.__new__(live.Cloud)
    cloud._context = cloud._manager = None
    told, beyond = cloud._candidates(None)
    assert CONF.scheduler.max_placement_results == limit
    return [{host: len(found) for host, found in sorted(each.items())}
            for each in (told, beyond)]


def test_an_answer_below_the_limit_is_all_there_is(placement):
    assert candidates(7) == [{'a': 2, 'b': 2, 'c': 2}, {}]
    assert placement.limits == [7]


def test_what_the_limit_cut_off_is_asked_for(placement):
    """A part of one host's candidates, and all of another's."""
    assert candidates(3) == [{'a': 2, 'b': 1}, {'b': 2, 'c': 2}]
    assert placement.limits == [3, live.MOST_CANDIDATES]


def test_an_answer_that_just_fits_leaves_nothing_out(placement):
    assert candidates(6) == [{'a': 2, 'b': 2, 'c': 2}, {}]
