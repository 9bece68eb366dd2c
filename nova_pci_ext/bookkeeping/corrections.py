# SPDX-License-Identifier: Apache-2.0

"""The writes of repairs: each is made whole, or not at all.

Each is bound to what was seen (a row by its status and owner, a consumer and
a provider by their generation, a port by its device): what has changed
meanwhile is left as it is, for the next audit.
"""

from collections.abc import Mapping
from typing import Protocol

from neutronclient.common import exceptions as client_errors
from nova import context as nova_context
from nova import objects
from nova.db.main import api as main_db
from nova.db.main import models
from nova.network import constants
from nova.network import neutron
from oslo_utils import timeutils

from nova_pci_ext import exceptions
from nova_pci_ext.auditing import fixes
from nova_pci_ext.binding import profile as profiles
from nova_pci_ext.bookkeeping import neutron_book
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.bookkeeping import placement_book
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.novaobj.protocols import PciDevice

CHANGED = 'it has changed meanwhile; nothing was written'
UNKNOWN = 'the next audit says whether it was written'


class RepairError(exceptions.PciExtError):
    """A repair was not made, or nobody knows; the text says which."""


class _NetworkApi(Protocol):
    """``nova.network.neutron.API``."""

    def _get_pci_device_profile(self, device: PciDevice,
                                ) -> Mapping[str, object]: ...


def make(fix: fixes.Fix) -> None:
    """Make one repair.

    :raises RepairError: if it was not made, or nobody knows
    :raises DiscoveryError: if what it depends on could not be read
    """
    try:
        _make(fix)
    except (RepairError, exceptions.DiscoveryError):
        # Of the reading before a write, or with words already.
        raise
    except Exception as exc:
        # A service or a database that does not answer: the clients of Nova,
        # Keystone, Neutron and SQLAlchemy have no error in common.
        raise RepairError(
            f'no answer ({type(exc).__name__}); {UNKNOWN}') from exc


def _make(fix: fixes.Fix) -> None:
    match fix:
        case fixes.RowFix():
            _write_row(fix)
        case fixes.AllocationFix():
            _write_allocation(placement_book.client(), fix)
        case fixes.ProviderFix():
            _delete_provider(placement_book.client(), fix)
        case fixes.ProfileFix():
            _write_profile(neutron_book.client(), fix)


def _write_row(fix: fixes.RowFix) -> None:
    """Compare and write in one statement."""
    device = models.PciDevice
    values: dict[object, object] = {
        device.status: fix.status.value, device.instance_uuid: None,
        device.request_id: None, device.updated_at: timeutils.utcnow()}
    if fix.status is ClaimState.DELETED:
        values |= {device.deleted: device.id,
                   device.deleted_at: timeutils.utcnow()}
    with nova_context.target_cell(
            nova_context.get_admin_context(),
            nova_book.cell(fix.cell)) as context:
        with main_db.get_context_manager(context).writer.using(
                context) as session:
            written = session.query(device).filter(
                device.id == fix.row, device.deleted == 0,
                device.status == fix.seen_status,
                device.instance_uuid == fix.seen_owner).update(
                values, synchronize_session=False)
    if not written:
        raise RepairError(CHANGED)


def _write_allocation(placement: placement_book.Client,
                      fix: fixes.AllocationFix) -> None:
    """Replace what a consumer has, all else as it is."""
    url = f'/allocations/{fix.consumer}'
    found = placement_book.ask(placement, url)
    held = found['allocations']
    assert isinstance(held, dict)
    resources = dict(held.get(fix.provider, {}).get('resources', {}))
    if resources.get(fix.resource_class, 0) != fix.seen or not held:
        raise RepairError(CHANGED)
    resources[fix.resource_class] = fix.units
    resources = {name: units for name, units in resources.items() if units}
    others = {uuid: {'resources': each['resources']}
              for uuid, each in held.items() if uuid != fix.provider}
    if resources:
        others[fix.provider] = {'resources': resources}
    answer = placement.put(url, {
        'allocations': others, 'project_id': found['project_id'],
        'user_id': found['user_id'],
        'consumer_generation': found['consumer_generation']},
        version=placement_book.VERSION)
    _check(answer)


def _delete_provider(placement: placement_book.Client,
                     fix: fixes.ProviderFix) -> None:
    """Delete a provider; Placement refuses one that has allocations."""
    _check(placement.delete(f'/resource_providers/{fix.provider}',
                            version=placement_book.VERSION))


def _check(answer: placement_book.Answer) -> None:
    if answer.status_code == 409:
        raise RepairError(CHANGED)
    if answer.status_code not in (200, 204):
        raise RepairError(f'Placement answers {answer.status_code}; '
                          f'{_outcome(answer.status_code)}')


def _outcome(status: object) -> str:
    """Say what an HTTP status that is not a success tells of a write."""
    return ('nothing was written'
            if isinstance(status, int) and 400 <= status < 500 else UNKNOWN)


def _write_profile(network: neutron_book.Client,
                   fix: fixes.ProfileFix) -> None:
    """Describe a device as Nova would, in a port that is as it was seen."""
    written = network.show_port(fix.port)['port']
    if neutron_book.port(written).slot != fix.seen_slot:
        raise RepairError(CHANGED)
    old = neutron_book.profile(written)
    if fix.row:
        new = profiles.replace_device(old, _described(fix))
    else:
        new = profiles.clear_profile(old, given_back=True)
    body = {'port': {constants.BINDING_PROFILE: new}}
    try:
        if 'revision_number' in written:
            network.update_port(fix.port, body, revision_number=written[
                'revision_number'])
        else:
            network.update_port(fix.port, body)
    except client_errors.NeutronClientException as exc:
        raise RepairError(f'Neutron refuses it ({type(exc).__name__}); '
                          f'{_outcome(exc.status_code)}') from exc


def _described(fix: fixes.ProfileFix) -> Mapping[str, object]:
    with nova_context.target_cell(
            nova_context.get_admin_context(),
            nova_book.cell(fix.cell)) as context:
        device = objects.PciDevice.get_by_dev_id(context, fix.row)
    api: _NetworkApi = neutron.API()
    return api._get_pci_device_profile(device)
