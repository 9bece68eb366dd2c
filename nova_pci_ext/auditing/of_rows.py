# SPDX-License-Identifier: Apache-2.0

"""What is wrong with rows of ``pci_devices``; a row is in one finding."""

import collections
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping

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


def owner_not_there(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """An owner is an instance."""
    for row in ledger.rows:
        if (row.owner and row.owner not in ledger.busy
                and row.owner not in ledger.instances):
            yield finding(ledger, Kind.OWNER_NOT_THERE, row,
                          f'the row is {row.status} for {row.owner}, which '
                          'does not exist')


def owner_elsewhere(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """An owner is on the host of its device."""
    for row in ledger.rows:
        owner = ledger.instances.get(row.owner or '')
        if owner is None or owner.uuid in ledger.busy:
            continue
        if owner.host != ledger.host(row):
            yield finding(ledger, Kind.OWNER_ELSEWHERE, row,
                          f'the row is {row.status} for {owner.uuid}, which '
                          f'is on {owner.host or "no host"}')


def pf_and_vf(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """Of a family the PF is owned, or some of the others.

    The row that the other books confirm less is the one in doubt.
    """
    for row, parent in _families(ledger, suspects):
        if row.status in OWNED and parent.status in OWNED:
            wrong = min((parent, row), key=lambda each: _support(ledger, each))
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


def without_request(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A device is owned for a request of its owner."""
    for row in ledger.rows:
        owner = ledger.at_rest(row.owner)
        if owner is None or owner.requests is None or not row.request_id:
            continue
        if row.request_id not in {each.request_id for each in owner.requests}:
            yield finding(ledger, Kind.ROW_WITHOUT_REQUEST, row,
                          f'request {row.request_id} is not one of '
                          f'{owner.uuid}')


def too_many(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """An owner has no more devices than it asked for.

    Which of them is the wrong one the other books may know.
    """
    for (uuid, _), rows in ledger.owned.items():
        owner = ledger.at_rest(uuid)
        for request in (owner.requests or ()) if owner else ():
            had = [row for row in rows
                   if row.request_id == request.request_id
                   and ledgers.key(row) not in suspects]
            yield from (
                finding(ledger, Kind.TOO_MANY_ROWS, row,
                        f'{uuid} owns {len(had)} devices for request '
                        f'{request.request_id}, which asks for '
                        f'{request.count}')
                for row in _surplus(ledger, had, request.count))


def _surplus(ledger: Ledger, rows: list[Row], count: int) -> list[Row]:
    """Return as many rows as are too many, the least confirmed first."""
    return sorted(rows, key=lambda row: _support(ledger, row))[
        :max(len(rows) - count, 0)]


def _support(ledger: Ledger, row: Row) -> int:
    """Count what else says that the owner of a row has the device."""
    place = ledger.place(row)
    return (sum(each.uuid == row.owner
                for each in ledger.holders.get(place, ()))
            + ledger.slots.get(place, []).count(row.owner or '')
            + (ledger.allocation(row.provider or '', row.owner or '')
               is not None))


def claim_left(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A claim becomes an allocation when its guest is built."""
    for row in ledger.rows:
        if row.status == ClaimState.CLAIMED and ledger.at_rest(row.owner):
            yield finding(ledger, Kind.CLAIM_LEFT, row,
                          f'the row is claimed for {row.owner}, which is at '
                          'rest')


def free_in_use(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """What an instance lacks and others give it is not free."""
    given = _given(ledger, suspects)
    doubted = ledgers.of_suspects(ledger, suspects)
    for instance in ledger.books.instances:
        place = instance.host or '', instance.uuid
        if ledger.at_rest(instance.uuid) is None or place not in given:
            continue
        lacks = sum(ledgers.shortages(ledger, instance).values())
        for row in given[place][:max(lacks - doubted.get(place, 0), 0)]:
            yield finding(ledger, Kind.FREE_ROW_IN_USE, row,
                          f'the row is {row.status}, and {instance.uuid} has '
                          'the device by '
                          + _witness(ledger, instance.uuid, row),
                          instance.uuid)


def _given(ledger: Ledger, suspects: Suspects,
           ) -> Mapping[tuple[str, str], list[Row]]:
    """Return the rows of nobody that other books give to an instance.

    Of a provider with several devices it is not clear which one is meant.

    :returns: by (host, instance)
    """
    found: dict[tuple[str, str], list[Row]] = collections.defaultdict(list)
    for row in ledger.rows:
        if not row.owner and ledgers.key(row) not in suspects:
            for uuid in ledger.witnesses(row):
                if _witness(ledger, uuid, row):
                    found[ledger.host(row), uuid].append(row)
    return found


def _witness(ledger: Ledger, uuid: str, row: Row) -> str:
    place = ledger.place(row)
    if uuid in (guest.uuid for guest in ledger.holders.get(place, ())):
        return 'its guest'
    if uuid in ledger.slots.get(place, ()):
        return 'its port'
    if (len(ledger.of_provider.get(row.provider or '', ())) == 1
            and ledger.allocation(row.provider or '', uuid)):
        return 'Placement'
    return ''


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


def charge(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A row notes what its owner takes of the budget of the PF.

    What it notes for another one is not counted.
    """
    for row in ledger.rows:
        takes = ledger.takes(row)
        counted = row.charge if row.charged == row.owner else None
        if takes is not None and (counted or 0) != takes:
            noted = (f'{row.charge} Mbit/s for {row.charged or "nobody"}'
                     if row.charged is not None else 'nothing')
            yield finding(
                ledger, Kind.CHARGE_DIFFERS, row, f'the row notes {noted}, '
                f'and {row.owner} takes {takes} Mbit/s of the '
                'bandwidth budget of the PF')


def unclean(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """What nobody has is as it was before somebody had it."""
    for row in ledger.rows:
        if row.unclean is not None and row.status not in OWNED:
            yield finding(ledger, Kind.DEVICE_UNCLEAN, row, row.unclean)


def _relatives(ledger: Ledger, row: Row) -> list[Row]:
    """Return the rows of what nobody has beside the device of a row."""
    found = map(ledger.by_place.get, ledger.relatives(ledger.place(row)))
    return [each for each in found if each is not None]


def requests(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """Requests can be read."""
    for each in ledger.books.instances:
        if each.requests is None and ledger.judges(each.host):
            yield Finding(kind=Kind.UNREADABLE_REQUESTS, cell=each.cell,
                          host=each.host or '', instance=each.uuid,
                          text='its PCI requests cannot be read')


def short(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """An instance at rest owns what it asked for."""
    doubted = ledgers.of_suspects(ledger, suspects)
    for each in ledger.books.instances:
        if (ledger.at_rest(each.uuid) is None or each.host is None
                or not ledger.judges(each.host)):
            continue
        lacks = collections.Counter(ledgers.shortages(ledger, each))
        if lacks.total() > doubted.get((each.host, each.uuid), 0):
            what = ', '.join(f'{count} for request {name}'
                             for name, count in sorted(lacks.items()))
            yield Finding(kind=Kind.REQUESTS_WITHOUT_ROWS, cell=each.cell,
                          host=each.host, instance=each.uuid,
                          text=f'it lacks devices: {what}')
