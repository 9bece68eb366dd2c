# SPDX-License-Identifier: Apache-2.0

"""Which findings can be repaired, by what, and why the others cannot.

A repair takes nothing from a guest: a row becomes free, and an allocation
goes, only where the guests of the host were listed and none can have the
device (``proof``).  Placement and ports follow the rows.
"""

import collections
from collections.abc import Callable
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.auditing import ledger as ledgers
from nova_pci_ext.auditing import proof
from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.fixes import AllocationFix
from nova_pci_ext.auditing.fixes import ChargeFix
from nova_pci_ext.auditing.fixes import Fix
from nova_pci_ext.auditing.fixes import Plan
from nova_pci_ext.auditing.fixes import ProfileFix
from nova_pci_ext.auditing.fixes import ProviderFix
from nova_pci_ext.auditing.fixes import RowFix
from nova_pci_ext.auditing.fixes import Step
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.auditing.ledger import Ledger
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import DEPENDENT
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.parsing import placement_names


def plan(books: Books, findings: Iterable[Finding]) -> Plan:
    """Return the repairs of findings: rows first, and what follows them."""
    ledger = Ledger(books)
    steps, refused = [], []
    for each in sorted((each for each in findings if each.kind in _MAKERS),
                       key=_order):
        made = (f'not all could be read: {books.unread[0]}' if books.unread
                else _MAKERS[each.kind](ledger, each))
        if isinstance(made, str):
            refused.append((each, made))
        else:
            steps.append(Step(finding=each, fix=made))
    return Plan(steps=tuple(steps), refused=tuple(refused))


def _order(finding: Finding) -> tuple[int, Finding]:
    return _POSITIONS[finding.kind], finding


def _row(ledger: Ledger, finding: Finding) -> Row:
    return ledger.by_key[finding.cell, finding.row]


def _row_fix(ledger: Ledger, row: Row, status: ClaimState) -> RowFix:
    place = ledger.place(row)
    relatives = ledger.relatives(place)
    return RowFix(
        seen=row, status=status,
        family=tuple(address for _, address in relatives),
        relatives=tuple(each for where in (place, *relatives)
                        for each in ledger.at.get(where, ())
                        if each is not row and each.cell == row.cell))


def _delete_row(ledger: Ledger, finding: Finding) -> Fix | str:
    row = _row(ledger, finding)
    if row.owner in ledger.instances or row.owner in ledger.busy:
        return f'instance {row.owner} owns the device'
    if finding.kind is Kind.REMOVED_ROW or row.owner or (
            row.status in OWNED | DEPENDENT):
        held = proof.held(ledger, row)
        if held:
            return held
    return _row_fix(ledger, row, ClaimState.DELETED)


def _free_row(ledger: Ledger, finding: Finding) -> Fix | str:
    row = _row(ledger, finding)
    return (proof.held(ledger, row) or proof.doubled(ledger, row)
            or _row_fix(ledger, row, ClaimState.AVAILABLE))


def _charge(ledger: Ledger, finding: Finding) -> Fix | str:
    """Note what the flavor of the owner says; no device changes hands."""
    row = _row(ledger, finding)
    takes = ledger.takes(row)
    if takes is None:
        return f'it is not known what {row.owner} takes'
    if not row.noted:
        return 'what Nova keeps with the row cannot be read'
    return ChargeFix(seen=row, takes=takes)


def _allocation(ledger: Ledger, finding: Finding) -> Fix | str:
    """Let a consumer have what it owns of a provider."""
    provider = ledger.providers[finding.provider]
    owned, may_own = ([row for row in rows.get(provider.uuid, ())
                       if row.owner == finding.instance
                       and row.status in OWNED]
                      for rows in (ledger.of_provider, ledger.may_be_of))
    seen = {each.resource_class: each.used for each in provider.allocations
            if each.consumer == finding.instance}
    if len(owned) < sum(seen.values()):
        # It keeps what it may have of it.
        owned += may_own
        card = finding.host, ledgers.form(ledgers.address_of(provider))
        why = proof.surplus(ledger, finding.host,
                            [card, *ledger.places.get(provider.uuid, ())])
        guest = ledger.running(finding.host, finding.instance)
        if not why and guest and finding.instance not in ledger.instances:
            why = f'guest {guest.name} of {finding.instance} runs'
        if why:
            return why
    units = _classes(provider, owned)
    if isinstance(units, str):
        return units
    if any(number > seen.get(name, 0) + _room(provider, name)
           for name, number in units.items() if number > seen.get(name, 0)):
        return f'{provider.name} has no room for it'
    return AllocationFix(
        consumer=finding.instance, provider=provider.uuid,
        seen=tuple(sorted(seen.items())), units=tuple(sorted(units.items())))


