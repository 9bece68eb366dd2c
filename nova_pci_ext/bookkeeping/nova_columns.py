# SPDX-License-Identifier: Apache-2.0

"""What the columns of Nova's database say, each row by itself.

What cannot be read is said as such, and stops no other row.
"""

import datetime
import json
from collections.abc import Container
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Protocol

from nova import objects
from nova.objects import pci_device_pool

from nova_pci_ext import exceptions
from nova_pci_ext.auditing.books import Instance
from nova_pci_ext.auditing.books import Membership
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Pool
from nova_pci_ext.auditing.books import Request
from nova_pci_ext.auditing.books import Row
from nova_pci_ext.handing_out import host_counts
from nova_pci_ext.novaobj import charges
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import placed
from nova_pci_ext.novaobj import release_notes
from nova_pci_ext.novaobj.protocols import InstancePCIRequest


class NodeColumns(Protocol):
    """What is asked of ``compute_nodes``."""

    id: int
    host: str | None
    hypervisor_hostname: str | None
    uuid: str | None
    pci_stats: str | None


class DeviceColumns(Protocol):
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


class InstanceColumns(Protocol):
    """What is asked of ``instances`` and ``instance_extra``."""

    uuid: str
    host: str | None
    vm_state: str | None
    task_state: str | None
    pci_requests: str | None
    flavor: str | None


def read_node(cell: str, row: NodeColumns, disabled: Container[str]) -> Node:
    """Return a node; a row without a UUID or name is one too."""
    return Node(cell=cell, id=row.id, host=row.host or '',
                name=row.hypervisor_hostname or '', uuid=row.uuid or '',
                disabled=row.host in disabled, pools=read_pools(row.pci_stats))


def read_pools(text: str | None) -> tuple[Pool, ...] | None:
    """Return what a node has published, None where Nova cannot read it."""
    try:
        return tuple(Pool(
            vendor_id=pool.vendor_id, product_id=pool.product_id,
            dev_type=pool.tags['dev_type'], count=pool.count,
            numa_node=pool.numa_node if 'numa_node' in pool else None)
            for pool in pci_device_pool.from_pci_stats(text))
    except Exception:
        # Whatever Nova's reader raises, it cannot read them.
        return None


def read_row(cell: str, row: DeviceColumns) -> Row:
    """Return what a row of ``pci_devices`` says."""
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


def read_instance(cell: str, row: InstanceColumns) -> Instance:
    """Return an instance with what it asked for."""
    return Instance(
        cell=cell, uuid=row.uuid, host=row.host, vm_state=row.vm_state or '',
        task_state=row.task_state,
        requests=read_requests(row.uuid, row.pci_requests, row.flavor))


def read_requests(uuid: str, text: str | None,
              flavor: str | None) -> tuple[Request, ...] | None:
    """Return the requests of an instance, None where Nova cannot read them.

    :param flavor: as Nova keeps it with the instance, where it takes of
        budgets
    """
    try:
        found = objects.InstancePCIRequests.obj_from_db(
            None, uuid, text).requests
    except Exception:
        # Whatever Nova's reader raises, it cannot read them.
        return None
    return tuple(
        Request(request_id=each.request_id or '', count=each.count,
                port=each.requester_id or None, takes=takes)
        for each, takes in zip(found, _takes(found, flavor), strict=True))


def _takes(requests: Sequence[InstancePCIRequest],
           flavor: str | None) -> Sequence[int | None]:
    """Return what each request takes of the bandwidth budgets of PFs.

    :param flavor: as Nova keeps it with an instance, None where it takes
        nothing
    :returns: None for each where that cannot be read
    """
    if flavor is None:
        return [0] * len(requests)
    try:
        read = objects.Flavor.obj_from_primitive(json.loads(flavor)['cur'])
    except Exception:
        # Whatever Nova's reader raises, it cannot read the flavor.
        return [None] * len(requests)
    try:
        return charges.by_flavor(read, requests)
    except exceptions.ConfigErrors:
        return [None] * len(requests)
