# SPDX-License-Identifier: Apache-2.0

"""Rows of ``compute_nodes.pci_stats`` that Nova itself cannot read.

Nova reads the rows of all hosts at once, and one that it cannot read ends the
request.  Guarded, what can be read of such a row is read, and an empty object
stands in the place of every other pool: ``damaged_pools`` leaves it out, and
who knows the host says so.

A row that is text is not read before somebody looks at it.
"""

import functools
from typing import Any

from nova.objects import pci_device_pool
from oslo_serialization import jsonutils

from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import row_objects
from nova_pci_ext.novaobj.row_pools import Reader


def guard() -> None:
    """Guard this process; a second call changes nothing."""
    read = pci_device_pool.from_pci_stats
    if getattr(read, 'read_pool', None) is not _read_pool:
        pci_device_pool.from_pci_stats = _later(guarded(read))


def _later(read: Reader) -> Reader:
    """Return a reader that leaves a text as it is until it is looked at."""
    @functools.wraps(read)
    def read_later(pci_stats: object) -> protocols.PciDevicePoolList:
        if type(pci_stats) is not str:
            return read(pci_stats)
        found: protocols.PciDevicePoolList = row_objects.PoolsOfRow.of(
            pci_stats, read)
        return found

    return read_later


def guarded(read: Reader) -> Reader:
    """Return a reader of rows that reads what can be read."""
    @functools.wraps(read)
    def read_row(row: Any) -> protocols.PciDevicePoolList:
        try:
            return read(row)
        except Exception:
            found: protocols.PciDevicePoolList = (
                pci_device_pool.PciDevicePoolList(
                    objects=[_read_pool(read, each) for each in _parts(row)]))
            return found

    read_row.read_pool = _read_pool  # type: ignore[attr-defined]
    return read_row


def _parts(row: Any) -> list[Any]:
    """Return the pools of a row, as far as it has any."""
    try:
        content = jsonutils.loads(row) if isinstance(row, str) else row
    except (ValueError, RecursionError):
        return [None]
    if isinstance(content, dict) and 'nova_object.data' in content:
        data = content['nova_object.data']
        content = data.get('objects') if isinstance(data, dict) else None
    return content if isinstance(content, list) else [None]


def _read_pool(read: Reader, part: Any) -> protocols.PciDevicePool:
    """Read one pool, in the row of its own that it once was in Nova."""
    try:
        if 'nova_object.data' in part:
            found: protocols.PciDevicePool = (
                pci_device_pool.PciDevicePool.obj_from_primitive(part))
            return found
        [alone] = read([part]).objects
    except Exception:
        empty: protocols.PciDevicePool = pci_device_pool.PciDevicePool()
        return empty
    return alone
