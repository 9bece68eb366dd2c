# SPDX-License-Identifier: Apache-2.0

import datetime
import types

import pytest

from nova_pci_ext.scheduler import host_cache

STAMP = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
LATER = STAMP + datetime.timedelta(seconds=1)


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def cache(clock):
    return host_cache.HostCache(clock=clock)


def rows(*counts, network='p1'):
    """Return published pools with these numbers of free devices."""
    return [types.SimpleNamespace(
        _obj_vendor_id='8086', _obj_product_id='1520', _obj_numa_node=0,
        _obj_count=count, _obj_tags={'physical_network': network})
        for count in counts]


def state(uuid, updated):
    """Return a host state of a row."""
    return types.SimpleNamespace(host='name', uuid=uuid, updated=updated)


def looks(cache, clock, *contents, after=0, stamp=STAMP):
    """Show a host several contents of a row; return what was found."""
    found = []
    for content in contents:
        found.append(cache.host(state('a', stamp), content))
        clock.now += after
    return found


def test_a_content_that_was_seen_twice_is_known(cache, clock):
    first, second, third = looks(cache, clock, rows(1), rows(1), rows(1))
    assert first is not second
    assert second is third


def test_another_content_under_one_stamp_is_another_host(cache, clock):
    # Equal numbers of free devices, on another network.
    *_, seen = looks(cache, clock, rows(1), rows(1))
    other = cache.host(state('a', STAMP), rows(1, network='p2'))
    assert other is not seen
    assert cache.host(state('a', STAMP), rows(1, network='p2')) is other


def test_a_stamp_is_trusted_once_it_is_settled(cache, clock):
    looks(cache, clock, rows(1), rows(1), after=host_cache.SETTLED_S)
    settled = cache.host(state('a', STAMP), rows(1))
    assert settled.settled
    # Nobody looks at the content any more.
    assert cache.host(state('a', STAMP), None) is settled


def test_what_is_seen_when_the_stamp_settles_is_what_is_kept(cache, clock):
    # Written twice in one second; the second content is read much later.
    looks(cache, clock, rows(1), rows(1))
    clock.now += 3600
    late = cache.host(state('a', STAMP), rows(1, network='p2'))
    assert late.settled
    assert cache.host(state('a', STAMP), rows(1, network='p2')) is late


def test_a_stamp_of_another_clock_makes_no_difference(cache, clock):
    ahead = STAMP + datetime.timedelta(days=1000)
    _, second, third = looks(cache, clock, *[rows(1)] * 3, stamp=ahead)
    assert not third.settled
    assert second is third


def test_a_row_without_a_stamp_never_settles(cache, clock):
    found = looks(cache, clock, *[rows(1)] * 4, stamp=None,
                  after=host_cache.SETTLED_S)
    assert not found[-1].settled
    assert cache.host(state('a', None), rows(2)) is not found[-1]


def test_a_row_that_was_touched_keeps_its_answers(cache, clock):
    *_, seen = looks(cache, clock, rows(1), rows(1))
    seen.remember('kind', 'answer')
    seen.pools = ()
    touched = cache.host(state('a', LATER), rows(1))
    assert touched is not seen
    assert (touched.updated, touched.answers, touched.pools) == (
        LATER, {'kind': 'answer'}, ())
    changed = cache.host(state('a', LATER), rows(2))
    assert (changed.answers, changed.pools) == ({}, None)


def test_a_content_that_cannot_be_read_is_never_known(cache, clock):
    bad = rows(1)
    del bad[0]._obj_count
    found = looks(cache, clock, bad, bad, bad)
    assert len({id(host) for host in found}) == 3


def test_a_new_row_takes_the_place_of_the_old_one(cache):
    cache.host(state('a', STAMP), rows(1, 2, 3))
    cache.host(state('a', LATER), rows(1))
    assert (len(cache), cache.pools) == (1, 1)


def test_a_host_without_a_uuid_is_not_kept(cache):
    cache.host(state(None, STAMP), rows(1))
    assert len(cache) == 0


def test_the_pools_of_all_hosts_are_bounded():
    cache = host_cache.HostCache(max_pools=10)
    for _ in range(2):
        for number in range(3):
            last = cache.host(state(f'host-{number}', STAMP), rows(1, 1, 1))
    for number in range(3, 5):
        cache.host(state(f'host-{number}', STAMP), rows(1, 1, 1))
    assert (len(cache), cache.pools) == (3, 9)
    # The two that were seen first are gone.
    assert cache.host(state('host-2', STAMP), rows(1, 1, 1)) is last


def test_a_host_larger_than_the_bound_is_not_kept():
    cache = host_cache.HostCache(max_pools=2)
    cache.host(state('a', STAMP), rows(1, 1, 1))
    assert (len(cache), cache.pools) == (0, 0)


def test_the_answers_of_a_host_are_bounded():
    host = host_cache.KnownHost('name', STAMP, 0.0, 1)
    for number in range(host_cache.MAX_ANSWERS + 2):
        host.remember(f'kind-{number}', number)
    assert list(host.answers.values()) == [
        *range(2, host_cache.MAX_ANSWERS + 2)]
