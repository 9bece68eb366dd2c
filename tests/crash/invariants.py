# SPDX-License-Identifier: Apache-2.0

"""What must be true of all devices, whenever nova-compute has started."""

import collections
from collections.abc import Iterator
from typing import Any

from nova import context as nova_context
from nova import objects

from nova_pci_ext.quickstart import observe
from tests.crash import scene

OWNED = {'claimed', 'allocated'}
DEPENDENT = {'unavailable', 'unclaimable'}


def breaches(cloud: scene.Cloud) -> Iterator[str]:
    """Yield a line for each invariant that does not hold."""
    admin = nova_context.get_admin_context()
    servers = {server.uuid: server for server in
               objects.InstanceList.get_by_filters(
                   admin, {'deleted': False},
                   expected_attrs=['flavor', 'pci_requests'])}
    rows = observe.pci_rows()
    for host in scene.HOSTS:
        devices = {row.address: row for row in rows[host]}
        for line in (
                *_wrong_set(host, devices), *_wrong_owners(devices, servers),
                *_wrong_families(devices),
                *_wrong_tracker(cloud.computes[host], devices),
                *_wrong_published(admin, host, devices)):
            yield f'{host}: {line}'
    yield from _wrong_servers(servers.values(), rows)


def _wrong_set(host: str, devices: dict[str, Any]) -> Iterator[str]:
    """available + owned + dependent = all, and no device is lost."""
    recorded = {str(device.address)
                for device in scene.host_inventory(host).devices}
    if recorded != set(devices):
        yield f'devices {sorted(recorded ^ set(devices))} are lost or foreign'
    for address, row in devices.items():
        if row.status not in {'available'} | OWNED | DEPENDENT:
            yield f'{address} is {row.status}'


def _wrong_owners(
    devices: dict[str, Any], servers: dict[str, Any],
) -> Iterator[str]:
    """An owned device has one owner, which exists; any other has none."""
    for address, row in devices.items():
        if (row.status in OWNED) is not bool(row.instance_uuid):
            yield f'{address} is {row.status} of {row.instance_uuid}'
        if row.instance_uuid and row.instance_uuid not in servers:
            yield f'{address} is held for {row.instance_uuid}, which is gone'


def _wrong_families(devices: dict[str, Any]) -> Iterator[str]:
    """A PF and one of its VFs are never both owned.

    A device of a family can be had exactly if no relative that excludes it
    is owned.
    """
    for address, row in devices.items():
        relatives = [
            other for other in devices.values()
            if other.address == row.parent_addr
            or other.parent_addr == address]
        taken = [other.address for other in relatives
                 if other.status in OWNED]
        if taken and row.status not in DEPENDENT:
            yield f'{address} is {row.status}, while {taken} are owned'
        if row.status in DEPENDENT and not taken:
            yield f'{address} is {row.status}, and no relative is owned'


def _wrong_tracker(compute: Any, devices: dict[str, Any]) -> Iterator[str]:
    """Memory, pools and rows say the same."""
    tracked = compute.manager.rt.pci_tracker
    memory = {dev.address: (dev.status, dev.instance_uuid)
              for dev in tracked.pci_devs}
    stored = {address: (row.status, row.instance_uuid)
              for address, row in devices.items()}
    differ = set(memory.items()) ^ set(stored.items())
    if differ:
        yield f'memory and rows differ: {sorted(differ, key=str)}'
    free = sorted(dev.address for dev in tracked.stats.get_free_devs())
    available = sorted(address for address, row in devices.items()
                       if row.status == 'available')
    if free != available:
        yield f'the pools have {free}, available are {available}'


def _wrong_published(
    admin: Any, host: str, devices: dict[str, Any],
) -> Iterator[str]:
    """What the scheduler sees is what there is."""
    node = objects.ComputeNode.get_first_node_by_host_for_old_compat(
        admin, host)
    published = collections.Counter()
    for pool in node.pci_device_pools or ():
        published[pool.product_id] += pool.count
    there = collections.Counter(
        row.product_id for row in devices.values()
        if row.status == 'available')
    if published != there:
        yield f'published {dict(published)}, available {dict(there)}'


def _wrong_servers(
    servers: Any, rows: dict[str, list[Any]],
) -> Iterator[str]:
    """A running server has exactly the devices of its flavor on its host."""
    for server in servers:
        if server.vm_state == 'active' and server.task_state is None:
            had = sorted(row.address for row in rows[server.host]
                         if row.instance_uuid == server.uuid)
            wanted = scene.DEVICES_OF[server.flavor.name]
            if len(had) != wanted:
                yield (f'server of flavor {server.flavor.name} on '
                       f'{server.host} has {had}')
