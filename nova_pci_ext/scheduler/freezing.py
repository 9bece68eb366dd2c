# SPDX-License-Identifier: Apache-2.0

"""Keep what a worker keeps out of its garbage collections.

Python's collector walks through all objects again and again, and what is kept
of the rows of some thousand hosts are most objects of a scheduler.  None of
them is ever part of a cycle.  So they are frozen (``gc.freeze``) once many of
them are new; they go by their reference counts as before.
"""

import gc
import threading
from collections.abc import Collection
from typing import Any

from nova_pci_ext.novaobj import kept

# To freeze takes a whole collection.
_LEAST = 128


class Freezer:
    """Freezes the objects of this process, seldom.

    Whatever else there is at that moment is frozen too, such as a request
    that another thread works on; what of it is garbage by then, the next time
    collects.

    :param caches: whose values are worth it
    :ivar times: how often it was done
    """

    def __init__(self, caches: Collection[kept.Kept[Any]]) -> None:
        self._caches = caches
        self._lock = threading.Lock()
        self._seen = 0
        self.times = 0

    def freeze(self) -> None:
        """Freeze, if at least half of what is kept is new since the last time.

        Does nothing where somebody switched the collector off, or while
        another thread is at it.
        """
        if self._new() < self._enough() or not gc.isenabled():
            return
        if self._lock.acquire(blocking=False):
            try:
                self._seen += self._new()
                gc.unfreeze()
                gc.collect()
                gc.freeze()
                self.times += 1
            finally:
                self._lock.release()

    def _new(self) -> int:
        return sum(cache.added for cache in self._caches) - self._seen

    def _enough(self) -> float:
        return max(_LEAST, sum(len(cache) for cache in self._caches) / 2)
