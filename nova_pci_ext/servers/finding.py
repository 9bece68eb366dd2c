# SPDX-License-Identifier: Apache-2.0

"""Which server a text names, and which cell has its records."""

import functools
import itertools
import uuid

from nova import context as nova_context
from nova import exception
from nova import objects
from nova.db.main import models

from nova_pci_ext import exceptions
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.explaining import databases
from nova_pci_ext.novaobj.protocols import CellMapping
from nova_pci_ext.servers.record import Place

# Servers of one name that are listed.
_MOST = 6


def find(text: str) -> Place:
    """Return where the records of a server are.

    :param text: its UUID, or its name where no other server has that
    :raises ServerRequestError: for none, and for a name of several
    :raises DiscoveryError: if the API database cannot be read
    """
    known = _uuid(text)
    if known is None:
        return _place(_named(text))
    return _place(known)


def _uuid(text: str) -> str | None:
    """Return a UUID as Nova writes it, None for another text."""
    try:
        found = uuid.UUID(text)
    except ValueError:
        return None
    # Python takes braces and "urn:uuid:" too; Nova's clients do not.
    return str(found) if text.lower().replace('-', '') == found.hex else None


def _place(known: str) -> Place:
    found = databases.ask(databases.API, functools.partial(_mapped, known))
    if found is None:
        raise exceptions.ServerRequestError(
            f'--server {known}: the API database has no such server. It was '
            'deleted and archived, or is in another cloud; what the API '
            'refuses at once, for a quota or an image for example, leaves no '
            'record')
    return found


def _mapped(known: str) -> Place | None:
    """Ask the API database for the cell of a server."""
    admin = nova_context.get_admin_context()
    try:
        mapping = objects.InstanceMapping.get_by_instance_uuid(admin, known)
    except exception.InstanceMappingNotFound:
        return None
    cell: CellMapping | None = mapping.cell_mapping
    return Place(
        uuid=known, cell=None if cell is None else cell.name or cell.uuid,
        cell_uuid=None if cell is None else cell.uuid,
        in_cell0=cell is not None and cell.is_cell0(),
        # Rows from before Rocky do not say.
        going=bool('queued_for_delete' in mapping
                   and mapping.queued_for_delete))


def _named(name: str) -> str:
    """Return the UUID of the only server with a name."""
    found: dict[str, str] = {}
    silent = []
    for cell in databases.ask(databases.API, _cells):
        where = cell.name or cell.uuid
        try:
            told = databases.ask(f'database of cell {where}',
                                 functools.partial(_of_name, cell, name))
        except exceptions.DiscoveryError as exc:
            silent.append(str(exc))
            continue
        found.update(dict.fromkeys(told, where))
    if len(found) == 1 and not silent:
        return next(iter(found))
    if found:
        each = '; '.join(f'{known} in {where}' for known, where in
                         itertools.islice(sorted(found.items()), _MOST))
        more = '' if len(found) < _MOST else ', and maybe more'
        raise exceptions.ServerRequestError(
            f'--server {name}: this may be {each}{more}; expected a UUID')
    if silent:
        raise exceptions.ServerRequestError(
            f'--server {name}: no server has this name in the cells that '
            f'answer, and {silent[0]}; expected a UUID')
    raise exceptions.ServerRequestError(
        f'--server {name}: not a UUID, and no server that is not deleted has '
        'this name; expected the UUID of a server')


def _cells() -> list[CellMapping]:
    found: list[CellMapping] = objects.CellMappingList.get_all(
        nova_context.get_admin_context())
    return list(found)


def _of_name(cell: CellMapping, name: str) -> list[str]:
    instance = models.Instance
    with nova_book.targeted(cell) as session:
        return [each.uuid for each in session.query(instance.uuid).filter(
            instance.display_name == name, instance.deleted == 0,
        ).limit(_MOST)]
