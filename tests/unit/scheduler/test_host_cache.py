# SPDX-License-Identifier: Apache-2.0

import datetime
import types

from nova_pci_ext.scheduler import host_cache

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)


def rows(*counts):
    """Return published pools with these numbers of free devices."""
    return [types.SimpleNamespace(_obj_count=count) for count in counts]


def ago(seconds):
    """Return a time before now."""
    return NOW - datetime.timedelta(seconds=seconds)


def test_a_settled_row_is_the_same_host():
    cache = host_cache.HostCache()
    host = cache.host('a', ago(500), rows(1, 2), NOW)
    assert cache.host('a', ago(500), rows(1, 2), NOW) is host


def test_nova_s_stamps_may_be_naive():
    cache = host_cache.HostCache()
    stamp = ago(500).replace(tzinfo=None)
    host = cache.host('a', stamp, rows(1), NOW)
    assert cache.host('a', stamp, rows(1), NOW) is host


def test_a_new_row_takes_the_place_of_the_old_one():
    cache = host_cache.HostCache()
    cache.host('a', ago(500), rows(1, 2, 3), NOW)
    cache.host('a', ago(400), rows(1), NOW)
    assert (len(cache), cache.pools) == (1, 1)


def test_the_pools_of_all_hosts_are_bounded():
    cache = host_cache.HostCache(max_pools=10)
    hosts = [cache.host(f'host-{number}', ago(500), rows(1, 1, 1), NOW)
             for number in range(5)]
    assert (len(cache), cache.pools) == (3, 9)
    assert cache.host('host-4', ago(500), rows(1, 1, 1), NOW) is hosts[4]
    assert cache.host('host-0', ago(500), rows(1, 1, 1), NOW) is not hosts[0]


def test_a_host_larger_than_the_bound_is_not_kept():
    cache = host_cache.HostCache(max_pools=2)
    cache.host('a', ago(500), rows(1, 1, 1), NOW)
    assert (len(cache), cache.pools) == (0, 0)


def test_the_answers_of_a_host_are_bounded():
    host = host_cache.KnownHost(ago(500), 1)
    for number in range(10):
        host.remember(f'kind-{number}', number)
    assert host.answers == {'kind-6': 6, 'kind-7': 7, 'kind-8': 8,
                            'kind-9': 9}