def _classes(provider: Provider,
             owned: Sequence[Row]) -> Mapping[str, int] | str:
    """Count devices by class; with several, Nova's names tell them apart."""
    known = [stock.resource_class for stock in provider.stocks]
    if owned and not known:
        return f'{provider.name} has no room for it'
    found = collections.Counter(
        known[0] if len(known) == 1 else placement_names.resource_class(
            None, row.vendor_id, row.product_id) for row in owned)
    if found.keys() <= set(known):
        return found
    return (f'{provider.name} has {" and ".join(known)}, and no book says '
            'which of them the owned devices are; correct the allocation '
            'with openstack resource provider allocation set')


def _room(provider: Provider, name: str) -> int:
    return (sum(stock.total - stock.reserved for stock in provider.stocks
                if stock.resource_class == name)
            - sum(each.used for each in provider.allocations
                  if each.resource_class == name))


def _provider(ledger: Ledger, finding: Finding) -> Fix | str:
    provider = ledger.providers[finding.provider]
    consumers = [each.consumer for each in provider.allocations]
    if consumers:
        return f'{", ".join(consumers)} has something of it'
    if any(stock.reserved for stock in provider.stocks):
        return ('something of it is reserved; openstack resource provider '
                f'delete {provider.uuid}, once it is not needed')
    return ProviderFix(seen=provider)


def _cleared_port(ledger: Ledger, finding: Finding) -> Fix | str:
    """Describe no device, unless somebody has it for this very port."""
    port = ledger.ports[finding.port]
    place = port.host, ledgers.form(port.slot or '')
    for guest in ledger.users.get(place, ()):
        return f'guest {guest.name} has {place[1]}'
    for row in ledger.at.get(place, ()):
        asked = ledger.instances.get(row.owner or '')
        if asked is not None and any(
                each.port == port.id and each.request_id == row.request_id
                for each in asked.requests or ()):
            return f'{asked.uuid} owns {row.address} for it'
    return ProfileFix(seen=port)


def _followed_port(ledger: Ledger, finding: Finding) -> Fix | str:
    """Describe the row, as only its host can, if the guests agree."""
    why = proof.unknown(ledger, finding.host)
    if why:
        return why
    instance = ledger.instances[finding.instance]
    request = next(each for each in instance.requests or ()
                   if each.port == finding.port)
    row = next(row for row
               in ledger.owned[instance.uuid, instance.host or '']
               if row.request_id == request.request_id)
    users = ledger.users.get(ledger.place(row), [])
    for guest in users:
        if guest.uuid != instance.uuid:
            return f'guest {guest.name} has {row.address}'
    for guest in ledger.guests.get((finding.host, instance.uuid), ()):
        if guest not in users:
            return f'guest {guest.name} does not have {row.address}'
    return ProfileFix(seen=ledger.ports[finding.port], row=row)


# Rows first: what follows them is decided anew once they are right.
_MAKERS: Mapping[Kind, Callable[[Ledger, Finding], Fix | str]] = {
    Kind.ROW_OF_DELETED_NODE: _delete_row,
    Kind.REMOVED_ROW: _delete_row,
    Kind.STATUS_AND_OWNER: _free_row,
    Kind.OWNER_NOT_THERE: _free_row,
    Kind.OWNER_ELSEWHERE: _free_row,
    Kind.SET_ASIDE_FOR_NOBODY: _free_row,
    Kind.CHARGE_DIFFERS: _charge,
    Kind.ORPHANED_ALLOCATION: _allocation,
    Kind.ENDED_MOVE_ALLOCATION: _allocation,
    Kind.ALLOCATED_NOT_OWNED: _allocation,
    Kind.OWNED_NOT_ALLOCATED: _allocation,
    Kind.PROVIDER_WITHOUT_DEVICE: _provider,
    Kind.PROVIDER_OF_DELETED_NODE: _provider,
    Kind.PROFILE_LEFT: _cleared_port,
    Kind.PORT_OTHER_DEVICE: _followed_port,
}
_POSITIONS = {kind: number for number, kind in enumerate(_MAKERS)}
