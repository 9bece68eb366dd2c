# SPDX-License-Identifier: Apache-2.0

"""GPUs that are plugged into hosts for a while, and who holds them.

::

    host  node 0   a0 a1 a2 a3    each a provider of its own in Placement
          node 1   a4 a5 a6 a7
"""

import contextlib
import dataclasses
from collections.abc import Iterator
from collections.abc import Sequence

from cloud import hosts
from cloud import layout
from cloud import rest
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from tests.cloud.records import Records

HOSTS = ('igb-1', 'igb-2', 'plain-1')
ALIAS = 'a100'
PRODUCT = '20b5'
GPUS = tuple(Device(
    address=PciAddress.parse(f'0000:{0xa0 + number:02x}:00.0'),
    vendor_id='10de', product_id=PRODUCT, dev_type=DeviceType.PCI,
    numa_node=number // 4) for number in range(8))


@contextlib.contextmanager
def plugged(place: layout.Layout, records: Records,
            devices: Sequence[Device] = GPUS) -> Iterator[None]:
    """Let each of the hosts have some GPUs more, by default eight."""
    for host in HOSTS:
        found = hosts.recording(host)
        hosts.plug(place, host, dataclasses.replace(
            found, devices=(*found.devices, *devices)))
    _wait(records, len(HOSTS) * len(devices))
    try:
        yield
    finally:
        for host in HOSTS:
            hosts.plug(place, host, hosts.recording(host))
        _wait(records, 0)


def _wait(records: Records, number: int) -> None:
    """Wait until computes and Placement know so many GPUs."""
    names = {f'{host}_{gpu.address}'.upper()
             for host in HOSTS for gpu in GPUS}
    rest.wait_until(f'{number} GPUs', lambda: [
        sum(each.provider.upper() in names for each in records.devices()),
        sum(name.upper() in names for name in records.providers()),
    ] == [number] * 2)


def held(records: Records, consumer: str) -> list[str]:
    """Return the providers of GPUs that a consumer holds, a name a unit."""
    return sorted(
        each['name'] for each in records.allocations()
        if each['consumer'] == consumer
        and each['resource_class'].startswith('CUSTOM_PCI_10DE')
        for _ in range(each['used']))


def owned(records: Records, server_id: str, host: str | None) -> list[str]:
    """Return the providers of the GPUs that a server owns on a host."""
    return sorted(each.provider for each in records.devices()
                  if (each.owner, each.host) == (server_id, host))


def migration(records: Records, server_id: str) -> str:
    """Return what holds the source of the last move of a server."""
    return str(records.query(
        'SELECT uuid FROM nova.migrations '
        f"WHERE instance_uuid = '{server_id}' ORDER BY id DESC LIMIT 1",
    )[0]['uuid'])
