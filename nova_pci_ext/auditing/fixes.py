# SPDX-License-Identifier: Apache-2.0

"""The repairs that are safe: each one write, and what it was decided on.

A repair takes nothing from a guest: a row becomes free only where the guests
of its host were listed and none has the device, and Placement and ports
follow the rows.
"""

import dataclasses
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.auditing import ledger as ledgers
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import OWNED


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowFix:
    """Make a row free, or delete it, if it is still as it was seen.

    :ivar status: ``available`` or ``deleted``
    """

    cell: str
    row: int
    seen_status: str
    seen_owner: str | None
    status: ClaimState


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AllocationFix:
    """Let a consumer have this many units of a provider.

    :ivar seen: how many it had
    """

    consumer: str
    provider: str
    resource_class: str
    seen: int
    units: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFix:
    """Delete a provider that nobody has anything of."""

    provider: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFix:
    """Describe the device of a row in the profile of a port.

    :ivar row: number of the row; 0 to describe none
    """

    port: str
    seen_slot: str | None
    cell: str = ''
    row: int = 0


Fix = RowFix | AllocationFix | ProviderFix | ProfileFix


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One repair: what is wrong, and the write that puts it right."""

    finding: Finding
    fix: Fix


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What can be repaired, in its order, and why the rest cannot.

    :ivar refused: findings of kinds that are repaired, and why these are not
    """

    steps: tuple[Step, ...] = ()
    refused: tuple[tuple[Finding, str], ...] = ()


def plan(books: Books, findings: Iterable[Finding]) -> Plan:
    """Return the repairs of findings: rows first, and what follows them."""
    ledger = Ledger(books)
    steps, refused = [], []
    for each in sorted(findings, key=_order):
        maker = _MAKERS.get(each.kind)
        if maker is None:
            continue
        made = maker(ledger, each)
        if isinstance(made, str):
            refused.append((each, made))
        else:
            steps.append(Step(finding=each, fix=made))
    return Plan(steps=tuple(steps), refused=tuple(refused))


def _order(finding: Finding) -> tuple[int, Finding]:
    kinds = list(_MAKERS)
    return (kinds.index(finding.kind) if finding.kind in kinds
            else len(kinds)), finding


def _row(ledger: Ledger, finding: Finding) -> Row:
    return next(row for row in ledger.books.rows
                if (row.cell, row.id) == (finding.cell, finding.row))


def _row_fix(row: Row, status: ClaimState) -> RowFix:
    return RowFix(cell=row.cell, row=row.id, seen_status=row.status,
                  seen_owner=row.owner, status=status)


def _delete_row(ledger: Ledger, finding: Finding) -> Fix | str:
    row = _row(ledger, finding)
    if row.owner in ledger.instances or row.owner in ledger.busy:
        return f'instance {row.owner} owns the device'
    if finding.kind is Kind.REMOVED_ROW:
        held = _in_use(ledger, row)
        if held:
            return held
    return _row_fix(row, ClaimState.DELETED)


def _free_row(ledger: Ledger, finding: Finding) -> Fix | str:
    row = _row(ledger, finding)
    return _in_use(ledger, row) or _row_fix(row, ClaimState.AVAILABLE)


def _in_use(ledger: Ledger, row: Row) -> str:
    """Say why a device may be in use; '' if it is not."""
    host, _ = ledger.place(row)
    machine = ledger.machines.get(host)
    if machine is None or machine.guests is None:
        return (f'the guests of {host} were not listed; run nova-pci audit '
                f'--host {host} --repair there')
    relatives = [*ledger.children.get(ledger.place(row), ()), *filter(None, [
        ledger.by_place.get((host, row.parent or ''))])]
    for each in (row, *relatives):
        for guest in ledger.holders.get((host, each.address), ()):
            return f'guest {guest.name} has {each.address}'
    for each in relatives:
        if each.status in OWNED:
            return f'{each.owner} owns {each.address}'
    for uuid in sorted(ledger.witnesses(row) - {row.owner or ''}):
        instance = ledger.instances.get(uuid)
        if instance is not None and instance.host == host and (
                ledgers.shortages(ledger, instance)):
            return f'instance {uuid} lacks a device, which may be this one'
    return ''


