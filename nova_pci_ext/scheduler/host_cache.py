# SPDX-License-Identifier: Apache-2.0

"""What is known about hosts, kept between the requests of a worker.

Nova builds every host state anew for every request, from rows that seldom
change.  What was found out about the pools of a row, and its NUMA topology,
are kept under their text: equal text is equal content, whoever wrote it and
when.  Hosts with equal rows share it.
"""

import dataclasses
import functools
import sys
import typing
import weakref
from collections.abc import Callable
from collections.abc import Sequence

import nova.conf

from nova_pci_ext import novaobj
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.model.device_set import SetConstraint
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.request import DeviceRequest
from nova_pci_ext.model.verifying import KEPT
from nova_pci_ext.novaobj import copies
from nova_pci_ext.novaobj import kept
from nova_pci_ext.novaobj import kept_rows
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import row_pools
from nova_pci_ext.novaobj import shared_parts
from nova_pci_ext.scheduler import asked
from nova_pci_ext.scheduler import freezing
from nova_pci_ext.scheduler import host_notices

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)

# Kinds of request remembered for a host; the oldest go first.  Clouds have
# ten to twenty flavors with devices, and servers with ports beside them.
MAX_ANSWERS = 64
# Measured on the hosts of benchmarks/realistic.py: a compiled pool whose class
# and places others share takes 168 bytes, a topology 11.2 times its text. The
# others are estimates: what is known of a host without its pools and answers,
# with its places in two dictionaries, and an answer.
_POOL_BYTES = 170
_HOST_BYTES = 600
_ANSWER_BYTES = 250
_ASKED_BYTES = 4_000
_TOPOLOGY_FACTOR = 11

Topology = typing.TypeVar('Topology', bound=protocols.VersionedObject)
Published = Sequence[protocols.PciDevicePool]


class KnownHost:
    """What is known about the pools of a row.

    :ivar name: of the first host that had them
    :ivar text: of the row, where this is kept
    :ivar pools: compiled when a second kind of request asks, None before
    :ivar answers: what ``candidates`` found, by kind of request
    """

    __slots__ = ('__weakref__', '_grown', 'answers', 'name', 'pools', 'text',
                 'unreadable')

    def __init__(self, name: str, text: str = '',
                 grown: Callable[['KnownHost', int], None] | None = None,
                 ) -> None:
        self.name = name
        self.text = text
        self._grown = grown
        self.pools: tuple[Pool, ...] | None = None
        self.unreadable = False
        self.answers: dict[str, typing.Any] = {}

    def compiled(self, published: Published) -> tuple[Pool, ...]:
        """Return all pools that can be read, compiled.

        :param published: the row's pools
        """
        if self.pools is None:
            self.pools = novaobj.pools_from_objects(published)
            self._grow(_POOL_BYTES * len(self.pools))
            if len(self.pools) < len(published):
                self.unreadable = True
                host_notices.WORKER.unreadable(self.name, published)
            if isinstance(published, row_pools.RowPools):
                published.forget()
        elif KEPT.report is not None:
            self.pools = KEPT.verified(
                'the pools of a host', self.pools,
                novaobj.pools_from_objects, published)
        return self.pools

    def remember(self, kind: str, answer: typing.Any) -> None:
        """Keep the answer to one kind of request, in the place of another."""
        if kind in self.answers:
            self.answers[kind] = answer
            return
        if len(self.answers) >= MAX_ANSWERS:
            self.answers.pop(next(iter(self.answers)), None)
        else:
            self._grow(_ANSWER_BYTES)
        self.answers[kind] = answer

    def _grow(self, size: int) -> None:
        if self._grown is not None:
            self._grown(self, size)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Fits:
    """What ``NUMATopologyFilter`` said of one host, while it is the same.

    :ivar topology: text of its NUMA topology
    :ivar pools: what is known of its pools
    :ivar ratios: of vCPUs and of memory
    :ivar answers: by kind of guest
    """

    topology: str
    pools: weakref.ref[KnownHost]
    ratios: tuple[float | None, float | None]
    answers: dict[str, bool]


