# SPDX-License-Identifier: Apache-2.0

"""Whether the services agree on who owns which device.

Rows of ``pci_devices``, requests of servers, published pools, Placement's
allocations and the profiles of ports are read from the databases; the
services write them one after another, so they agree once nothing moves.
"""

import collections
from collections.abc import Iterator

from cloud import rest
from tests.cloud.records import DEPENDENT
from tests.cloud.records import Device
from tests.cloud.records import OWNED
from tests.cloud.records import Records
from tests.cloud.records import Server

# More than a minute: so often Nova ends guests whose servers are deleted.
TIMEOUT_S = 120
AT_REST = {'active', 'stopped', 'resized', 'paused', 'suspended'}


def assert_agreement(records: Records, timeout_s: float = TIMEOUT_S) -> None:
    """Fail unless all agree, now or when the last task has ended."""
    found: list[str] = []

    def agree() -> bool:
        found[:] = breaches(records)
        return not found
    try:
        rest.wait_until('agreement', agree, timeout_s)
    except rest.RestError:
        raise AssertionError('\n'.join(found)) from None


def breaches(records: Records) -> Iterator[str]:
    """Yield a line for everything that contradicts something else."""
    devices = records.devices()
    servers = {server.uuid: server for server in records.servers()}
    moving = records.migrations()
    yield from _wrong_owners(devices, servers, moving)
    yield from _wrong_families(devices)
    yield from _wrong_servers(devices, servers)
    yield from _wrong_pools(records, devices)
    yield from _wrong_ports(records, devices, servers)
    yield from _wrong_allocations(records, devices, servers, moving)


def _wrong_owners(
        devices: list[Device], servers: dict[str, Server],
        moving: dict[str, set[str]]) -> Iterator[str]:
    """An owned device has one owner, which lives on its host."""
    for each in devices:
        name = f'{each.host} {each.address}'
        if (each.status in OWNED) is not bool(each.owner):
            yield f'{name} is {each.status} of {each.owner}'
        if each.status not in OWNED | DEPENDENT | {'available'}:
            yield f'{name} is {each.status}'
        if each.owner and each.owner not in servers:
            yield f'{name} is leaked: {each.owner} is gone'
        elif each.owner and each.host not in {
                servers[each.owner].host, *moving.get(each.owner, ())}:
            yield (f'{name} belongs to {each.owner}, which is on '
                   f'{servers[each.owner].host}')


def doubly_owned(devices: list[Device]) -> Iterator[str]:
    """A PF and one of its VFs are never both owned, at no moment."""
    for child, parent in _families(devices):
        if {child.status, parent.status} <= OWNED:
            yield (f'{child.host}: {child.address} and its PF '
                   f'{parent.address} are both owned')


def _wrong_families(devices: list[Device]) -> Iterator[str]:
    """A VF is set aside for the owner of its PF alone."""
    yield from doubly_owned(devices)
    for child, parent in _families(devices):
        if child.status in DEPENDENT and parent.status not in OWNED:
            yield f'{child.host} {child.address} is {child.status} for nobody'


def _families(devices: list[Device]) -> Iterator[tuple[Device, Device]]:
    by_place = {(each.host, each.address): each for each in devices}
    for child in devices:
        parent = by_place.get((child.host, child.parent or ''))
        if parent is not None:
            yield child, parent


def _wrong_servers(devices: list[Device],
                   servers: dict[str, Server]) -> Iterator[str]:
    """A server has, of each request, exactly as many as it asked for."""
    had = collections.Counter(
        (each.host, each.owner, each.request_id)
        for each in devices if each.owner)
    for server in servers.values():
        if server.task_state is not None:
            yield f'server {server.uuid} is {server.task_state}'
        if server.task_state is None and server.vm_state in AT_REST:
            for request in server.requests:
                count = had[server.host, server.uuid, request['request_id']]
                if count != request['count']:
                    yield (f'server {server.uuid} on {server.host} has '
                           f'{count} of {request}')


def _wrong_pools(records: Records, devices: list[Device]) -> Iterator[str]:
    """What the scheduler sees is what there is."""
    free: dict[str, collections.Counter] = collections.defaultdict(
        collections.Counter)
    for each in devices:
        if each.status == 'available' and each.drained is None:
            free[each.host][each.kind] += 1
    for host, pools in records.pools().items():
        published = collections.Counter()
        for pool in pools:
            published[pool['vendor_id'], pool['product_id'],
                      pool['tags']['dev_type'],
                      pool['numa_node']] += pool['count']
        if +published != free[host]:
            yield f'{host} published {+published}, free are {free[host]}'


def _wrong_ports(records: Records, devices: list[Device],
                 servers: dict[str, Server]) -> Iterator[str]:
    """The profile of a port names the device of the port's request."""
    owned = {(each.owner, each.host, each.address): each.request_id
             for each in devices if each.owner}
    for port in records.ports():
        server = servers.get(port['device_id'])
        slot = port['profile'].get('pci_slot')
        if server is None or server.vm_state not in AT_REST:
            continue
        wanted = [request['request_id'] for request in server.requests
                  if request.get('requester_id') == port['id']]
        # A resized server still has devices on its old host.
        found = owned.get((server.uuid, server.host, slot))
        if wanted != ([found] if found else []):
            yield (f'port {port["id"]} of {server.uuid} names {slot}, its '
                   f'requests are {wanted}, the owner\'s is {found}')


def _wrong_allocations(
        records: Records, devices: list[Device], servers: dict[str, Server],
        moving: dict[str, set[str]]) -> Iterator[str]:
    """Placement knows nobody else, and the same devices as the tracker."""
    allocations = records.allocations()
    for each in allocations:
        if each['consumer'] not in servers and each['consumer'] not in moving:
            yield f'leaked in Placement: {each}'
    of_devices = collections.Counter()
    for each in allocations:
        if each['resource_class'].startswith('CUSTOM_PCI'):
            of_devices[each['consumer'], each['name']] += each['used']
    known = records.providers()
    wanted = collections.Counter(
        (each.owner, each.provider) for each in devices
        if each.owner in servers and each.provider in known
        and each.owner not in moving)
    consumers = {key: count for key, count in of_devices.items()
                 if key[0] not in moving}
    if consumers != wanted:
        yield (f'Placement has {consumers} for devices, '
               f'the trackers have {dict(wanted)}')
    hosted = {each['consumer'] for each in allocations
              if each['resource_class'] == 'VCPU'}
    for server in servers.values():
        if server.host and server.vm_state in AT_REST and (
                server.uuid not in hosted):
            yield f'server {server.uuid} has no allocation in Placement'
