# SPDX-License-Identifier: Apache-2.0

"""Nova's book: nodes, rows, instances and moves, from the cell databases.

Columns are read, and no objects: what Nova itself cannot read is what is
looked for.
"""

import contextlib
import dataclasses
import datetime
import itertools
import typing
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import TypeVar

import sqlalchemy
from nova import context as nova_context
from nova import objects
from nova.db.main import api as main_db
from nova.db.main import models
from sqlalchemy import orm

from nova_pci_ext.auditing.books import Instance
from nova_pci_ext.auditing.books import Migration
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.bookkeeping import nova_columns
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.novaobj.protocols import CellMapping
from nova_pci_ext.parsing import device_sets

_T = TypeVar('_T')


#: What the flavor of an instance has that takes of the budgets of PFs.
_TAKES = device_sets.KEYS[SetRule.BANDWIDTH]
# Names in one question to a database, and rows in memory.
_MANY = 500
_AT_A_TIME = 1000
#: Of a move of which nothing is left to be done; ``done`` is an evacuation
#: whose source has not come back.
ENDED = ('confirmed', 'reverted', 'error', 'failed', 'completed',
         'cancelled')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CellBook:
    """What one cell has of nodes and rows."""

    nodes: tuple[Node, ...]
    rows: tuple[Row, ...]


def cells() -> list[CellMapping]:
    """Return the cells that have computes.

    One that is disabled gets no new servers; those that it has stay.
    """
    found = objects.CellMappingList.get_all(nova_context.get_admin_context())
    return [cell for cell in found if not cell.is_cell0()]


def read_devices(cell: CellMapping, host: str | None) -> CellBook:
    """Read nodes and rows of a cell.

    :param host: one host, None for all
    """
    with targeted(cell) as session:
        node = models.ComputeNode
        disabled = _disabled(session)
        nodes = [nova_columns.read_node(cell.uuid, each, disabled)
                 for each in _nodes(session, host, node.pci_stats)]
        known = {each.id for each in nodes}
        found = list(each_row(session, cell, None if host is None else known))
        lost = {row.node_id for row in found} - known
        for part in _parts(lost):
            nodes += [
                Node(cell=cell.uuid, id=each.id, host=each.host or '',
                     name=each.hypervisor_hostname or '',
                     uuid=each.uuid or '', deleted=True)
                for each in session.query(
                    node.id, node.host, node.hypervisor_hostname,
                    node.uuid).filter(node.id.in_(part))]
    return CellBook(nodes=tuple(nodes), rows=tuple(found))


def live_nodes(session: orm.Session, cell: CellMapping,
               host: str | None) -> tuple[Node, ...]:
    """Read the nodes of a cell without their pools.

    :param host: one host, None for all
    """
    disabled = _disabled(session)
    return tuple(
        Node(cell=cell.uuid, id=each.id, host=each.host or '',
             name=each.hypervisor_hostname or '', uuid=each.uuid or '',
             disabled=each.host in disabled)
        for each in _nodes(session, host))


def each_row(session: orm.Session, cell: CellMapping,
             nodes: Collection[int] | None = None) -> Iterator[Row]:
    """Yield the rows of a cell, a thousand of them in memory at a time.

    Nothing else can be asked of the session meanwhile.

    :param nodes: whose rows are read, None for all
    """
    rows = _rows(session)
    if nodes is not None:
        rows = rows.filter(models.PciDevice.compute_node_id.in_(nodes))
    for each in rows.yield_per(_AT_A_TIME):
        yield nova_columns.read_row(cell.uuid, each)


def _disabled(session: orm.Session) -> frozenset[str]:
    """Return the hosts whose nova-compute gets no new servers."""
    service = models.Service
    return frozenset(each.host for each in session.query(service.host).filter(
        service.deleted == 0, service.binary == 'nova-compute',
        service.disabled == sqlalchemy.true()))


def _nodes(session: orm.Session, host: str | None,
           *more: object) -> 'orm.Query[nova_columns.NodeColumns]':
    """Ask for nodes, and perhaps for more of their columns."""
    node = models.ComputeNode
    asked = typing.cast('orm.Query[nova_columns.NodeColumns]', session.query(
        node.id, node.host, node.hypervisor_hostname, node.uuid,
        *typing.cast(Sequence[typing.Any], more)).filter(node.deleted == 0))
    return asked if host is None else asked.filter(node.host == host)


def _rows(session: orm.Session) -> 'orm.Query[nova_columns.DeviceColumns]':
    device = models.PciDevice
    asked: orm.Query[nova_columns.DeviceColumns] = session.query(
        device.id, device.compute_node_id, device.address,
        device.parent_addr, device.dev_type, device.vendor_id,
        device.product_id, device.numa_node, device.status,
        device.instance_uuid, device.request_id, device.extra_info,
        device.updated_at).filter(device.deleted == 0)
    return asked


