# SPDX-License-Identifier: Apache-2.0

"""What is wrong with owners of rows, and with what they asked for."""

import collections
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.auditing import ledger as ledgers
from nova_pci_ext.auditing import of_rows
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.auditing.of_rows import Suspects
from nova_pci_ext.model.claim import ClaimState


def owner_not_there(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """An owner is an instance."""
    for row in ledger.rows:
        if (row.owner and row.owner not in ledger.busy
                and row.owner not in ledger.instances):
            yield of_rows.finding(
                ledger, Kind.OWNER_NOT_THERE, row,
                f'the row is {row.status} for {row.owner}, which '
                'does not exist')


def owner_elsewhere(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """An owner is on the host of its device."""
    for row in ledger.rows:
        owner = ledger.instances.get(row.owner or '')
        if owner is None or owner.uuid in ledger.busy:
            continue
        if owner.host != ledger.host(row):
            yield of_rows.finding(
                ledger, Kind.OWNER_ELSEWHERE, row,
                f'the row is {row.status} for {owner.uuid}, which '
                f'is on {owner.host or "no host"}')


def without_request(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A device is owned for a request of its owner."""
    for row in ledger.rows:
        owner = ledger.at_rest(row.owner)
        if owner is None or owner.requests is None or not row.request_id:
            continue
        if row.request_id not in {each.request_id for each in owner.requests}:
            yield of_rows.finding(ledger, Kind.ROW_WITHOUT_REQUEST, row,
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
                of_rows.finding(ledger, Kind.TOO_MANY_ROWS, row,
                                f'{uuid} owns {len(had)} devices for request '
                                f'{request.request_id}, which asks for '
                                f'{request.count}')
                for row in _surplus(ledger, had, request.count))


def _surplus(ledger: Ledger, rows: list[Row], count: int) -> list[Row]:
    """Return as many rows as are too many, the least confirmed first."""
    return sorted(rows, key=lambda row: of_rows.support(ledger, row))[
        :max(len(rows) - count, 0)]


def claim_left(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A claim becomes an allocation when its guest is built."""
    for row in ledger.rows:
        if row.status == ClaimState.CLAIMED and ledger.at_rest(row.owner):
            yield of_rows.finding(
                ledger, Kind.CLAIM_LEFT, row,
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
            yield of_rows.finding(
                ledger, Kind.FREE_ROW_IN_USE, row,
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


def charge(ledger: Ledger, suspects: Suspects) -> Iterator[Finding]:
    """A row notes what its owner takes of the budget of the PF.

    What it notes for another one is not counted.  A note of 0 is of a port
    whose bandwidth Placement counts, which the request does not say.
    """
    for row in ledger.rows:
        if row.owner and (row.charge, row.charged) == (0, row.owner):
            continue
        takes = ledger.takes(row)
        counted = row.charge if row.charged == row.owner else None
        if takes is not None and (counted or 0) != takes:
            noted = (f'{row.charge} Mbit/s for {row.charged or "nobody"}'
                     if row.charged is not None else 'nothing')
            yield of_rows.finding(
                ledger, Kind.CHARGE_DIFFERS, row, f'the row notes {noted}, '
                f'and {row.owner} takes {takes} Mbit/s of the '
                'bandwidth budget of the PF')


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
