# SPDX-License-Identifier: Apache-2.0

"""The records of one server, from the database of its cell.

Columns are read, and no objects, so that one value that Nova cannot read does
not hide the others.
"""

import collections
import functools

from nova.api.openstack import common
from nova.db.main import models
from sqlalchemy import orm

from nova_pci_ext import exceptions
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.bookkeeping import nova_columns
from nova_pci_ext.explaining import databases
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj.protocols import CellMapping
from nova_pci_ext.servers.record import Action
from nova_pci_ext.servers.record import Event
from nova_pci_ext.servers.record import Fault
from nova_pci_ext.servers.record import Move
from nova_pci_ext.servers.record import OwnedDevice
from nova_pci_ext.servers.record import Place
from nova_pci_ext.servers.record import Server

# Faults, actions and moves that are read; a server can have thousands.
_NEWEST = 10


def read(place: Place) -> Server:
    """Return what the cell of a server has of it.

    :returns: with a reason in ``unread`` where the cell does not answer, or
        does not have the server
    """
    if place.cell_uuid is None:
        return Server(place=place)
    try:
        return databases.ask(
            f'database of cell {place.cell}', functools.partial(
                _read, place, nova_book.cell(place.cell_uuid)))
    except exceptions.DiscoveryError as exc:
        return Server(place=place, unread=(str(exc),))


def _read(place: Place, cell: CellMapping) -> Server:
    instance = models.Instance
    with nova_book.targeted(cell) as session:
        row = session.query(
            instance.display_name, instance.vm_state, instance.task_state,
            instance.host, instance.availability_zone, instance.created_at,
            instance.launched_at, instance.deleted_at, instance.deleted,
        ).filter(instance.uuid == place.uuid).order_by(
            instance.deleted).first()
        if row is None:
            return Server(place=place, unread=(
                f'cell {place.cell} does not have the server, although the '
                'API database says so',))
        return Server(
            place=place, name=row.display_name or '',
            status=_status(row.vm_state, row.task_state),
            vm_state=row.vm_state or '', task_state=row.task_state or '',
            host=row.host or '', zone=row.availability_zone or '',
            created=row.created_at, launched=row.launched_at,
            deleted=row.deleted_at if row.deleted else None,
            faults=_faults(session, place.uuid),
            actions=_actions(session, place.uuid),
            devices=_devices(session, place.uuid),
            moves=_moves(session, place.uuid))


def _status(vm_state: str | None, task_state: str | None) -> str:
    found: str = common.status_from_state(vm_state, task_state)
    return found


def _faults(session: orm.Session, uuid: str) -> tuple[Fault, ...]:
    fault = models.InstanceFault
    return tuple(Fault(
        at=each.created_at, code=each.code, message=each.message or '',
        host=each.host or '') for each in session.query(
            fault.created_at, fault.code, fault.message, fault.host).filter(
            fault.instance_uuid == uuid).order_by(
            fault.created_at.desc(), fault.id.desc()).limit(_NEWEST))


def _actions(session: orm.Session, uuid: str) -> tuple[Action, ...]:
    action, event = models.InstanceAction, models.InstanceActionEvent
    rows = session.query(
        action.id, action.action, action.request_id, action.message,
        action.start_time).filter(action.instance_uuid == uuid).order_by(
        action.start_time.desc(), action.id.desc()).limit(_NEWEST).all()
    events: dict[int, list[Event]] = collections.defaultdict(list)
    for each in session.query(
            event.action_id, event.event, event.result, event.host).filter(
            event.action_id.in_([row.id for row in rows])).order_by(
            event.start_time, event.id):
        events[each.action_id].append(Event(
            name=each.event or '', result=each.result or '',
            host=each.host or ''))
    return tuple(Action(
        at=row.start_time, name=row.action or '',
        request_id=row.request_id or '', message=row.message or '',
        events=tuple(events[row.id])) for row in rows)


def _devices(session: orm.Session, uuid: str) -> tuple[OwnedDevice, ...]:
    device, node = models.PciDevice, models.ComputeNode
    rows = session.query(
        device.address, device.vendor_id, device.product_id, device.status,
        device.numa_node, device.request_id, device.extra_info, node.host,
        node.uuid).outerjoin(
        node, node.id == device.compute_node_id).filter(
        device.instance_uuid == uuid, device.deleted == 0)
    return tuple(sorted((OwnedDevice(
        host=row.host or '', node=row.uuid or '', address=row.address,
        product=f'{row.vendor_id}:{row.product_id}', status=row.status,
        numa_node=row.numa_node, request=row.request_id or '',
        drained=drain_notes.reason(
            nova_columns.extra_info(row.extra_info) or {}))
        for row in rows), key=lambda each: (each.host, each.address)))


def _moves(session: orm.Session, uuid: str) -> tuple[Move, ...]:
    move = models.Migration
    return tuple(Move(
        at=each.updated_at or each.created_at,
        kind=each.migration_type or 'migration', status=each.status or '',
        source=each.source_compute or '', target=each.dest_compute or '',
        flavors=(each.old_instance_type_id, each.new_instance_type_id))
        for each in session.query(
            move.updated_at, move.created_at, move.migration_type,
            move.status, move.source_compute, move.dest_compute,
            move.old_instance_type_id, move.new_instance_type_id).filter(
            move.instance_uuid == uuid).order_by(
            move.created_at.desc(), move.id.desc()).limit(_NEWEST))
