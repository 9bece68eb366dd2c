# SPDX-License-Identifier: Apache-2.0

"""How nova-scheduler reads the rows of hosts and of their services.

Of a row that is as it was, or that differs in plain numbers, no column is
converted again (``novaobj.kept_rows``), and the text of its pools is the one
that is kept: that of the row goes with the row.

A list of Nova knows the object that it is a field of, which is a cycle, so
that all rows of a request would wait for a garbage collection.  Here it does
not know it.
"""

import typing

from nova.objects import compute_node
from nova.objects import pci_device_pool
from nova.objects import service

from nova_pci_ext.novaobj import kept_rows
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import wrapping
from nova_pci_ext.scheduler import host_cache

Columns = kept_rows.Columns
Function = wrapping.Function


def install() -> None:
    """Wrap Nova's functions in this process, once."""
    wrapping.install(HOOKS)


def _pools(text: object, columns: Columns) -> Columns | None:
    """Return the pools of a row, which stay text."""
    if text is None:
        return {'_obj_pci_device_pools': None}
    if type(text) is not str:
        return None
    return {'_obj_pci_device_pools': pci_device_pool.from_pci_stats(
        host_cache.WORKER.kept_text(columns.get('host'), text))}


def _topology(text: object, columns: Columns) -> Columns | None:
    """Return the column of a topology, None for one of an old compute.

    Nova's object has the text too.
    """
    if text is not None and (
            type(text) is not str
            or (text and 'nova_object.name' not in text)):
        return None
    return {'_obj_numa_topology': text}


def _of_node_alone(columns: Columns) -> bool:
    """Whether Nova makes an object of nothing but the row.

    It fills in ratios that are missing, and the host of an old service.
    """
    return all([columns.get(name) for name in (
        'host', 'cpu_allocation_ratio', 'ram_allocation_ratio',
        'disk_allocation_ratio')]) and columns.get('mapped') is not None


_NODE = kept_rows.Kind(
    key='uuid', is_plain=_of_node_alone, size=6_000,
    texts={'pci_stats': _pools, 'numa_topology': _topology},
    plain=frozenset((
        'created_at', 'updated_at', 'vcpus', 'memory_mb', 'local_gb',
        'vcpus_used', 'memory_mb_used', 'local_gb_used', 'free_ram_mb',
        'free_disk_gb', 'current_workload', 'running_vms', 'cpu_info',
        'disk_available_least', 'metrics')))
_SERVICE = kept_rows.Kind(
    key='uuid', is_plain=lambda columns: True, size=3_000, texts={},
    plain=frozenset((
        'created_at', 'updated_at', 'report_count', 'last_seen_up',
        'disabled', 'disabled_reason', 'forced_down')))


def _nodes(original: Function) -> Function:
    rows = kept_rows.KeptRows(_NODE, lambda: host_cache.WORKER.nodes)

    def _from_db_object(context: object, compute: protocols.VersionedObject,
                        db_compute: object) -> object:
        return rows.read(original, context, compute, db_compute)
    return _from_db_object


def _services(original: Function) -> Function:
    rows = kept_rows.KeptRows(_SERVICE,
                              lambda: host_cache.WORKER.services)

    def _from_db_object(context: object, service: protocols.VersionedObject,
                        db_service: object) -> object:
        return rows.read(original, context, service, db_service)
    return _from_db_object


class _List(typing.Protocol):
    """A list of objects, as Nova returns it."""

    objects: list[object]


def _without_cycle(original: Function) -> Function:
    def read(*args: object, **kwargs: object) -> object:
        found = original(*args, **kwargs)
        vars(typing.cast('_List', found).objects).update(_obj=None)
        return found
    return read


#: (where, name, what makes ours of Nova's function)
HOOKS: tuple[wrapping.Wrapping, ...] = (
    (compute_node.ComputeNodeList, 'get_all', _without_cycle),
    (compute_node.ComputeNodeList, 'get_all_by_uuids', _without_cycle),
    (service.ServiceList, 'get_by_binary', _without_cycle),
    (compute_node.ComputeNode, '_from_db_object', _nodes),
    (service.Service, '_from_db_object', _services),
)
