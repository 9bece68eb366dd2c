# SPDX-License-Identifier: Apache-2.0

"""What is wrong between Placement and the rows."""

import collections
from collections.abc import Collection
from collections.abc import Iterator

from nova_pci_ext.auditing import ledger as ledgers
from nova_pci_ext.auditing import of_rows
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.auditing.ledger import RowKey
from nova_pci_ext.model.claim import OWNED

Suspects = Collection[RowKey]


def _known(ledger: Ledger) -> Iterator[tuple[Provider, Node]]:
    """Yield the providers of nodes that exist."""
    nodes = {node.uuid: node for node in ledger.books.nodes
             if not node.deleted}
    for provider in ledger.books.providers or ():
        if provider.root in nodes:
            yield provider, nodes[provider.root]


def _settled(ledger: Ledger, suspects: Suspects,
             ) -> Iterator[tuple[Provider, Node, list[Row], list[Row]]]:
    """Yield the providers with rows that nobody doubts.

    Those that name it come first, then those that may belong to it.
    """
    for provider, node in _known(ledger):
        rows = ledger.of_provider.get(provider.uuid, [])
        others = ledger.may_be_of.get(provider.uuid, [])
        if (rows or others) and not any(
                ledgers.key(row) in suspects for row in (*rows, *others)):
            yield provider, node, rows, others


def _finding(kind: Kind, provider: Provider, host: str, text: str,
             instance: str = '') -> Finding:
    return Finding(kind=kind, host=host, device=ledgers.address_of(provider),
                   instance=instance, provider=provider.uuid, text=text)


def of_deleted_node(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A provider belongs to a node that exists."""
    known = {provider.uuid for provider, _ in _known(ledger)}
    for provider in ledger.books.providers or ():
        if provider.uuid not in known:
            yield _finding(Kind.PROVIDER_OF_DELETED_NODE, provider,
                           provider.name.rpartition('_')[0],
                           f'no compute node has the UUID {provider.root}')


def missing(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """The provider of a row is there."""
    if ledger.books.providers is None:
        return
    for row in ledger.rows:
        if (row.provider and row.provider not in ledger.providers
                and row.owner not in ledger.busy):
            yield of_rows.finding(
                ledger, Kind.PROVIDER_MISSING, row,
                f'Placement does not have its provider {row.provider}')


def without_device(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A provider stands for devices that have rows.

    Whether these name it or not: one that was made anew has another UUID.
    """
    for provider, node in _known(ledger):
        if not (ledger.of_provider.get(provider.uuid)
                or ledger.may_be_of.get(provider.uuid)):
            yield _finding(Kind.PROVIDER_WITHOUT_DEVICE, provider, node.host,
                           f'no device of {node.host} has the provider '
                           f'{provider.name}')


def orphans(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A consumer is an instance or a move that goes on."""
    for provider, node in _known(ledger):
        known = {row.owner for row in (
            *ledger.of_provider.get(provider.uuid, ()),
            *ledger.may_be_of.get(provider.uuid, ()))}
        for each in provider.allocations:
            if each.consumer in ledger.busy or each.consumer in known:
                continue
            has = f'{each.consumer} has {each.used} {each.resource_class}'
            if each.consumer in ledger.moves:
                yield _finding(Kind.ENDED_MOVE_ALLOCATION, provider,
                               node.host, f'{has}, and is a move that has '
                               'ended', each.consumer)
            elif each.consumer not in ledger.instances:
                yield _finding(Kind.ORPHANED_ALLOCATION, provider, node.host,
                               f'{has}, and is neither an instance nor a '
                               'move', each.consumer)


def owners(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """An instance has in Placement what it owns.

    What an instance lacks may be what Placement gives it.
    """
    for provider, node, rows, others in _settled(ledger, suspects):
        owned, may_own = (collections.Counter(
            row.owner for row in each if row.owner and row.status in OWNED)
            for each in (rows, others))
        used: collections.Counter[str] = collections.Counter()
        for each in provider.allocations:
            used[each.consumer] += each.used
        for uuid in sorted({*owned, *used} & set(ledger.instances)):
            instance = ledger.instances[uuid]
            if uuid in ledger.busy:
                continue
            most = owned[uuid] + may_own[uuid]
            words = (f'it has {used[uuid]} of {provider.name}, and owns '
                     f'{owned[uuid] or most} devices there')
            if used[uuid] < owned[uuid]:
                yield _finding(Kind.OWNED_NOT_ALLOCATED, provider, node.host,
                               words, uuid)
            elif used[uuid] > most and not (
                    instance.host == node.host
                    and ledgers.shortages(ledger, instance)):
                yield _finding(Kind.ALLOCATED_NOT_OWNED, provider, node.host,
                               words, uuid)


def totals(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A provider has as many devices as there are rows.

    A device that left ``device_spec`` while it is owned keeps its row, and
    counts only as long as it is allocated.
    """
    for provider, node, rows, others in _settled(ledger, suspects):
        if node.host in ledger.busy_hosts:
            continue
        owned = sum(row.status in OWNED for row in rows)
        used = sum(each.used for each in provider.allocations)
        total = sum(stock.total for stock in provider.stocks)
        most = len(rows) + len(others)
        if not max(len(rows) - owned, min(used, most)) <= total <= max(
                most, used):
            yield _finding(Kind.WRONG_TOTAL, provider, node.host,
                           f'its total is {total}, and {most} devices have '
                           'rows')


def reserved(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """Nova reserves a device for one-time use once it is owned."""
    for provider, node, rows, others in _settled(ledger, suspects):
        if node.host in ledger.busy_hosts:
            continue
        for stock in provider.stocks:
            owned = [row for row in rows if row.status in OWNED]
            words = f'{stock.reserved} of {stock.total} are reserved'
            if any(row.drained is not None for row in (*rows, *others)):
                # A compute reserves what is drained, in its next update.
                continue
            if stock.reserved and not provider.one_time_use:
                yield _finding(Kind.WRONG_RESERVED, provider, node.host,
                               f'{words}, and none is for one-time use')
            elif provider.one_time_use and owned and not stock.reserved:
                yield _finding(Kind.WRONG_RESERVED, provider, node.host,
                               f'{words}, and {owned[0].owner} owns the '
                               'device for one-time use',
                               owned[0].owner or '')