def _allocation(ledger: Ledger, finding: Finding) -> Fix | str:
    """Let a consumer have what it owns of a provider."""
    provider = ledger.providers[finding.provider]
    rows = ledger.of_provider.get(provider.uuid, [])
    owned = sum(row.owner == finding.instance and row.status in OWNED
                for row in rows)
    known = ledger.allocation(provider.uuid, finding.instance)
    seen = known.used if known else 0
    if owned < seen:
        held = [row.address for row in rows
                if row.owner != finding.instance and any(
                    guest.uuid == finding.instance for guest
                    in ledger.holders.get(ledger.place(row), ()))]
        if held:
            return f'its guest has {", ".join(held)}'
    elif not provider.stocks or _room(ledger, finding) < owned - seen:
        return f'{provider.name} has no room for it'
    resource_class = (known.resource_class if known
                      else provider.stocks[0].resource_class)
    return AllocationFix(
        consumer=finding.instance, provider=provider.uuid,
        resource_class=resource_class, seen=seen, units=owned)


def _room(ledger: Ledger, finding: Finding) -> int:
    provider = ledger.providers[finding.provider]
    return (sum(stock.total - stock.reserved for stock in provider.stocks)
            - sum(each.used for each in provider.allocations))


def _provider(ledger: Ledger, finding: Finding) -> Fix | str:
    consumers = [each.consumer for each
                 in ledger.providers[finding.provider].allocations]
    if consumers:
        return f'{", ".join(consumers)} has something of it'
    return ProviderFix(provider=finding.provider)


def _cleared_port(ledger: Ledger, finding: Finding) -> Fix | str:
    return ProfileFix(port=finding.port, seen_slot=finding.device or None)


def _followed_port(ledger: Ledger, finding: Finding) -> Fix | str:
    """Describe the row, as only its host can, if the guest agrees."""
    machine = ledger.machines.get(finding.host)
    if machine is None or machine.guests is None:
        return (f'its device is described where it is; run nova-pci audit '
                f'--host {finding.host} --repair there')
    instance = ledger.instances[finding.instance]
    request = next(each for each in instance.requests or ()
                   if each.port == finding.port)
    row = next(row for row
               in ledger.owned[instance.uuid, instance.host or '']
               if row.request_id == request.request_id)
    guest = next((each for each in machine.guests
                  if each.uuid == instance.uuid), None)
    if guest is not None and row.address not in guest.addresses:
        return f'guest {guest.name} does not have {row.address}'
    return ProfileFix(port=finding.port, seen_slot=finding.device or None,
                      cell=row.cell, row=row.id)


# Rows first: what follows them is decided anew once they are right.
_MAKERS: Mapping[Kind, Callable[[Ledger, Finding], Fix | str]] = {
    Kind.ROW_OF_DELETED_NODE: _delete_row,
    Kind.REMOVED_ROW: _delete_row,
    Kind.STATUS_AND_OWNER: _free_row,
    Kind.OWNER_NOT_THERE: _free_row,
    Kind.OWNER_ELSEWHERE: _free_row,
    Kind.SET_ASIDE_FOR_NOBODY: _free_row,
    Kind.ORPHANED_ALLOCATION: _allocation,
    Kind.ENDED_MOVE_ALLOCATION: _allocation,
    Kind.ALLOCATED_NOT_OWNED: _allocation,
    Kind.OWNED_NOT_ALLOCATED: _allocation,
    Kind.PROVIDER_WITHOUT_DEVICE: _provider,
    Kind.PROVIDER_OF_DELETED_NODE: _provider,
    Kind.PROFILE_LEFT: _cleared_port,
    Kind.PORT_OTHER_DEVICE: _followed_port,
}


def words(fix: Fix) -> str:
    """Say what a repair writes."""
    match fix:
        case RowFix():
            return (f'row {fix.row}: {fix.seen_status} of '
                    f'{fix.seen_owner or "nobody"} -> {fix.status}')
        case AllocationFix():
            return (f'allocation of {fix.consumer}: {fix.seen} -> '
                    f'{fix.units} {fix.resource_class} of provider '
                    f'{fix.provider}')
        case ProviderFix():
            return f'delete provider {fix.provider}'
        case ProfileFix():
            return (f'profile of port {fix.port}: '
                    + (f'the device of row {fix.row}' if fix.row
                       else 'no device')
                    + f' in the place of {fix.seen_slot or "none"}')