def hold_rows(session: orm.Session, row: Row, numbers: Collection[int],
              family: Collection[str]) -> tuple[Row, ...]:
    """Read rows that nobody else writes until the transaction ends.

    :param row: that is to be written
    :param numbers: of other rows
    :param family: addresses of which the row's node may have rows by now
    """
    device = models.PciDevice
    found = _rows(session).filter(sqlalchemy.or_(
        device.id.in_([row.id, *numbers]),
        sqlalchemy.and_(
            device.compute_node_id == row.node_id, sqlalchemy.or_(
                device.address.in_([row.address, *family]),
                device.parent_addr == row.address)))).with_for_update()
    return tuple(nova_columns.read_row(row.cell, each) for each in found)


def read_instances(cell: CellMapping, host: str | None,
                   named: Collection[str],
                   ) -> tuple[tuple[Instance, ...], tuple[Migration, ...]]:
    """Read instances and moves of a cell.

    :param host: whose instances are read, None for all
    :param named: instances and moves that other books name
    """
    found: dict[str, Instance] = {}
    moves: dict[str, Migration] = {}
    with targeted(cell) as session:
        instance, extra = models.Instance, models.InstanceExtra
        asked = session.query(
            instance.uuid, instance.host, instance.vm_state,
            instance.task_state, extra.pci_requests,
            # Flavors are long, and few take anything.
            sqlalchemy.case((extra.flavor.contains(_TAKES), extra.flavor),
                            else_=None).label('flavor')).outerjoin(
            extra, extra.instance_uuid == instance.uuid).filter(
            instance.deleted == 0)
        wanted = [asked if host is None else asked.filter(
            instance.host == host)]
        if host is not None:
            wanted += [asked.filter(instance.uuid.in_(part))
                       for part in _parts(named)]
        for each in itertools.chain(*wanted):
            found[each.uuid] = nova_columns.read_instance(cell.uuid, each)
        move = models.Migration
        asked = session.query(
            move.uuid, move.instance_uuid, move.source_compute,
            move.dest_compute, move.status).filter(move.deleted == 0)
        wanted = [asked.filter(move.status.not_in(ENDED))]
        wanted += [asked.filter(move.uuid.in_(part))
                   for part in _parts(named)]
        for each in itertools.chain(*wanted):
            moves[each.uuid] = Migration(
                uuid=each.uuid, instance=each.instance_uuid or '',
                hosts=tuple(filter(None, (each.source_compute,
                                          each.dest_compute))),
                ended=each.status in ENDED)
    return tuple(found.values()), tuple(moves.values())


def acted_on(cell: CellMapping, instances: Collection[str],
             since: datetime.datetime) -> tuple[str, ...]:
    """Return those with which a service has begun something, and not ended.

    Each service notes an event when it begins and when it ends. One that was
    killed notes no end.

    :param since: what began before it has come to nothing; in UTC, naive
    """
    action, event = models.InstanceAction, models.InstanceActionEvent
    with targeted(cell) as session:
        return tuple(sorted({
            each.instance_uuid for part in _parts(instances)
            for each in session.query(action.instance_uuid).join(
                event, event.action_id == action.id).filter(
                action.instance_uuid.in_(part), action.deleted == 0,
                event.deleted == 0, event.finish_time.is_(None),
                event.start_time >= since)}))


def in_flight(unknown: Collection[str],
              read: Collection[str]) -> tuple[str, ...]:
    """Return those that are on their way to a cell, or in another one.

    :param unknown: UUIDs that no cell that was read has
    :param read: UUIDs of the cells that were read
    """
    context = nova_context.get_admin_context()
    return tuple(sorted(
        mapping.instance_uuid for part in _parts(unknown)
        for mapping in objects.InstanceMappingList.get_by_instance_uuids(
            context, list(part))
        if not mapping.queued_for_delete
        and (mapping.cell_mapping is None
             or mapping.cell_mapping.uuid not in read)))


@contextlib.contextmanager
def targeted(cell: CellMapping) -> Iterator[orm.Session]:
    """Yield a session of the database of a cell that only reads."""
    admin = nova_context.get_admin_context()
    with nova_context.target_cell(admin, cell) as context:
        with main_db.get_context_manager(context).reader.using(
                context) as session:
            yield session


def _parts(names: Iterable[_T]) -> Iterator[list[_T]]:
    every = sorted(names, key=str)
    for begin in range(0, len(every), _MANY):
        yield every[begin:begin + _MANY]


def cell(uuid: str) -> CellMapping:
    """Return a cell by its UUID."""
    found: CellMapping = objects.CellMapping.get_by_uuid(
        nova_context.get_admin_context(), uuid)
    return found
