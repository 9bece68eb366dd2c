# SPDX-License-Identifier: Apache-2.0

"""All books of a cloud, read one after the other.

First what devices are named in, then the instances and moves that are named;
so an instance that is made meanwhile is found, and not taken for a stranger.
"""

import concurrent.futures
import dataclasses
import datetime
import functools
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Iterator
from typing import TypeVar

import nova.conf
from nova import objects
from oslo_utils import timeutils

from nova_pci_ext import exceptions
from nova_pci_ext import install
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Instance
from nova_pci_ext.auditing.books import Machine
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.bookkeeping import edge
from nova_pci_ext.bookkeeping import machine_book
from nova_pci_ext.bookkeeping import neutron_book
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.bookkeeping import placement_book
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.explaining import databases
from nova_pci_ext.explaining import run
from nova_pci_ext.novaobj.hooks import Part
from nova_pci_ext.novaobj.protocols import CellMapping

CONF = nova.conf.CONF
_T = TypeVar('_T')
LocalReader = Callable[[str], tuple[Machine, tuple[str, ...]]]


def configure(loaded: PciConfiguration) -> None:
    """Fill Nova's global configuration as a service of the cloud would.

    Databases and services are waited for a little, and not for ever.

    :raises InstallError: if this Nova is not one that we can read
    """
    install.check(Part.AUDIT)
    run.read_configuration(loaded)
    objects.register_all()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The cloud that the configuration names, and which part of it is read.

    :ivar host: one host, None for all
    :ivar may_be_none: whether the host may have no compute node
    :ivar this_host: what Nova calls this machine
    :ivar read_local: reads this machine
    :ivar identity: returns the UUID of the compute node that this machine is
    """

    host: str | None
    this_host: str
    read_local: LocalReader = machine_book.read
    identity: Callable[[], str | None] = machine_book.identity
    may_be_none: bool = False

    def read(self) -> Books:
        """Read all books.

        :raises DiscoveryError: if Nova's databases cannot be read, or do not
            have the host
        """
        databases.check_cells(disabled=True)
        cells = databases.ask(databases.API, nova_book.cells)
        found = [self._ask(cell, functools.partial(
            nova_book.read_devices, cell, self.host)) for cell in cells]
        nodes = tuple(node for each in found for node in each.nodes)
        if self.host is not None and not nodes and not self.may_be_none:
            raise exceptions.DiscoveryError(
                databases.MAIN, f'the database has no compute node on '
                f'{self.host}; --host names the host as Nova does')
        beside = _Beside(self, nodes)
        books = Books(
            nodes=nodes, rows=tuple(row for each in found
                                    for row in each.rows),
            providers=beside.providers, ports=beside.ports,
            machines=beside.machines, left_out=beside.left_out,
            unread=beside.unread)
        return self._with_instances(books, cells)

    def read_again(self, host: str) -> Books:
        """Read the books of one host, or all where it has no compute node.

        :param host: '' for all
        :raises DiscoveryError: as ``read``
        """
        if self.host is not None or not host:
            return self.read()
        books = dataclasses.replace(self, host=host, may_be_none=True).read()
        return books if books.nodes else self.read()

    def _ask(self, cell: CellMapping, question: Callable[[], _T]) -> _T:
        """Ask a cell that has answered a moment ago, without a limit."""
        try:
            return question()
        except edge.ERRORS as exc:
            raise exceptions.DiscoveryError(
                databases.name_of(cell),
                f'the database cannot be read ({type(exc).__name__})',
            ) from exc

    def _with_instances(self, books: Books,
                        cells: list[CellMapping]) -> Books:
        named = frozenset(_named(books))
        found = [self._ask(cell, functools.partial(
            nova_book.read_instances, cell, self.host, named))
            for cell in cells]
        instances = tuple(sorted(
            (each for one, _ in found for each in one),
            key=lambda each: each.uuid))
        moves = tuple(sorted((each for _, other in found for each in other),
                             key=lambda each: each.uuid))
        unknown = (named - {each.uuid for each in instances}
                   - {each.uuid for each in moves})
        in_flight = databases.ask(databases.API, functools.partial(
            nova_book.in_flight, unknown, [cell.uuid for cell in cells]))
        books = dataclasses.replace(
            books, host=self.host, instances=instances, migrations=moves,
            in_flight=in_flight, acted_on=self._acted_on(instances, cells))
        return dataclasses.replace(books, ports=_more_ports(books))


    def _acted_on(self, instances: tuple[Instance, ...],
                  cells: list[CellMapping]) -> tuple[str, ...]:
        """Return the instances that a port is attached to, for one.

        No task says it; the event is as old as the call that waits for it.
        """
        since = timeutils.utcnow() - datetime.timedelta(
            seconds=CONF.long_rpc_timeout)
        found = [self._ask(cell, functools.partial(
            nova_book.acted_on, cell, [
                each.uuid for each in instances if each.cell == cell.uuid],
            since)) for cell in cells]
        return tuple(sorted(uuid for one in found for uuid in one))


class _Beside:
    """The books that may be missing: then it is said which."""

    def __init__(self, source: Source, nodes: tuple[Node, ...]) -> None:
        self._left_out: list[str] = []
        self._unread: list[str] = []
        live = [node for node in nodes if not node.deleted]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            providers = pool.submit(
                lambda: placement_book.read(
                    placement_book.client(), live,
                    all_hosts=source.host is None))
            ports = pool.submit(
                lambda: neutron_book.read(neutron_book.client(),
                                          source.host))
        self.providers: tuple[Provider, ...] | None = self._take(
            placement_book.NAME, providers)
        self.ports: tuple[Port, ...] | None = self._take(
            neutron_book.NAME, ports)
        self.machines = self._machines(source, live)

    def _take(self, name: str,
              future: 'concurrent.futures.Future[_T]') -> _T | None:
        try:
            return future.result()
        except exceptions.DiscoveryError as exc:
            self._unread.append(str(exc))
        except edge.ERRORS as exc:
            # An authentication that is not configured, most of all.
            self._unread.append(edge.silence(name, exc))
        return None

    def _machines(self, source: Source,
                  nodes: Iterable[Node]) -> tuple[Machine, ...]:
        """Read this machine, if it is one of those that are asked for."""
        hosts: dict[str, set[str]] = {}
        for node in nodes:
            hosts.setdefault(node.host, set()).add(node.uuid)
        machines = tuple(self._local(source, hosts[source.this_host])
                         if source.this_host in hosts else ())
        others = sorted(hosts.keys() - {source.this_host})
        if others:
            names = (', '.join(others) if len(others) <= 3
                     else f'{len(others)} hosts')
            self._left_out.append(
                f'devices and guests of {names}: run nova-pci audit --host '
                f'{others[0] if len(others) == 1 else "NAME"} there')
        return machines

    def _local(self, source: Source, uuids: set[str]) -> Iterator[Machine]:
        """Read this machine, unless it only has the name of that host.

        :param uuids: of the compute nodes of that name
        """
        machine, unread = source.read_local(source.this_host)
        if not machine.recorded and source.identity() not in uuids:
            self._unread.append(
                f'the devices and guests of {source.this_host}: this machine '
                'has the name, and not the compute_id of its compute node; '
                'run nova-pci audit on that host, with the configuration '
                'files of its nova-compute')
            return
        self._unread += unread
        yield machine

    @property
    def left_out(self) -> tuple[str, ...]:
        """What was not asked for, and why."""
        return tuple(self._left_out)

    @property
    def unread(self) -> tuple[str, ...]:
        """What was asked for and could not be read, and why."""
        return tuple(self._unread)


def _named(books: Books) -> Iterator[str]:
    """Yield what the books take for instances or moves."""
    yield from (row.owner for row in books.rows if row.owner)
    for provider in books.providers or ():
        yield from (each.consumer for each in provider.allocations)
    yield from (port.instance for port in books.ports or ()
                if port.instance and port.slot)
    for machine in books.machines:
        yield from (guest.uuid for guest in machine.guests or ())


def _more_ports(books: Books) -> tuple[Port, ...] | None:
    """Add the ports that are asked for and bound elsewhere, if anywhere."""
    if books.ports is None:
        return None
    known = {port.id for port in books.ports}
    asked = {request.port for each in books.instances
             for request in each.requests or () if request.port}
    missing = asked - known
    if not missing:
        return books.ports
    return (*books.ports, *neutron_book.read_named(neutron_book.client(),
                                                   missing))
