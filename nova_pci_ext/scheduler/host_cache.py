# SPDX-License-Identifier: Apache-2.0

"""What is known about hosts, kept between the requests of a worker.

Nova builds every host state anew for every request, from rows that seldom
change.  What was found out about a row is kept under the compute node's UUID
and the row's ``updated_at``.
"""

import datetime
import threading
import typing

from nova_pci_ext import novaobj
from nova_pci_ext.model.pool import Pool

# The database keeps whole seconds: a row that is younger may change once more
# under the same stamp.
TRUSTED_AGE = datetime.timedelta(seconds=2)
# Reading a large cloud takes seconds, in which a row can become old enough to
# be trusted after it was read.  Up to this age the counts of all pools are
# compared too; a request that takes longer has timed out.
SETTLED_AGE = datetime.timedelta(seconds=120)
# Bounds of what a worker keeps. A pool with its strings and its part of four
# answers takes about 300 bytes (benchmarks/filter.py), so this is 120 MB in a
# cloud that fills it.
MAX_POOLS = 400_000
# Kinds of request remembered for a host; the oldest go first.
MAX_ANSWERS = 4


class KnownHost:
    """What is known about one row of a compute node.

    :ivar updated: when the row was written
    :ivar size: number of published pools
    :ivar counts: free devices of each; None where the row is too old for
        them to matter
    :ivar pools: compiled when a second kind of request asks, None before
    :ivar answers: what ``candidates`` found, by kind of request
    """

    __slots__ = ('answers', 'counts', 'pools', 'size', 'updated')

    def __init__(self, updated: datetime.datetime | None,
                 size: int) -> None:
        self.updated = updated
        self.size = size
        self.counts: list[int] | None = None
        self.pools: tuple[Pool, ...] | None = None
        self.answers: dict[str, typing.Any] = {}

    def remember(self, kind: str, answer: typing.Any) -> None:
        """Keep the answer to one kind of request."""
        while len(self.answers) >= MAX_ANSWERS:
            self.answers.pop(next(iter(self.answers)), None)
        self.answers[kind] = answer


class HostCache:
    """Hosts by compute node UUID, the oldest dropped first.

    Readers take no lock: an entry changes only by answers and compiled pools
    being added, which are the same whoever computes them.

    :param max_pools: bound on the published pools of all hosts together
    """

    def __init__(self, max_pools: int = MAX_POOLS) -> None:
        self._max_pools = max_pools
        self._hosts: dict[str, KnownHost] = {}
        self._pools = 0
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._hosts)

    @property
    def pools(self) -> int:
        """Number of published pools of all hosts."""
        return self._pools

    def host(self, uuid: str | None, updated: datetime.datetime | None,
             published: list[typing.Any], now: datetime.datetime,
             ) -> KnownHost:
        """Return what is known about a row; nothing about a new one.

        :param updated: the row's ``updated_at``
        :param published: the row's pools
        :param now: an aware time after the row was read
        """
        known = self._hosts.get(uuid) if uuid else None
        # Without counts the row was settled when it was first seen.
        if known is not None and known.updated == updated and (
                known.counts is None
                or known.counts == novaobj.object_counts(published)):
            return known
        found = KnownHost(updated, len(published))
        age = now - _aware(updated) if updated else datetime.timedelta()
        if uuid and age >= TRUSTED_AGE:
            if age < SETTLED_AGE:
                found.counts = novaobj.object_counts(published)
            self._keep(uuid, found)
        return found

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


def _aware(stamp: datetime.datetime) -> datetime.datetime:
    """Nova's stamps are UTC, with or without saying so."""
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=datetime.UTC)
