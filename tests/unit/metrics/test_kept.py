# SPDX-License-Identifier: Apache-2.0

"""What is shown of caches."""

import types

from nova_pci_ext.metrics import kept
from nova_pci_ext.metrics import record


class Cache(types.SimpleNamespace):
    """A cache with three numbers."""


def shown(name):
    """Return what a scrape shows of a cache."""
    return [record.REGISTRY.get_sample_value(f'nova_pci_ext_kept_{what}', {
        'cache': name}) for what in ('hits_total', 'misses_total', 'bytes')]


def test_a_cache_is_shown_while_it_lives():
    cache = Cache(hits=3, misses=2, size=100)
    kept.watch('one', cache)
    assert shown('one') == [3, 2, 100]
    cache.hits += 1
    assert shown('one') == [4, 2, 100]
    del cache
    assert shown('one') == [None] * 3


def test_a_new_cache_takes_the_place_of_the_old_one():
    old, new = (Cache(hits=hits, misses=0, size=0) for hits in (1, 2))
    kept.watch('one', old)
    kept.watch('one', new)
    assert shown('one') == [2, 0, 0]
