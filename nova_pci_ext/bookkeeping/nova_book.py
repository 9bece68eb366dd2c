# SPDX-License-Identifier: Apache-2.0

"""Nova's book: nodes, rows, instances and moves, from the cell databases.

Columns are read, and no objects: what Nova itself cannot read is what is
looked for.
"""

import contextlib
import dataclasses
import datetime
import itertools
import json
import typing
from collections.abc import Collection
from collections.abc import Container
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol
from typing import TypeVar

import sqlalchemy
from nova import context as nova_context
from nova import objects
from nova.db.main import api as main_db
from nova.db.main import models
from nova.objects import pci_device_pool
from sqlalchemy import orm

from nova_pci_ext import exceptions
from nova_pci_ext.auditing.books import Instance
from nova_pci_ext.auditing.books import Membership
from nova_pci_ext.auditing.books import Migration
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Pool
from nova_pci_ext.auditing.books import Request
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.handing_out import host_counts
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.novaobj import charges
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import placed
from nova_pci_ext.novaobj import release_notes
from nova_pci_ext.novaobj.protocols import CellMapping
from nova_pci_ext.novaobj.protocols import InstancePCIRequest
from nova_pci_ext.parsing import device_sets

_T = TypeVar('_T')


class _NodeColumns(Protocol):
    """What is asked of ``compute_nodes``."""

    id: int
    host: str | None
    hypervisor_hostname: str | None
    uuid: str | None
    pci_stats: str | None


class _DeviceColumns(Protocol):
    """What is asked of ``pci_devices``."""

    id: int
    compute_node_id: int
    address: str
    parent_addr: str | None
    dev_type: str
    vendor_id: str
    product_id: str
    numa_node: int | None
    status: str
    instance_uuid: str | None
    request_id: str | None
    extra_info: str | None
    updated_at: datetime.datetime | None


class _InstanceColumns(Protocol):
    """What is asked of ``instances`` and ``instance_extra``."""

    uuid: str
    host: str | None
    vm_state: str | None
    task_state: str | None
    pci_requests: str | None
    flavor: str | None

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
        nodes = [_node(cell.uuid, each, disabled) for each in _nodes(
            session, host, node.pci_stats)]
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
        yield _row(cell.uuid, each)


def _disabled(session: orm.Session) -> frozenset[str]:
    """Return the hosts whose nova-compute gets no new servers."""
    service = models.Service
    return frozenset(each.host for each in session.query(service.host).filter(
        service.deleted == 0, service.binary == 'nova-compute',
        service.disabled == sqlalchemy.true()))


def _nodes(session: orm.Session, host: str | None,
           *more: object) -> 'orm.Query[_NodeColumns]':
    """Ask for nodes, and perhaps for more of their columns."""
    node = models.ComputeNode
    asked = typing.cast('orm.Query[_NodeColumns]', session.query(
        node.id, node.host, node.hypervisor_hostname, node.uuid,
        *typing.cast(Sequence[typing.Any], more)).filter(node.deleted == 0))
    return asked if host is None else asked.filter(node.host == host)


def _rows(session: orm.Session) -> 'orm.Query[_DeviceColumns]':
    device = models.PciDevice
    asked: orm.Query[_DeviceColumns] = session.query(
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
    return tuple(_row(row.cell, each) for each in found)


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
            found[each.uuid] = _instance(cell.uuid, each)
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


def _node(cell: str, row: _NodeColumns, disabled: Container[str]) -> Node:
    return Node(cell=cell, id=row.id, host=row.host or '',
                name=row.hypervisor_hostname or '', uuid=row.uuid or '',
                disabled=row.host in disabled, pools=_pools(row.pci_stats))


def _pools(text: str | None) -> tuple[Pool, ...] | None:
    try:
        return tuple(Pool(
            vendor_id=pool.vendor_id, product_id=pool.product_id,
            dev_type=pool.tags['dev_type'], count=pool.count,
            numa_node=pool.numa_node if 'numa_node' in pool else None)
            for pool in pci_device_pool.from_pci_stats(text))
    except Exception:
        # Whatever Nova's reader raises, it cannot read them.
        return None


def _row(cell: str, row: _DeviceColumns) -> Row:
    read = extra_info(row.extra_info)
    more = read or {}
    provider = more.get('rp_uuid')
    charge, charged = charges.noted(more)
    return Row(
        cell=cell, id=row.id, node_id=row.compute_node_id,
        address=row.address, parent=row.parent_addr, dev_type=row.dev_type,
        vendor_id=row.vendor_id, product_id=row.product_id,
        numa_node=row.numa_node, status=row.status, owner=row.instance_uuid,
        request_id=row.request_id, provider=str(provider) if provider
        else None, managed=more.get('managed') != 'false',
        drained=drain_notes.reason(more), held=device_facts.held(more),
        updated=row.updated_at.isoformat() if row.updated_at else None,
        unhealthy=drain_notes.unhealthy(more),
        unclean=release_notes.unclean(more),
        groups=_groups(more), noted=read is not None, charge=charge,
        charged=charged)


def _groups(more: Mapping[str, object]) -> tuple[Membership, ...]:
    place = placed.tags({key: text for key, text in more.items()
                         if isinstance(text, str)})
    return tuple(Membership(type=kind, group=group)
                 for kind, group in host_counts.groups_of(place))


def extra_info(text: str | None) -> Mapping[str, object] | None:
    """Return the column ``extra_info`` of a row, None where it is broken."""
    try:
        found = json.loads(text or '{}')
    except (RecursionError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _instance(cell: str, row: _InstanceColumns) -> Instance:
    return Instance(
        cell=cell, uuid=row.uuid, host=row.host, vm_state=row.vm_state or '',
        task_state=row.task_state,
        requests=_requests(row.uuid, row.pci_requests, row.flavor))


def _requests(uuid: str, text: str | None,
              flavor: str | None) -> tuple[Request, ...] | None:
    try:
        found = objects.InstancePCIRequests.obj_from_db(
            None, uuid, text).requests
        return tuple(
            Request(request_id=each.request_id or '', count=each.count,
                    port=each.requester_id or None, takes=takes)
            for each, takes in zip(
                found, _takes(found, flavor), strict=True))
    except Exception:
        # Whatever Nova's reader raises, it cannot read them.
        return None


def _takes(requests: Sequence[InstancePCIRequest],
           flavor: str | None) -> Sequence[int | None]:
    """Return what each request takes of the bandwidth budgets of PFs.

    :param flavor: as Nova keeps it with an instance, None where it takes
        nothing
    """
    if flavor is None:
        return [0] * len(requests)
    try:
        return charges.by_flavor(objects.Flavor.obj_from_primitive(
            json.loads(flavor)['cur']), requests)
    except exceptions.ConfigErrors:
        return [None] * len(requests)


def cell(uuid: str) -> CellMapping:
    """Return a cell by its UUID."""
    found: CellMapping = objects.CellMapping.get_by_uuid(
        nova_context.get_admin_context(), uuid)
    return found
