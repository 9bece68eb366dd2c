# SPDX-License-Identifier: Apache-2.0

"""The devices of all hosts of a cloud, counted as their rows come.

One question to each cell has the rows of all its hosts. A cell that does not
answer, and a row that cannot be read, is named, and stops nothing else.
"""

import collections
import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator

from nova_pci_ext import exceptions
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.bookkeeping import edge
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.explaining import databases
from nova_pci_ext.handing_out import health
from nova_pci_ext.handing_out import host_counts
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import DrainedDevice
from nova_pci_ext.model.host_counts import HostCounts
from nova_pci_ext.model.host_counts import UnhealthyCard
from nova_pci_ext.novaobj.protocols import CellMapping

_STATES = frozenset(ClaimState)
#: Is told how many rows were read.
Asked = Callable[[int], None]
_TELL_EACH = 1000


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FleetBook:
    """What Nova's databases have of a cloud.

    :ivar hosts: each with its devices; those without any are in it too
    :ivar unread: what could not be read, and why
    """

    hosts: tuple[HostCounts, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def drained(self) -> tuple[DrainedDevice, ...]:
        """What is drained, sorted by host and address."""
        return tuple(dev for host in self.hosts for dev in host.drained)


def read(host: str | None = None,
         asked: Asked = lambda number: None) -> FleetBook:
    """Read the cloud that Nova's configuration names.

    :param host: one host as Nova calls it, None for all
    :param asked: is told how many rows were read, now and then
    :raises DiscoveryError: if the API database cannot be read, or all cells
        were read and none has the host
    """
    cells = databases.ask(databases.API, nova_book.cells)
    silent = databases.unreachable(cells)
    reader = _Reader(asked)
    unread = [str(error) for error in silent.values()]
    for cell in cells:
        if cell.uuid not in silent:
            try:
                reader.read(cell, host)
            except edge.ERRORS as exc:
                unread.append(f'{databases.name_of(cell)}: cannot be read '
                              f'({type(exc).__name__})')
    if host is not None:
        if reader.knows_any:
            # The host is in one cell, whatever the others would say.
            unread = []
        elif not unread:
            raise exceptions.DiscoveryError(
                databases.MAIN, f'the database has no compute node on {host}; '
                '--host names the host as Nova does')
    return reader.book(unread)


def count(books: Books) -> FleetBook:
    """Count recorded books."""
    reader = _Reader(lambda number: None)
    nodes: dict[str, list[Node]] = collections.defaultdict(list)
    for node in books.nodes:
        if not node.deleted:
            nodes[node.cell].append(node)
    rows: dict[str, list[Row]] = collections.defaultdict(list)
    for row in books.rows:
        rows[row.cell].append(row)
    for cell, found in nodes.items():
        reader.take(found, rows[cell])
    return reader.book(())


class _Reader:
    """Counts rows of several cells."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._rows = 0
        self._hosts: list[HostCounts] = []
        self._unread: list[str] = []

    @property
    def knows_any(self) -> bool:
        """Whether any node was found."""
        return bool(self._hosts)

    def read(self, cell: CellMapping, host: str | None) -> None:
        """Read one cell, all of it or nothing.

        :raises Exception: one of ``edge.ERRORS``
        """
        with nova_book.targeted(cell) as session:
            nodes = nova_book.live_nodes(session, cell, host)
            self.take(nodes, nova_book.each_row(
                session, cell, None if host is None
                else [node.id for node in nodes]))

    def take(self, nodes: Iterable[Node], rows: Iterable[Row]) -> None:
        """Count the rows of the nodes of a cell.

        Rows of other nodes are for nova-pci audit.
        """
        names = _names(nodes)
        counters = {number: host_counts.HostCounter() for number in names}
        odd: collections.Counter[tuple[int, str]] = collections.Counter()
        drained: dict[int, list[DrainedDevice]] = collections.defaultdict(list)
        cards: collections.Counter[tuple[int, str, DeviceClass, str]] = (
            collections.Counter())
        for row in self._told(rows):
            counter = counters.get(row.node_id)
            if counter is None or row.status in GONE:
                continue
            if row.status not in _STATES:
                odd[row.node_id, 'a status that is not one of Nova'] += 1
                continue
            if not row.noted:
                odd[row.node_id, 'an extra_info that is not JSON: whether '
                                 'they are drained is not known'] += 1
            _add(counter, row)
            if row.drained is not None:
                drained[row.node_id].append(DrainedDevice(
                    host=names[row.node_id][0], address=row.address,
                    kind=_class(row), reason=row.drained, parent=row.parent,
                    owner=row.owner))
            if row.unhealthy is not None:
                cards[row.node_id, row.parent or row.address, _class(row),
                      health.of_card(row.unhealthy, row.parent)] += 1
        unhealthy: dict[int, list[UnhealthyCard]] = (
            collections.defaultdict(list))
        for (node, address, kind, faults), number in cards.items():
            unhealthy[node].append(UnhealthyCard(
                host=names[node][0], address=address, kind=kind,
                faults=faults, devices=number))
        self._unread += [
            f'{names[node][0]}: {number} {_rows(number)} with {why}'
            for (node, why), number in sorted(odd.items())]
        self._hosts += [
            HostCounts(host=name, disabled=disabled,
                       classes=counters[number].counts(),
                       unhealthy=tuple(sorted(
                           unhealthy[number], key=lambda each: (
                               each.address, each.kind, each.faults))),
                       drained=tuple(sorted(
                           drained[number], key=lambda each: each.address)))
            for number, (name, disabled) in names.items()]

    def _told(self, rows: Iterable[Row]) -> Iterator[Row]:
        for row in rows:
            self._rows += 1
            if not self._rows % _TELL_EACH:
                self._asked(self._rows)
            yield row

    def book(self, unread: Iterable[str]) -> FleetBook:
        """Return what was counted."""
        return FleetBook(
            hosts=tuple(sorted(
                self._hosts, key=lambda each: host_counts.natural(each.host))),
            unread=(*unread, *self._unread))


def _names(nodes: Iterable[Node]) -> dict[int, tuple[str, bool]]:
    """Return name and service of each node, by its number.

    A host with several nodes, as one with recorded hosts may be, is named
    with each.
    """
    every = tuple(nodes)
    number = collections.Counter(node.host for node in every)
    return {node.id: (
        node.host if number[node.host] == 1 else f'{node.host} {node.name}',
        node.disabled) for node in every}


def _add(counter: host_counts.HostCounter, row: Row) -> None:
    counter.add(
        _class(row), row.numa_node, row.status,
        is_drained=row.drained is not None,
        is_unhealthy=row.unhealthy is not None,
        is_held=row.held is not None,
        groups=[(each.type, each.group) for each in row.groups])


def _class(row: Row) -> DeviceClass:
    return DeviceClass(vendor_id=row.vendor_id, product_id=row.product_id,
                       dev_type=row.dev_type)


def _rows(number: int) -> str:
    return 'row' if number == 1 else 'rows'
