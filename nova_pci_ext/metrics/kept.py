# SPDX-License-Identifier: Apache-2.0

"""What a process keeps instead of computing it again, and how it helps."""

import weakref
from collections.abc import Iterator
from typing import Protocol

from prometheus_client import core

from nova_pci_ext.metrics import record


class Cache(Protocol):
    """What keeps values.

    :ivar hits: how often a value was found
    :ivar misses: how often it had to be computed
    :ivar size: bytes of all values, about
    """

    @property
    def hits(self) -> int: ...

    @property
    def misses(self) -> int: ...

    @property
    def size(self) -> int: ...


class _Caches:
    """Reads every cache at the moment of a scrape."""

    def __init__(self) -> None:
        # A cache that was made anew takes the place of the old one.
        self.by_name: weakref.WeakValueDictionary[str, Cache] = (
            weakref.WeakValueDictionary())

    def collect(self) -> Iterator[core.Metric]:
        """Yield hits, misses and bytes."""
        hits, misses = (core.CounterMetricFamily(
            f'nova_pci_ext_kept_{name}', text, labels=['cache'])
            for name, text in (
                ('hits', 'Values that were kept when they were needed.'),
                ('misses', 'Values that had to be computed.')))
        size = core.GaugeMetricFamily(
            'nova_pci_ext_kept_bytes', 'Memory of what is kept, about.',
            labels=['cache'])
        for name, cache in sorted(self.by_name.items()):
            for family, value in ((hits, cache.hits), (misses, cache.misses),
                                  (size, cache.size)):
                family.add_metric([name], value)
        yield from (hits, misses, size)


_CACHES = _Caches()
record.REGISTRY.register(_CACHES)


def watch(name: str, cache: Cache) -> None:
    """Show a cache for as long as it lives.

    :param name: the value of its label ``cache``
    """
    _CACHES.by_name[name] = cache
