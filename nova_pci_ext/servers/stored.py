# SPDX-License-Identifier: Apache-2.0

"""The objects that Nova keeps of a server's request: its RequestSpec in the
API database, and the instance in its cell.
"""

import dataclasses
import functools

from nova import context as nova_context
from nova import exception
from nova import objects
from oslo_versionedobjects import exception as object_errors

from nova_pci_ext import exceptions
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.explaining import databases
from nova_pci_ext.novaobj.protocols import Instance
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.servers.record import Server

# What reading an object raises whose JSON another release wrote, or nobody.
_UNREADABLE = (
    exception.NovaException, object_errors.VersionedObjectsException,
    ValueError, KeyError, TypeError, AttributeError, RecursionError)
_LOADED = ('flavor', 'numa_topology', 'pci_requests', 'info_cache',
           'system_metadata', 'migration_context')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What could be read.

    :ivar notes: what could not, and what follows from that
    """

    spec: RequestSpec | None
    instance: Instance | None
    notes: tuple[str, ...] = ()


def read(server: Server) -> Kept:
    """Read both objects.

    :raises DiscoveryError: if the API database does not answer
    """
    notes = []
    spec = instance = None
    try:
        spec = databases.ask(databases.API, functools.partial(
            _spec, server.uuid))
    except exception.RequestSpecNotFound:
        notes.append('the API database has no request spec of it')
    except _UNREADABLE as exc:
        notes.append('its request spec cannot be read '
                     f'({type(exc).__name__}: {_short(exc)})')
    # One that no cell tells of has no instance to be read.
    if server.status and server.place.cell_uuid is not None:
        try:
            instance = databases.ask(
                f'database of cell {server.place.cell}', functools.partial(
                    _instance, server.uuid, server.place.cell_uuid))
        except exceptions.DiscoveryError as exc:
            notes.append(str(exc))
        except _UNREADABLE as exc:
            notes.append('its instance cannot be read '
                         f'({type(exc).__name__}: {_short(exc)})')
    return Kept(spec=spec, instance=instance, notes=tuple(notes))


def _spec(uuid: str) -> RequestSpec:
    """Read a request spec, and nothing else.

    Nova writes an old one anew once it has read it.
    """
    admin = nova_context.get_admin_context()
    found = objects.RequestSpec()
    found.save = lambda: None
    row = objects.RequestSpec._get_by_instance_uuid_from_db(admin, uuid)
    spec: RequestSpec = objects.RequestSpec._from_db_object(admin, found, row)
    del found.save
    return spec


def _instance(uuid: str, cell_uuid: str) -> Instance:
    admin = nova_context.get_admin_context(read_deleted='yes')
    with nova_context.target_cell(admin, nova_book.cell(cell_uuid)) as cell:
        found: Instance = objects.Instance.get_by_uuid(
            cell, uuid, expected_attrs=list(_LOADED))
    return found


def made_up(kept: Kept) -> RequestSpec:
    """Return a request of what is known of the instance.

    :raises ServerRequestError: where that is nothing
    """
    instance = kept.instance
    if instance is None:
        raise exceptions.ServerRequestError(
            'what the server asks for is not known: ' + '; '.join(kept.notes))
    try:
        spec: RequestSpec = objects.RequestSpec.from_components(
            nova_context.get_admin_context(), instance.uuid,
            instance.image_meta, instance.flavor, instance.numa_topology,
            instance.pci_requests, {}, None, instance.availability_zone,
            project_id=instance.project_id, user_id=instance.user_id)
    except _UNREADABLE as exc:
        raise exceptions.ServerRequestError(
            'what the server asks for is not known: '
            + '; '.join((*kept.notes, _short(exc)))) from exc
    return spec


def _short(error: Exception) -> str:
    """Return the first line of an error; a spec can be long."""
    text = str(error).partition('\n')[0]
    return text if len(text) <= 120 else f'{text[:117]}...'
