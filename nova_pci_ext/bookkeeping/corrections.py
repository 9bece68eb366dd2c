# SPDX-License-Identifier: Apache-2.0

"""The writes of repairs: each is made whole, or not at all.

Each is bound to what was seen: a row with its relatives in one transaction, a
consumer and a provider by their generation, a port by its revision.  What has
changed meanwhile is left as it is, for the next audit.
"""

import dataclasses
import datetime
from collections.abc import Mapping
from typing import Protocol

from neutronclient.common import exceptions as client_errors
from nova import context as nova_context
from nova import objects
from nova.db.main import api as main_db
from nova.db.main import models
from nova.network import constants
from nova.network import neutron
from oslo_serialization import jsonutils
from oslo_utils import timeutils
from sqlalchemy import orm

from nova_pci_ext import exceptions
from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.binding import profile as profiles
from nova_pci_ext.bookkeeping import edge
from nova_pci_ext.bookkeeping import neutron_book
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.bookkeeping import nova_columns
from nova_pci_ext.bookkeeping import placement_book
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.novaobj import charges
from nova_pci_ext.novaobj.protocols import PciDevice

NOTHING = 'nothing was written'
CHANGED = f'it has changed meanwhile; {NOTHING}'
UNKNOWN = 'the next audit says whether it was written'


class RepairError(exceptions.PciExtError):
    """A repair was not made, or nobody knows; the text says which."""


class _NetworkApi(Protocol):
    """``nova.network.neutron.API``."""

    def _get_pci_device_profile(self, device: PciDevice,
                                ) -> Mapping[str, object]: ...


def prepare(fix: fixes.Fix) -> fixes.Fix:
    """Read all that a repair is going to write, so that it can be shown.

    :raises RepairError: if it cannot be made
    :raises DiscoveryError: if that could not be read
    """
    try:
        match fix:
            case fixes.AllocationFix():
                _held(placement_book.client(), fix)
            case fixes.ProfileFix():
                return _profiles(neutron_book.client(), fix)
        return fix
    except edge.ERRORS as exc:
        raise RepairError(
            f'{edge.silence(_service(fix), exc)}; {NOTHING}') from exc


def make(fix: fixes.Fix) -> None:
    """Make one repair that was prepared.

    :raises RepairError: if it was not made, or nobody knows
    :raises DiscoveryError: if what it depends on could not be read
    """
    try:
        _make(fix)
    except edge.ERRORS as exc:
        raise RepairError(
            f'{edge.silence(_service(fix), exc)}; {UNKNOWN}') from exc


def _service(fix: fixes.Fix) -> str:
    """Name what a fix is written to."""
    match fix:
        case fixes.RowFix() | fixes.ChargeFix():
            return 'Database'
        case fixes.AllocationFix() | fixes.ProviderFix():
            return placement_book.NAME
        case fixes.ProfileFix():
            return neutron_book.NAME


def _make(fix: fixes.Fix) -> None:
    match fix:
        case fixes.RowFix():
            _write_row(fix)
        case fixes.ChargeFix():
            _write_charge(fix)
        case fixes.AllocationFix():
            _write_allocation(placement_book.client(), fix)
        case fixes.ProviderFix():
            _delete_provider(placement_book.client(), fix)
        case fixes.ProfileFix():
            _write_profile(neutron_book.client(), fix)


def _write_row(fix: fixes.RowFix) -> None:
    """Compare a row and its relatives, and write, in one transaction."""
    device, seen = models.PciDevice, fix.seen
    values: dict[object, object] = {
        device.status: fix.status.value, device.instance_uuid: None,
        device.request_id: None, device.updated_at: timeutils.utcnow()}
    if fix.status is ClaimState.DELETED:
        values |= {device.deleted: device.id,
                   device.deleted_at: timeutils.utcnow()}
    updated = (datetime.datetime.fromisoformat(seen.updated)
               if seen.updated else None)
    with nova_context.target_cell(
            nova_context.get_admin_context(),
            nova_book.cell(seen.cell)) as context:
        with main_db.get_context_manager(context).writer.using(
                context) as session:
            if not fixes.is_as_seen(fix, nova_book.hold_rows(
                    session, seen, [each.id for each in fix.relatives],
                    fix.family)):
                raise RepairError(CHANGED)
            if seen.charged is not None:
                values[device.extra_info] = _with_note(session, seen, None)
            written = session.query(device).filter(
                device.id == seen.id, device.deleted == 0,
                device.status == seen.status,
                device.instance_uuid == seen.owner,
                device.updated_at == updated).update(
                values, synchronize_session=False)
            if not written:
                raise RepairError(CHANGED)


def _write_charge(fix: fixes.ChargeFix) -> None:
    """Compare a row, and write the note into it, in one transaction."""
    device, seen = models.PciDevice, fix.seen
    with nova_context.target_cell(
            nova_context.get_admin_context(),
            nova_book.cell(seen.cell)) as context:
        with main_db.get_context_manager(context).writer.using(
                context) as session:
            if seen not in nova_book.hold_rows(session, seen, (), ()):
                raise RepairError(CHANGED)
            session.query(device).filter(device.id == seen.id).update(
                {device.extra_info: _with_note(
                    session, seen, charges.note(fix.takes, seen.owner)),
                 device.updated_at: timeutils.utcnow()},
                synchronize_session=False)


