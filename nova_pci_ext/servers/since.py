# SPDX-License-Identifier: Apache-2.0

"""What has changed on the hosts since a moment, as far as rows tell.

A row has the time of its last change, and not what was before. So a device
that somebody has now, and whose row changed after the moment, was taken after
it; that it was free at the moment is likely, and no row says so.
"""

import collections
import dataclasses
import datetime
import functools

import sqlalchemy
from nova import context as nova_context
from nova import objects
from nova import servicegroup
from nova.db.main import models
from sqlalchemy import orm

from nova_pci_ext import exceptions
from nova_pci_ext.bookkeeping import nova_book
from nova_pci_ext.bookkeeping import nova_columns
from nova_pci_ext.explaining import databases
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj.protocols import CellMapping

# Owners of a host that are looked up by name.
_MOST_OWNERS = 200


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostChange:
    """What rows of one host tell.

    :ivar taken: (server, devices) that it has by a change since
    :ivar drained: (reason, devices) that are out of service by a change
        since; their rows may have changed for another reason
    :ivar freed: devices that are free, and whose rows have changed
    :ivar new: devices that are new, and free
    :ivar gone: devices that are not there any more
    :ivar disabled: why its service gets no new servers, None where it does
    :ivar down: when its service was last seen, '' for never; None where it
        runs
    :ivar joined: whether it is new itself
    """

    host: str
    taken: tuple[tuple[str, int], ...] = ()
    drained: tuple[tuple[str, int], ...] = ()
    freed: int = 0
    new: int = 0
    gone: int = 0
    disabled: str | None = None
    down: str | None = None
    joined: bool = False

    @property
    def tells(self) -> bool:
        """Whether there is anything to say."""
        return self != HostChange(host=self.host)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """All hosts of which there is something to say, by name.

    :ivar since: in UTC, without a zone
    :ivar unread: cells that do not answer, and why
    """

    since: datetime.datetime
    hosts: tuple[HostChange, ...]
    unread: tuple[str, ...] = ()


def read(since: datetime.datetime, server: str,
         host: str | None = None) -> Changes:
    """Read what has changed.

    :param server: whose own devices are left out
    :param host: of one host only, None for all
    :raises DiscoveryError: if the API database does not answer
    """
    found: list[HostChange] = []
    unread = []
    for cell in databases.ask(databases.API, nova_book.cells):
        try:
            found += databases.ask(
                f'database of cell {cell.name or cell.uuid}',
                functools.partial(_of_cell, cell, since, server))
        except exceptions.DiscoveryError as exc:
            unread.append(str(exc))
    return Changes(since=since, unread=tuple(unread), hosts=tuple(sorted(
        (each for each in found if each.tells and host in (None, each.host)),
        key=lambda each: each.host)))


def _of_cell(cell: CellMapping, since: datetime.datetime,
             server: str) -> list[HostChange]:
    with nova_book.targeted(cell) as session:
        found = _devices(session, since, server)
    admin = nova_context.get_admin_context()
    with nova_context.target_cell(admin, cell) as context:
        services = objects.ServiceList.get_by_binary(
            context, 'nova-compute', include_disabled=True)
    group = servicegroup.API()
    for each in services:
        seen = each.last_seen_up
        found[each.host] = dataclasses.replace(
            found.get(each.host, HostChange(host=each.host)),
            disabled=(each.disabled_reason or 'no reason given')
            if each.disabled else None,
            down=None if group.service_is_up(each) else (
                'forced down' if each.forced_down
                else f'last seen {seen:%Y-%m-%d %H:%M:%S} UTC' if seen
                else 'never seen'),
            joined=_naive(each.created_at) > since)
    return list(found.values())


def _naive(when: datetime.datetime | None) -> datetime.datetime:
    return when.replace(tzinfo=None) if when else datetime.datetime.min


def _devices(session: orm.Session, since: datetime.datetime,
             server: str) -> dict[str, HostChange]:
    """Return what the rows of devices tell, by host."""
    device, node = models.PciDevice, models.ComputeNode
    rows = session.query(
        node.host, device.instance_uuid, device.status, device.extra_info,
        device.created_at, device.deleted).join(
        node, node.id == device.compute_node_id).filter(sqlalchemy.or_(
            device.updated_at > since, device.created_at > since,
            device.deleted_at > since)).all()
    names = _names(session, {row.instance_uuid for row in rows
                             if row.instance_uuid} - {server})
    hosts: dict[str, _Counts] = collections.defaultdict(_Counts)
    for row in rows:
        count = hosts[row.host or '']
        drained = drain_notes.reason(
            nova_columns.extra_info(row.extra_info) or {})
        if row.deleted:
            count.gone += 1
        elif row.instance_uuid and row.status in OWNED:
            if row.instance_uuid != server:
                count.taken[names.get(row.instance_uuid,
                                      row.instance_uuid)] += 1
        elif drained is not None:
            count.drained[drained] += 1
        elif row.created_at and row.created_at > since:
            count.new += 1
        elif row.status == 'available':
            count.freed += 1
    return {host: HostChange(
        host=host, taken=tuple(sorted(count.taken.items())),
        drained=tuple(sorted(count.drained.items())), freed=count.freed,
        new=count.new, gone=count.gone) for host, count in hosts.items()}


class _Counts:
    def __init__(self) -> None:
        self.taken: collections.Counter[str] = collections.Counter()
        self.drained: collections.Counter[str] = collections.Counter()
        self.freed = self.new = self.gone = 0


def _names(session: orm.Session, owners: set[str]) -> dict[str, str]:
    """Return what people call the servers, with their UUIDs."""
    instance = models.Instance
    asked = sorted(owners)[:_MOST_OWNERS]
    return {each.uuid: f'{each.display_name} ({each.uuid})'
            for each in session.query(
                instance.uuid, instance.display_name).filter(
                instance.uuid.in_(asked)) if each.display_name}
