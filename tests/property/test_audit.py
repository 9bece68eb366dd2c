# SPDX-License-Identifier: Apache-2.0

"""Random clouds whose books agree, and lies in them."""

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nova_pci_ext.auditing import comparing
from tests import audit_lies
from tests import audit_scenes

pytestmark = pytest.mark.property

HOSTS = 4


@st.composite
def servers(draw, number):
    """A server that may be moving, on a host without known servers."""
    host = draw(st.integers(2, HOSTS - 1))
    moving = draw(st.booleans())
    return audit_scenes.Server(
        name=f'more{number}', host=f'h{host}',
        gpus=draw(st.integers(0, 2)), vfs=draw(st.integers(0, 3)),
        ports=draw(st.integers(0, 2)), disk=draw(st.booleans()),
        physical=draw(st.booleans()),
        vm_state=draw(st.sampled_from(['active', 'stopped', 'paused'])),
        moving_to=f'h{2 + (host - 1) % (HOSTS - 2)}' if moving else None)


@st.composite
def clouds(draw):
    """Books that agree."""
    more = [draw(servers(number))
            for number in range(draw(st.integers(0, 6)))]
    return audit_scenes.known_cloud(
        hosts=HOSTS, gpus=draw(st.integers(4, 6)),
        vfs=draw(st.integers(5, 16)), more=more)


@settings(max_examples=40)
@given(clouds())
def test_books_that_agree_have_no_finding(books):
    assert comparing.compare(books) == ()


@settings(max_examples=40)
@given(clouds(), st.sets(st.sampled_from(
    ['providers', 'ports', 'machines'])))
def test_what_was_not_read_is_no_finding(books, unread):
    left = audit_scenes.without(books, unread)
    assert comparing.compare(left) == ()


@settings(max_examples=120)
@given(clouds(), st.sampled_from(audit_lies.LIES))
def test_a_lie_is_found_and_nothing_else(books, known):
    _, tell, expected = known
    found = comparing.compare(tell(books))
    assert sorted((each.kind, each.host, each.device)
                  for each in found) == sorted(expected)


@settings(max_examples=40)
@given(clouds(), st.sampled_from(audit_lies.LIES))
def test_what_one_reading_alone_has_was_under_way(books, known):
    _, tell, _ = known
    found = comparing.compare(tell(books))
    assert comparing.standing(found, comparing.compare(books)) == ()
    assert comparing.standing(found, found) == found