def _with_note(session: orm.Session, row: Row, note: str | None) -> str:
    """Return ``extra_info`` of a row with this note of its charge alone."""
    device = models.PciDevice
    (text,) = session.query(device.extra_info).filter(
        device.id == row.id).one()
    kept = {key: value for key, value in (
        nova_columns.extra_info(text) or {}).items() if key != charges.NOTE}
    found: str = jsonutils.dumps(
        kept if note is None else {**kept, charges.NOTE: note})
    return found


def _held(placement: placement_book.Client,
          fix: fixes.AllocationFix) -> dict[str, object]:
    """Return what Placement answers of a consumer that is as it was seen."""
    found = placement_book.ask(placement, f'/allocations/{fix.consumer}')
    held = placement_book.resources(found)
    if not held and not fix.seen:
        raise RepairError(
            f'{fix.consumer} has nothing at all in Placement, which does not '
            'know its project then; nova-manage placement heal_allocations '
            f'--instance {fix.consumer} makes what its flavor asks for, and '
            f'the next audit adds the devices; {NOTHING}')
    if held.get(fix.provider, {}) != dict(fix.seen):
        raise RepairError(CHANGED)
    return found


def _write_allocation(placement: placement_book.Client,
                      fix: fixes.AllocationFix) -> None:
    """Replace what a consumer has of a provider, all else as it is."""
    found = _held(placement, fix)
    held = {uuid: {'resources': each} for uuid, each
            in placement_book.resources(found).items()
            if uuid != fix.provider}
    if fix.units:
        held[fix.provider] = {'resources': dict(fix.units)}
    answer = placement.put(f'/allocations/{fix.consumer}', {
        'allocations': held, 'project_id': found['project_id'],
        'user_id': found['user_id'],
        'consumer_generation': found['consumer_generation']},
        version=placement_book.VERSION)
    _check(answer)


def _delete_provider(placement: placement_book.Client,
                     fix: fixes.ProviderFix) -> None:
    """Delete a provider that is as it was seen.

    Placement deletes without looking at the generation, and so the
    inventories go first: that it refuses for any other generation, and of
    what has none nobody can get anything.
    """
    seen = fix.seen
    if placement_book.read_again(placement, seen) != seen:
        raise RepairError(CHANGED)
    url = f'/resource_providers/{seen.uuid}'
    _check(placement.put(f'{url}/inventories', {
        'resource_provider_generation': seen.generation, 'inventories': {}},
        version=placement_book.VERSION))
    _check(placement.delete(url, version=placement_book.VERSION))


def _check(answer: placement_book.Answer) -> None:
    if answer.status_code == 409:
        raise RepairError(CHANGED)
    if answer.status_code not in (200, 204):
        raise RepairError(f'Placement answers {answer.status_code}; '
                          f'{_outcome(answer.status_code)}')


def _outcome(status: object) -> str:
    """Say what an HTTP status that is not a success tells of a write."""
    return (NOTHING if isinstance(status, int) and 400 <= status < 500
            else UNKNOWN)


def _profiles(network: neutron_book.Client,
              fix: fixes.ProfileFix) -> fixes.ProfileFix:
    """Read the profile of a port, and what Nova would write there."""
    written = network.show_port(fix.seen.id)['port']
    if neutron_book.port(written) != fix.seen:
        raise RepairError(CHANGED)
    if not fix.seen.revision:
        raise RepairError('Neutron does not count the revisions of the port, '
                          f'so no write is safe; {NOTHING}')
    old = neutron_book.profile(written)
    if fix.row is None:
        new = profiles.clear_profile(old, given_back=True)
    else:
        new = profiles.replace_device(old, _described(fix.row))
    return dataclasses.replace(fix, before=_text(old), after=_text(new))


def _text(profile: Mapping[str, object]) -> str:
    found: str = jsonutils.dumps(profile, sort_keys=True)
    return found


def _write_profile(network: neutron_book.Client,
                   fix: fixes.ProfileFix) -> None:
    """Write a profile as it was shown, in a port that is as it was seen."""
    if _profiles(network, fix) != fix:
        raise RepairError(CHANGED)
    body = {'port': {constants.BINDING_PROFILE: jsonutils.loads(fix.after)}}
    try:
        network.update_port(fix.seen.id, body,
                            revision_number=fix.seen.revision)
    except client_errors.NeutronClientException as exc:
        raise RepairError(f'Neutron refuses it ({type(exc).__name__}); '
                          f'{_outcome(exc.status_code)}') from exc


def _described(row: Row) -> Mapping[str, object]:
    with nova_context.target_cell(
            nova_context.get_admin_context(),
            nova_book.cell(row.cell)) as context:
        device = objects.PciDevice.get_by_dev_id(context, row.id)
    api: _NetworkApi = neutron.API()
    return api._get_pci_device_profile(device)
