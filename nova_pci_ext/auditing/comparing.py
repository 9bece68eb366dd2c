# SPDX-License-Identifier: Apache-2.0

"""The comparison of all books: which rules, in which order."""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.auditing import finding
from nova_pci_ext.auditing import of_machines
from nova_pci_ext.auditing import of_owners
from nova_pci_ext.auditing import of_placement
from nova_pci_ext.auditing import of_pools
from nova_pci_ext.auditing import of_ports
from nova_pci_ext.auditing import of_rows
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.auditing.ledger import RowKey

Rule = Callable[[Ledger, Collection[RowKey]], Iterator[Finding]]

# A row is doubted from its first finding on: what other books say of it is a
# consequence, and comes out after the repair if it is not.
RULES: tuple[Rule, ...] = (
    of_owners.requests, of_pools.unreadable, of_rows.unreadable,
    of_rows.of_deleted_node, of_rows.twins, of_rows.removed,
    of_rows.status_and_owner, of_owners.owner_not_there,
    of_owners.owner_elsewhere, of_rows.pf_and_vf, of_owners.without_request,
    of_owners.too_many, of_owners.claim_left, of_owners.free_in_use,
    of_rows.set_aside, of_rows.free_beside, of_rows.held, of_owners.short,
    of_owners.charge,
    of_machines.fewer_vfs, of_machines.gone, of_machines.another,
    of_machines.driver, of_machines.two_guests, of_machines.unknown,
    of_machines.wrong_guest, of_machines.not_in_guest, of_pools.differ,
    of_placement.of_deleted_node, of_placement.missing,
    of_placement.without_device, of_placement.orphans, of_placement.owners,
    of_placement.totals, of_placement.reserved, of_ports.of_nobody,
    of_ports.gone, of_ports.differs, of_rows.unclean)

#: Those that need rows and pools of one node alone, by what they find.
LOCAL_RULES: Mapping[Kind, Rule] = {
    Kind.UNREADABLE_ROW: of_rows.unreadable,
    Kind.TWIN_ROWS: of_rows.twins,
    Kind.STATUS_AND_OWNER: of_rows.status_and_owner,
    Kind.PF_AND_VF_OWNED: of_rows.pf_and_vf,
    Kind.SET_ASIDE_FOR_NOBODY: of_rows.set_aside,
    Kind.FREE_BESIDE_OWNED: of_rows.free_beside,
    Kind.DEVICE_HELD: of_rows.held,
    Kind.POOLS_DIFFER: of_pools.differ,
    Kind.DEVICE_UNCLEAN: of_rows.unclean,
}


def compare(books: Books) -> tuple[Finding, ...]:
    """Return all disagreements of books, by kind and place."""
    return compare_with(books, RULES)


def compare_with(books: Books,
                 rules: Iterable[Rule]) -> tuple[Finding, ...]:
    """Return what some of the rules find."""
    ledger = Ledger(books)
    found: list[Finding] = []
    suspects: set[RowKey] = set()
    for rule in rules:
        for each in list(rule(ledger, frozenset(suspects))):
            row = each.cell, each.row
            if not each.row:
                found.append(each)
            elif row not in suspects:
                found.append(each)
                suspects.add(row)
    return tuple(sorted(found, key=finding.place))


def standing(first: Iterable[Finding],
             second: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return what two readings found alike; the rest was under way."""
    known = {each.key for each in first}
    return tuple(each for each in second if each.key in known)
