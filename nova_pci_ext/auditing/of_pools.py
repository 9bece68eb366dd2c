# SPDX-License-Identifier: Apache-2.0

"""What is wrong with the pools that computes have published."""

import collections
from collections.abc import Collection
from collections.abc import Iterator

from nova_pci_ext.auditing import ledger as ledgers
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.auditing.ledger import RowKey

_Class = tuple[str, str, str, int | None]


def unreadable(ledger: Ledger,
               suspects: Collection[RowKey]) -> Iterator[Finding]:
    """Pools can be read."""
    for node in ledger.books.nodes:
        if node.pools is None and not node.deleted:
            yield Finding(kind=Kind.UNREADABLE_POOLS, cell=node.cell,
                          host=node.host, provider=node.uuid,
                          text=f'pools of {node.name} cannot be read')


def differ(ledger: Ledger,
           suspects: Collection[RowKey]) -> Iterator[Finding]:
    """What is published is what is free.

    A row in doubt may be free or not, and so may each device that an
    instance lacks.
    """
    for node in ledger.books.nodes:
        if node.deleted or node.pools is None or (
                node.host in ledger.busy_hosts):
            continue
        free: collections.Counter[_Class] = collections.Counter()
        slack = ledger.lacking.get(node.host, 0)
        for row in ledger.by_host.get(node.host, ()):
            if (row.cell, row.node_id) != (node.cell, node.id):
                continue
            if ledgers.key(row) in suspects:
                # It may stand in another pool than it should.
                slack += 2
            if ledger.is_free(row):
                free[row.vendor_id, row.product_id, row.dev_type,
                     row.numa_node] += 1
        published: collections.Counter[_Class] = collections.Counter()
        for pool in node.pools:
            published[pool.vendor_id, pool.product_id, pool.dev_type,
                      pool.numa_node] += pool.count
        missing, surplus = free - published, published - free
        if missing.total() + surplus.total() > slack:
            yield Finding(
                kind=Kind.POOLS_DIFFER, cell=node.cell, host=node.host,
                provider=node.uuid, text='; '.join(
                    f'{text}: {_words(which)}' for text, which in (
                        ('free and not published', missing),
                        ('published and not free', surplus)) if which))


def _words(counts: 'collections.Counter[_Class]') -> str:
    return ', '.join(
        f'{count} of {vendor}:{product} {kind} on '
        f'{"no NUMA node" if node is None else f"NUMA node {node}"}'
        for (vendor, product, kind, node), count in sorted(
            counts.items(), key=str))
