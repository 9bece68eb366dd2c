# SPDX-License-Identifier: Apache-2.0

"""The books, opened at the right page: who is where, and who is under way."""

import collections
import functools
from collections.abc import Collection
from collections.abc import Mapping

from nova_pci_ext.auditing.books import Allocation
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import Instance
from nova_pci_ext.auditing.books import Machine
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.exceptions import AddressError
from nova_pci_ext.model import families
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import OWNED

#: States of a server at rest that has its devices.
AT_REST = frozenset({'active', 'stopped', 'paused', 'suspended', 'resized',
                     'rescued', 'shelved', 'soft-delete'})

#: Where a row is: name of the host, and address.
Place = tuple[str, str]
RowKey = tuple[str, int]


def key(row: Row) -> RowKey:
    """Return what tells a row from all others."""
    return row.cell, row.id


def form(address: str) -> str:
    """Return an address as it is compared; what is none stays as it is."""
    try:
        return str(PciAddress.parse(address))
    except AddressError:
        return address


def address_of(provider: Provider) -> str:
    """Return the address of a provider's card."""
    return provider.name.rpartition('_')[2].lower()


class Ledger:
    """Look-ups in one set of books; nothing here judges.

    :ivar books: what they are of
    :ivar busy: instances that something is being done with, and consumers
        that are not in the cells that were read; what they have is not
        looked at
    """

    def __init__(self, books: Books) -> None:
        self.books = books
        self._places: dict[RowKey, Place] = {}
        self.nodes: Mapping[tuple[str, int], Node] = {
            (node.cell, node.id): node for node in books.nodes}
        self.instances: Mapping[str, Instance] = {
            each.uuid: each for each in books.instances}
        self.moves = {each.uuid: each for each in books.migrations}
        moving = [each for each in books.migrations if not each.ended]
        self.busy = frozenset({
            *books.in_flight, *books.acted_on,
            *(each.instance for each in moving),
            *(each.uuid for each in moving),
            *(each.uuid for each in books.instances
              if each.task_state or each.vm_state == 'building')})

    def host(self, row: Row) -> str:
        """Return the host of a row, as far as it is known."""
        node = self.nodes.get((row.cell, row.node_id))
        return node.host if node else f'compute node {row.node_id}'

    def place(self, row: Row) -> Place:
        """Return host and address of a row."""
        found = self._places.get(key(row))
        if found is None:
            found = self._places[key(row)] = (
                self.host(row), form(row.address))
        return found

    @functools.cached_property
    def busy_hosts(self) -> frozenset[str]:
        """The hosts on which something is being done."""
        return frozenset({
            *(host for each in self.books.migrations if not each.ended
              for host in each.hosts),
            *(each.host or '' for each in self.books.instances
              if each.uuid in self.busy),
            *(self.host(row) for row in self.rows
              if row.owner in self.busy)})

    @functools.cached_property
    def rows(self) -> tuple[Row, ...]:
        """The rows of nodes that exist, by host and address."""
        found = [row for row in self.books.rows
                 if (node := self.nodes.get((row.cell, row.node_id)))
                 and not node.deleted]
        return tuple(sorted(found, key=lambda row: (
            *self.place(row), row.cell, row.id)))

    @functools.cached_property
    def by_key(self) -> Mapping[RowKey, Row]:
        """All rows, those of deleted nodes too."""
        return {key(row): row for row in self.books.rows}

    @functools.cached_property
    def at(self) -> Mapping[Place, list[Row]]:
        """All rows of each place, those of deleted nodes too."""
        found: dict[Place, list[Row]] = collections.defaultdict(list)
        for row in self.books.rows:
            found[self.place(row)].append(row)
        return found

    @functools.cached_property
    def families(self) -> Mapping[str, families.Families]:
        """What excludes what on each host, by rows and by its devices."""
        found: dict[str, families.Families] = collections.defaultdict(
            families.Families)
        for row in self.books.rows:
            host, address = self.place(row)
            parent = families.parent_of(row.dev_type, row.parent)
            found[host].join(address, parent and form(parent))
        for machine in self.books.machines:
            for device in machine.devices or ():
                parent = families.parent_of(device.dev_type, device.parent)
                found[machine.host].join(form(device.address),
                                         parent and form(parent))
        return found

    def relatives(self, place: Place) -> list[Place]:
        """Return what nobody has beside the device of a place."""
        host, address = place
        known = self.families.get(host)
        return [(host, each) for each in (
            *known.parents(address), *known.children(address))
            ] if known else []

    @functools.cached_property
    def by_place(self) -> Mapping[Place, Row]:
        """The row of each place."""
        return {self.place(row): row for row in self.rows}

    @functools.cached_property
    def by_host(self) -> Mapping[str, list[Row]]:
        """The rows of each host."""
        found: dict[str, list[Row]] = collections.defaultdict(list)
        for row in self.rows:
            found[self.host(row)].append(row)
        return found

    @functools.cached_property
    def children(self) -> Mapping[Place, list[Row]]:
        """The rows of the VFs and vDPA devices below each PF."""
        found: dict[Place, list[Row]] = collections.defaultdict(list)
        for row in self.rows:
            if row.parent:
                found[self.host(row), row.parent].append(row)
        return found

    @functools.cached_property
    def of_provider(self) -> Mapping[str, list[Row]]:
        """The rows that name each provider."""
        found: dict[str, list[Row]] = collections.defaultdict(list)
        for row in self.rows:
            if row.provider:
                found[row.provider].append(row)
        return found

    @functools.cached_property
    def _of_card(self) -> Mapping[Place, str]:
        """The provider of each card of the nodes that exist."""
        hosts = {node.uuid: node.host for node in self.books.nodes
                 if not node.deleted}
        return {(hosts[each.root], address_of(each)): each.uuid
                for each in self.books.providers or ()
                if each.root in hosts}

    def provider_of(self, row: Row) -> str:
        """Return the provider that a row names, or may belong to, or ''.

        Nova notes it in memory, and its own tracker writes it down when
        something else of the row is written: a device that nobody has had
        since may name none, or one that was deleted. One with a physical
        network is in no provider.
        """
        if row.provider and row.provider in self.providers:
            return row.provider
        return self._of_card.get(
            (self.host(row), form(row.parent or row.address)), '')

    @functools.cached_property
    def may_be_of(self) -> Mapping[str, list[Row]]:
        """The rows that name no provider that is there, by their card's."""
        found: dict[str, list[Row]] = collections.defaultdict(list)
        for row in self.rows:
            card = self.provider_of(row)
            if card and card != row.provider:
                found[card].append(row)
        return found

    @functools.cached_property
    def places(self) -> Mapping[str, list[Place]]:
        """The places whose rows name each provider, of all nodes."""
        found: dict[str, list[Place]] = collections.defaultdict(list)
        for row in self.books.rows:
            if row.provider:
                found[row.provider].append(self.place(row))
        return found

    @functools.cached_property
    def owned(self) -> Mapping[tuple[str, str], list[Row]]:
        """The rows that each (instance, host) owns."""
        found: dict[tuple[str, str], list[Row]] = (
            collections.defaultdict(list))
        for row in self.rows:
            if row.owner and row.status in OWNED:
                found[row.owner, self.host(row)].append(row)
        return found

    @functools.cached_property
    def machines(self) -> Mapping[str, Machine]:
        """The hosts that were looked at themselves."""
        return {each.host: each for each in self.books.machines}

    @functools.cached_property
    def live_hosts(self) -> frozenset[str]:
        """The hosts that have a compute node."""
        return frozenset(node.host for node in self.books.nodes
                         if not node.deleted)

    @functools.cached_property
    def ports(self) -> Mapping[str, Port]:
        """The ports; empty where Neutron was not read."""
        return {each.id: each for each in self.books.ports or ()}

    @functools.cached_property
    def providers(self) -> Mapping[str, Provider]:
        """The providers of devices; empty where Placement was not read."""
        return {each.uuid: each for each in self.books.providers or ()}

    @functools.cached_property
    def holders(self) -> Mapping[Place, list[Guest]]:
        """The guests that have each device."""
        found: dict[Place, list[Guest]] = collections.defaultdict(list)
        for machine in self.books.machines:
            for guest in machine.guests or ():
                for address in guest.addresses:
                    found[machine.host, form(address)].append(guest)
        return found

    @functools.cached_property
    def users(self) -> Mapping[Place, list[Guest]]:
        """The guests that have each device, or a part of it."""
        found = collections.defaultdict(list, {
            place: list(guests) for place, guests in self.holders.items()})
        for machine in self.books.machines:
            for guest in machine.guests or ():
                for address in guest.parts:
                    found[machine.host, form(address)].append(guest)
        return found

    @functools.cached_property
    def guests(self) -> Mapping[tuple[str, str], list[Guest]]:
        """The guests of each host, by UUID."""
        found: dict[tuple[str, str], list[Guest]] = (
            collections.defaultdict(list))
        for machine in self.books.machines:
            for guest in machine.guests or ():
                found[machine.host, guest.uuid].append(guest)
        return found

    def running(self, host: str, uuid: str | None) -> Guest | None:
        """Return the guest of an instance that runs on a host."""
        return next((guest for guest in self.guests.get((host, uuid or ''), ())
                     if guest.running), None)

    @functools.cached_property
    def slots(self) -> Mapping[Place, list[str]]:
        """The instances whose ports name each device, where they are."""
        found: dict[Place, list[str]] = collections.defaultdict(list)
        for port in self.books.ports or ():
            if port.slot and port.instance:
                found[port.host, form(port.slot)].append(port.instance)
        return found

    def at_rest(self, uuid: str | None) -> Instance | None:
        """Return an instance that nothing is being done with."""
        found = self.instances.get(uuid or '')
        if (found is None or found.uuid in self.busy
                or found.vm_state not in AT_REST):
            return None
        return found

    def takes(self, row: Row) -> int | None:
        """Return what the owner of a row takes of the budget of its PF.

        :returns: Mbit/s by its flavor, 0 where nobody owns it, and for a port
            whose bandwidth Placement counts, which its row alone says; None
            where it is not known, as of an instance that something is done
            with
        """
        if not row.owner:
            return 0
        owner = self.at_rest(row.owner)
        for each in (owner.requests or ()) if owner else ():
            if each.request_id == row.request_id:
                elsewhere = (row.charge, row.charged) == (0, row.owner)
                return 0 if elsewhere and each.port else each.takes
        return None

    def judges(self, host: str | None) -> bool:
        """Whether all rows of a host, and all its ports, were read."""
        return self.books.host is None or self.books.host == host

    @functools.cached_property
    def _allocations(self) -> Mapping[tuple[str, str], Allocation]:
        found: dict[tuple[str, str], Allocation] = {}
        for provider in self.books.providers or ():
            for each in provider.allocations:
                found.setdefault((provider.uuid, each.consumer), each)
        return found

    def allocation(self, provider: str, consumer: str) -> Allocation | None:
        """Return what one consumer has of a provider."""
        return self._allocations.get((provider, consumer))

    @functools.cached_property
    def lacking(self) -> Mapping[str, int]:
        """How many devices the instances at rest of each host lack."""
        found: collections.Counter[str] = collections.Counter()
        for each in self.books.instances:
            if self.at_rest(each.uuid):
                found[each.host or ''] += sum(shortages(self, each).values())
        return found

    def witnesses(self, row: Row) -> frozenset[str]:
        """Return who has the device of a row, by any of the books."""
        place = self.place(row)
        found = {guest.uuid for guest in self.holders.get(place, ())}
        found.update(self.slots.get(place, ()))
        known = self.providers.get(self.provider_of(row))
        if known is not None:
            found.update(each.consumer for each in known.allocations)
        return frozenset(found | ({row.owner} if row.owner else set()))

    def is_free(self, row: Row) -> bool:
        """Whether a row says that its device can be handed out."""
        return (row.status == ClaimState.AVAILABLE and not row.owner
                and row.drained is None and row.held is None)


def shortages(ledger: Ledger, instance: Instance) -> dict[str, int]:
    """Return how many devices an instance at rest lacks, by request."""
    if instance.host is None or instance.requests is None:
        return {}
    had = collections.Counter(
        row.request_id for row in
        ledger.owned.get((instance.uuid, instance.host), ()))
    return {request.request_id: request.count - had[request.request_id]
            for request in instance.requests
            if had[request.request_id] < request.count}


def of_suspects(ledger: Ledger, suspects: Collection[RowKey],
                ) -> Mapping[tuple[str, str], int]:
    """Count the rows in doubt that may be an instance's, by its host.

    :returns: by (host, instance)
    """
    found: collections.Counter[tuple[str, str]] = collections.Counter()
    for row in ledger.rows if suspects else ():
        if key(row) in suspects:
            found.update((ledger.host(row), uuid)
                         for uuid in ledger.witnesses(row))
    return found