class HostCache:
    """Hosts by the text of their pools.

    An entry changes only by answers and compiled pools being added, which are
    the same whoever computes them.

    :param limit: returns the bytes that each kind of value may take
    :ivar rows: by the text of pools
    :ivar topologies: by their text
    :ivar nodes: rows of compute nodes without these texts, by UUID
    :ivar services: rows of services, by UUID
    :ivar fits: of guests with a NUMA topology, by UUID of the node
    :ivar asked: what servers ask, by kind of request
    """

    def __init__(self, limit: Callable[[], int] | None = None) -> None:
        self._bytes = _Bytes()
        parts = self._bytes.parts
        self.rows: kept.Kept[KnownHost] = kept.Kept(limit or parts(31))
        self.topologies: kept.Kept[typing.Any] = kept.Kept(
            limit or parts(16))
        self.nodes: kept.Kept[kept_rows.Entry] = kept.Kept(
            limit or parts(8))
        self.services: kept.Kept[kept_rows.Entry] = kept.Kept(
            limit or parts(4))
        self.fits: kept.Kept[Fits] = kept.Kept(limit or parts(4))
        self.asked: kept.Kept[asked.Compiled] = kept.Kept(limit or parts(1))
        self._parts = shared_parts.SharedParts()
        # What each host had when it was read last.
        self._last: weakref.WeakValueDictionary[str, KnownHost] = (
            weakref.WeakValueDictionary())
        self.freezer = freezing.Freezer((self.rows, self.topologies,
                                         self.nodes, self.services))

    def begin(self) -> None:
        """Begin a call of the scheduler: what is seldom done is done here."""
        self._bytes.forget()
        self.freezer.freeze()

    def host(self, state: protocols.HostState,
             published: Published) -> KnownHost:
        """Return what is known about a row; nothing about a new one.

        Nothing is kept of pools that are not text any more, as somebody may
        have changed them.

        :param published: the row's pools
        """
        if not isinstance(published, row_pools.RowPools):
            return KnownHost(state.host)
        known: KnownHost | None = published.known
        if known is None:
            known = published.known = self._of_text(state, published)
        return known

    def kept_text(self, host: object, text: str) -> str:
        """Return an equal text, the one that is kept if there is one.

        :param host: name of a host
        :param text: of its pools
        """
        last = self._last.get(typing.cast('str', host))
        return last.text if last is not None and last.text == text else text

    def _of_text(self, state: protocols.HostState,
                 published: row_pools.RowPools) -> KnownHost:
        text = published.text
        last = self._last.get(state.host)
        if last is not None and last.text == text:
            # To compare takes less than a hash, and this text has it.
            text = last.text
        known = self.rows.find(text)
        if known is None:
            def grown(host: KnownHost, size: int) -> None:
                self.rows.grow(text, host, size)

            known = KnownHost(state.host, text, grown)
            self.rows.keep(text, known, sys.getsizeof(text) + _HOST_BYTES)
        if known is not last:
            self._last[state.host] = known
        if known.unreadable and state.host != known.name:
            host_notices.WORKER.unreadable(state.host, published)
        return known

    def compiled(self, kind: str, requests: tuple[DeviceRequest, ...],
                 constraints: tuple[SetConstraint, ...]) -> asked.Compiled:
        """Return what is known of all requests that are equal to these.

        :param kind: of the requests, with numbers for names
        """
        found = self.asked.find(kind)
        if found is None:
            found = asked.Compiled(requests, constraints)
            self.asked.keep(kind, found, sys.getsizeof(kind) + _ASKED_BYTES)
        elif KEPT.report is not None:
            found = KEPT.verified(
                'what a server asks', found, found.anew,
                content=functools.partial(
                    asked.content, kinds=found.eligibility.kinds()))
        self.asked.grow(kind, found, found.grown())
        return found

    def topology(self, text: str, read: Callable[[str], Topology],
                 ) -> Topology:
        """Return a NUMA topology that nobody else has.

        :param text: of the column
        :param read: makes Nova's object of it
        """
        found: Topology | None = self.topologies.find(text)
        if found is None:
            found = read(text)
            self._parts.share(found)
            self.topologies.keep(
                text, found, sys.getsizeof(text) * (1 + _TOPOLOGY_FACTOR))
        elif KEPT.report is not None:
            found = KEPT.verified('NUMA topology', found, read, text,
                                  content=_content)
        return copies.copied(found)


def _content(topology: protocols.VersionedObject) -> object:
    return topology.obj_to_primitive()


class _Bytes:
    """What a worker may keep, by the option; asked once a call.

    To ask takes as long as to look something up, and every new host asks.
    """

    def __init__(self) -> None:
        self._known: int | None = None

    def forget(self) -> None:
        """Ask the option again."""
        self._known = None

    def parts(self, number: int) -> Callable[[], int]:
        """Return what returns so many 64ths of it."""
        def limit() -> int:
            known = self._known
            if known is None:
                megabytes: int = CONF.pci_ext.scheduler_cache_mb
                known = self._known = megabytes << 14
            return number * known
        return limit


#: What filter and weigher of this process share.
WORKER = HostCache()
