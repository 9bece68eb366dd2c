# SPDX-License-Identifier: Apache-2.0

"""What is wrong with rows of ``pci_devices`` and their families.

A row is in one finding.
"""

from collections.abc import Collection
from collections.abc import Iterator

from nova_pci_ext.auditing import ledger as ledgers
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.auditing.ledger import RowKey
from nova_pci_ext.exceptions import AddressError
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import DEPENDENT
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.model.device import DeviceType

Suspects = Collection[RowKey]


def finding(ledger: Ledger, kind: Kind, row: Row, text: str,
            instance: str | None = None) -> Finding:
    """Return a finding about one row.

    :param instance: who is affected; the owner if None
    """
    return Finding(kind=kind, host=ledger.host(row), device=row.address,
                   instance=(row.owner or '') if instance is None
                   else instance, text=text, cell=row.cell, row=row.id)


def unreadable(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A row holds what Nova writes."""
    for row in ledger.rows:
        wrong = [f'{name} {value!r}' for name, value, is_right in (
            ('address', row.address, _is_address(row.address)),
            ('parent_addr', row.parent,
             row.parent is None or _is_address(row.parent)),
            ('status', row.status, row.status in list(ClaimState)),
            ('dev_type', row.dev_type, row.dev_type in list(DeviceType)))
            if not is_right]
        if row.dev_type in CHILD_TYPES and row.parent is None:
            wrong.append(f'a {row.dev_type} without parent_addr')
        if wrong:
            yield finding(ledger, Kind.UNREADABLE_ROW, row,
                          f'the row has {", ".join(wrong)}')


def _is_address(text: str) -> bool:
    try:
        PciAddress.parse(text)
    except AddressError:
        return False
    return True


def of_deleted_node(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A row belongs to a node that exists."""
    known = {ledgers.key(row) for row in ledger.rows}
    for row in ledger.books.rows:
        if ledgers.key(row) not in known:
            yield finding(ledger, Kind.ROW_OF_DELETED_NODE, row,
                          f'compute node {row.node_id} is deleted, the row '
                          f'is {row.status}')


def twins(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """An address is in one row of a node."""
    seen: dict[tuple[str, int, str], Row] = {}
    for row in ledger.rows:
        place = row.cell, row.node_id, row.address
        if place in seen:
            yield finding(ledger, Kind.TWIN_ROWS, row,
                          f'rows {seen[place].id} and {row.id} have the same '
                          'address')
        seen.setdefault(place, row)


def removed(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A row that is removed is deleted with the same transaction."""
    for row in ledger.rows:
        if row.status in GONE:
            yield finding(ledger, Kind.REMOVED_ROW, row,
                          f'the row is {row.status} and not deleted')


def status_and_owner(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """An owned device has an owner, and no other has one."""
    for row in ledger.rows:
        if (row.status in OWNED) is not bool(row.owner):
            yield finding(ledger, Kind.STATUS_AND_OWNER, row,
                          f'the row is {row.status} and its owner is '
                          f'{row.owner or "nobody"}')


def pf_and_vf(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """Of a family the PF is owned, or some of the others.

    The row that the other books confirm less is the one in doubt.
    """
    for row, parent in _families(ledger, suspects):
        if row.status in OWNED and parent.status in OWNED:
            wrong = min((parent, row), key=lambda each: support(ledger, each))
            yield finding(ledger, Kind.PF_AND_VF_OWNED, wrong,
                          f'{row.owner} owns {row.address}, and '
                          f'{parent.owner} owns its PF {parent.address}')


def _families(ledger: Ledger,
              suspects: Suspects) -> Iterator[tuple[Row, Row]]:
    for parent in ledger.rows:
        place = ledger.place(parent)
        children = ledger.families[place[0]].children(place[1])
        if children and ledgers.key(parent) not in suspects:
            for address in children:
                row = ledger.by_place.get((place[0], address))
                if row is not None:
                    yield row, parent


def support(ledger: Ledger, row: Row) -> int:
    """Count what else says that the owner of a row has the device."""
    place = ledger.place(row)
    return (sum(each.uuid == row.owner
                for each in ledger.holders.get(place, ()))
            + ledger.slots.get(place, []).count(row.owner or '')
            + (ledger.allocation(row.provider or '', row.owner or '')
               is not None))


def set_aside(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A device is set aside because a relative is owned."""
    for row in ledger.rows:
        relatives = _relatives(ledger, row)
        if row.status in DEPENDENT and not any(
                each.status in OWNED or ledgers.key(each) in suspects
                for each in relatives):
            yield finding(ledger, Kind.SET_ASIDE_FOR_NOBODY, row,
                          f'the row is {row.status}, and no relative is '
                          'owned')


def free_beside(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """What an owned relative excludes is not free."""
    for row in ledger.rows:
        owned = [each for each in _relatives(ledger, row)
                 if each.status in OWNED
                 and ledgers.key(each) not in suspects]
        if row.status == ClaimState.AVAILABLE and owned:
            yield finding(ledger, Kind.FREE_BESIDE_OWNED, row,
                          f'the row is free, and {owned[0].owner} owns '
                          f'{owned[0].address}', owned[0].owner)


def held(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """The device of a row is certain."""
    for row in ledger.rows:
        if row.held is not None:
            yield finding(ledger, Kind.DEVICE_HELD, row, row.held)


def unclean(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """What nobody has is as it was before somebody had it."""
    for row in ledger.rows:
        if row.unclean is not None and row.status not in OWNED:
            yield finding(ledger, Kind.DEVICE_UNCLEAN, row, row.unclean)


def _relatives(ledger: Ledger, row: Row) -> list[Row]:
    """Return the rows of what nobody has beside the device of a row."""
    found = map(ledger.by_place.get, ledger.relatives(ledger.place(row)))
    return [each for each in found if each is not None]
