# SPDX-License-Identifier: Apache-2.0

"""The repairs: each is one write, bound to what it was decided on."""

import dataclasses
import json
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.auditing.books import Port
from nova_pci_ext.auditing.books import Provider
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.ledger import form
from nova_pci_ext.model import families
from nova_pci_ext.model.claim import ClaimState

#: Units of each resource class, sorted by class.
Units = tuple[tuple[str, int], ...]
_NONE = 'none'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RowFix:
    """Make a row free, or delete it, if all is still as it was seen.

    What its owner took of a bandwidth budget goes with the owner.

    :ivar seen: the row
    :ivar relatives: the rows that say whether it can be free
    :ivar family: addresses of what nobody has beside it, with or without row
    :ivar status: ``available`` or ``deleted``
    """

    seen: Row
    relatives: tuple[Row, ...] = ()
    family: tuple[str, ...] = ()
    status: ClaimState


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChargeFix:
    """Note in a row what its owner takes, if the row is still as seen.

    :ivar seen: the row
    :ivar takes: Mbit/s of the bandwidth budget of its PF, 0 for no note
    """

    seen: Row
    takes: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class AllocationFix:
    """Let a consumer have this of a provider, and all else as it is.

    :ivar seen: what it had of it
    """

    consumer: str
    provider: str
    seen: Units
    units: Units


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProviderFix:
    """Delete a provider that nobody has anything of.

    :ivar seen: with its inventories and its generation
    """

    seen: Provider


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ProfileFix:
    """Describe the device of a row in the profile of a port.

    :ivar seen: the port
    :ivar row: None to describe no device
    :ivar before: the profile as it is, a JSON object; '' where it has not
        been read yet
    :ivar after: the profile as it is going to be
    """

    seen: Port
    row: Row | None = None
    before: str = ''
    after: str = ''


Fix = RowFix | ChargeFix | AllocationFix | ProviderFix | ProfileFix


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


def is_as_seen(fix: RowFix, rows: Iterable[Row]) -> bool:
    """Whether a row and its relatives are as they were, and no more came.

    :param rows: of these, and of whatever may be a relative by now
    """
    wanted = {(row.cell, row.id): row for row in (fix.seen, *fix.relatives)}
    place, family = form(fix.seen.address), set(map(form, fix.family))
    found = {(row.cell, row.id): row for row in rows
             if (row.cell, row.id) in wanted
             or form(row.address) in {place, *family}
             or form(families.parent_of(row.dev_type, row.parent) or '')
             == place}
    return found == wanted


def words(fix: Fix) -> str:
    """Say all that a repair writes: each value before and after."""
    match fix:
        case RowFix():
            return (f'row {fix.seen.id} ({fix.seen.address}): '
                    + '; '.join(_of_row(fix)))
        case ChargeFix():
            return (f'row {fix.seen.id} ({fix.seen.address}): '
                    + _charge(fix.seen, fix.takes))
        case AllocationFix():
            return (f'allocation of {fix.consumer}: {_units(fix.seen)} -> '
                    f'{_units(fix.units)} of provider {fix.provider}')
        case ProviderFix():
            stocks = ', '.join(f'{each.total} {each.resource_class}'
                               for each in fix.seen.stocks)
            return (f'provider {fix.seen.uuid} ({fix.seen.name}) with '
                    f'{stocks or "no inventory"} -> {_NONE}')
        case ProfileFix():
            return (f'profile of port {fix.seen.id}: '
                    + '; '.join(_of_profile(fix)))


def _of_row(fix: RowFix) -> Iterator[str]:
    """Yield each column that changes."""
    row = fix.seen
    yield f'status {row.status} -> {fix.status}'
    for name, value in (('instance_uuid', row.owner),
                        ('request_id', row.request_id)):
        if value:
            yield f'{name} {value} -> {_NONE}'
    if row.charged is not None:
        yield _charge(row, 0)
    if fix.status is ClaimState.DELETED:
        yield f'deleted 0 -> {row.id}'


def _charge(row: Row, takes: int) -> str:
    before = (f'{row.charge} Mbit/s for {row.charged or "nobody"}'
              if row.charged is not None else _NONE)
    after = f'{takes} Mbit/s for {row.owner}' if takes else _NONE
    return f'note of the bandwidth {before} -> {after}'


def _units(units: Units) -> str:
    return ', '.join(f'{number} {name}' for name, number in units) or '0'


def _of_profile(fix: ProfileFix) -> Iterator[str]:
    """Yield each key that changes, and name those that stay."""
    if not fix.before:
        what = (f'the device of row {fix.row.id} ({fix.row.address})'
                if fix.row else 'no device')
        yield f'{what} in the place of {fix.seen.slot or _NONE}'
        return
    before, after = _object(fix.before), _object(fix.after)
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key) or (key in before) is not (
                key in after):
            yield f'{key} {_value(before, key)} -> {_value(after, key)}'
    kept = sorted(key for key in before if key in after
                  and before[key] == after[key])
    if kept:
        yield f'{", ".join(kept)} as before'


def _object(text: str) -> Mapping[str, object]:
    found = json.loads(text)
    assert isinstance(found, dict)
    return found


def _value(profile: Mapping[str, object], key: str) -> str:
    return json.dumps(profile[key]) if key in profile else _NONE
