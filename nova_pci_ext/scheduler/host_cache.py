# SPDX-License-Identifier: Apache-2.0

"""What is known about hosts, kept between the requests of a worker.

Nova builds every host state anew for every request, from rows that seldom
change.  What was found out about a row is kept under the compute node's UUID
and the row's ``updated_at``.

The database keeps whole seconds, and who wrote a row has a clock of its own:
two contents of a row may have one stamp, and nothing tells how old it is.  So
a stamp is trusted once this process has seen it for ``SETTLED_S`` by its own
monotonic clock.  Until then, a digest of the content tells whether the row is
the one that was seen.
"""

import datetime
import threading
import time
import typing
from collections.abc import Callable
from collections.abc import Sequence

from nova_pci_ext import novaobj
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.scheduler import host_notices

# Two contents with one stamp are written within a second.  The second may be
# read by a request that began before the first was seen, and reading a large
# cloud takes a minute; a request that takes longer than this has timed out.
SETTLED_S = 120.0
# Bounds of what a worker keeps. A pool with its strings and its part of four
# answers takes about 300 bytes (benchmarks/filter.py), so this is 120 MB in a
# cloud that fills it.  A host with all of its answers takes 2 KB more.
MAX_POOLS = 400_000
# Kinds of request remembered for a host; the oldest go first.  Clouds have
# ten to twenty flavors with devices, and servers with ports beside them.
MAX_ANSWERS = 32

Published = Sequence[protocols.PciDevicePool]
Stamp = datetime.datetime | None


class KnownHost:
    """What is known about one row of a compute node.

    :ivar name: of the host
    :ivar updated: when the row was written, by whatever clock
    :ivar since: when this process saw that stamp first, by its own clock
    :ivar digest: of the content; None where it was not needed yet
    :ivar settled: whether no other content can have this stamp
    :ivar size: number of published pools
    :ivar pools: compiled when a second kind of request asks, None before
    :ivar answers: what ``candidates`` found, by kind of request
    """

    __slots__ = ('answers', 'digest', 'name', 'pools', 'settled', 'since',
                 'size', 'updated')

    def __init__(self, name: str, updated: Stamp, since: float, size: int,
                 digest: int | None = None, *,
                 settled: bool = False) -> None:
        self.name = name
        self.updated = updated
        self.since = since
        self.size = size
        self.digest = digest
        self.settled = settled
        self.pools: tuple[Pool, ...] | None = None
        self.answers: dict[str, typing.Any] = {}

    def compiled(self, published: Published) -> tuple[Pool, ...]:
        """Return all pools that can be read, compiled.

        :param published: the row's pools
        """
        if self.pools is None:
            self.pools = novaobj.pools_from_objects(published)
            if len(self.pools) < len(published):
                host_notices.WORKER.unreadable(self.name, published)
        return self.pools

    def remember(self, kind: str, answer: typing.Any) -> None:
        """Keep the answer to one kind of request."""
        while len(self.answers) >= MAX_ANSWERS:
            self.answers.pop(next(iter(self.answers)), None)
        self.answers[kind] = answer

    def again(self, updated: Stamp, since: float, *,
              settled: bool) -> 'KnownHost':
        """Return the same content under what is known of its stamp now."""
        found = KnownHost(self.name, updated, since, self.size,
                          self.digest, settled=settled)
        found.pools = self.pools
        found.answers = self.answers
        return found


class HostCache:
    """Hosts by compute node UUID, the oldest dropped first.

    Readers take no lock: an entry changes only by answers and compiled pools
    being added, which are the same whoever computes them.

    :param max_pools: bound on the published pools of all hosts together
    :param clock: seconds that only this process counts
    """

    def __init__(self, max_pools: int = MAX_POOLS,
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._max_pools = max_pools
        self._clock = clock
        self._hosts: dict[str, KnownHost] = {}
        self._pools = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._hosts)

    @property
    def pools(self) -> int:
        """Number of published pools of all hosts."""
        return self._pools

    def host(self, state: protocols.HostState,
             published: Published) -> KnownHost:
        """Return what is known about a row; nothing about a new one.

        :param published: the row's pools
        """
        uuid, updated = state.uuid, state.updated
        known = self._hosts.get(uuid) if uuid else None
        if known is not None and known.settled and known.updated == updated:
            return known
        found = self._look(known, state, published)
        if uuid and found is not known:
            self._keep(uuid, found)
        return found

    def _look(self, known: KnownHost | None, state: protocols.HostState,
              published: Published) -> KnownHost:
        """Tell by its content whether a row is known."""
        now = self._clock()
        name, updated, size = state.host, state.updated, len(published)
        if known is None:
            # Most rows are seen once before they change: no digest yet.
            return KnownHost(name, updated, now, size)
        same_stamp = known.updated == updated
        since = known.since if same_stamp else now
        settled = updated is not None and now - since >= SETTLED_S
        if known.digest is not None:
            digest = novaobj.content_digest(published)
            if digest == known.digest:
                if same_stamp and settled == known.settled:
                    return known
                return known.again(updated, since, settled=settled)
        elif not same_stamp or settled:
            digest = None
        else:
            digest = novaobj.content_digest(published)
        return KnownHost(name, updated, since, size, digest,
                         settled=settled)

    def _keep(self, uuid: str, host: KnownHost) -> None:
        with self._lock:
            self._drop(uuid)
            self._hosts[uuid] = host
            self._pools += host.size
            while self._pools > self._max_pools:
                self._drop(next(iter(self._hosts)))

    def _drop(self, uuid: str) -> None:
        host = self._hosts.pop(uuid, None)
        if host is not None:
            self._pools -= host.size


#: What filter and weigher of this process share.
WORKER = HostCache()
