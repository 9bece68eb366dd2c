# SPDX-License-Identifier: Apache-2.0

"""Time the work of a compute's device tracker, ours and Nova's, in one run.

    python -m benchmarks.tracker [--sizes 64 512 2048 4096] [--json FILE]
    python -m benchmarks.tracker --growth 9

The second form says how ours grows, from the shortest of 9 times: operations
of a few milliseconds are too noisy for one run to tell.

The host has groups of one PF and 15 VFs.  The database is a dictionary, the
same for both: what is timed is the work of nova-compute's process, in seconds
of processor time.  Compare ratios: Nova's time and ours are of one machine.
"""

import argparse
import contextlib
import gc
import json
import math
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from typing import Any
from unittest import mock

from nova import context
from nova import objects
from nova.conf import CONF
from nova.pci import manager
from oslo_utils import uuidutils

from nova_pci_ext.compute import tracker

SIZES = (64, 512, 2048, 4096)
GROUP = 16
SPEC = '{"vendor_id": "8086", "address": "*:*:*.*"}'
NUMBER_OF_CLAIMS = 5
GROWTH_SIZES = (512, 1024, 2048, 4096)


class Rows:
    """The ``pci_devices`` table of one compute node, in memory."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, Any]] = {}

    def all(self, _context: Any, _node: int) -> list[dict[str, Any]]:
        return [dict(row) for row in self._rows.values()]

    def update(self, _context: Any, _node: int, address: str,
               values: dict[str, Any]) -> dict[str, Any]:
        row = self._rows.setdefault(address, {
            'id': len(self._rows) + 1, 'created_at': None, 'updated_at': None,
            'deleted_at': None, 'deleted': False, 'dev_id': None,
            'label': None, 'instance_uuid': None, 'request_id': None,
            'numa_node': None, 'parent_addr': None, 'extra_info': '{}'})
        row.update(values)
        return dict(row)

    def destroy(self, _context: Any, _node: int, address: str) -> None:
        del self._rows[address]

    @contextlib.contextmanager
    def in_place(self) -> Iterator[None]:
        """Let Nova's objects use these rows."""
        prefix = 'nova.db.main.api.pci_device_'
        with mock.patch(f'{prefix}get_all_by_node', self.all), \
                mock.patch(f'{prefix}update', self.update), \
                mock.patch(f'{prefix}destroy', self.destroy):
            yield


def report(size: int) -> str:
    """What the libvirt driver would report of a host with ``size`` devices."""
    devices: list[dict[str, Any]] = []
    for number in range(size):
        group, function = divmod(number, GROUP)
        bus = f'0000:{group:02x}'
        parent = f'{bus}:00.0'
        device = {
            'dev_id': f'pci_{number}', 'vendor_id': '8086',
            'numa_node': group % 2, 'label': 'label_8086_1520',
            'capabilities': {'network': ['rx', 'tx', 'sg', 'tso', 'gso']}}
        if function == 0:
            device.update(address=parent, dev_type='type-PF',
                          product_id='1521', parent_addr=None)
        else:
            device.update(address=f'{bus}:{function:02x}.0',
                          dev_type='type-VF', product_id='1520',
                          parent_addr=parent, parent_ifname=f'eth{group}')
        devices.append(device)
    return json.dumps(devices)


def requests(count: int, uuid: str) -> Any:
    """Requests of an instance for a number of VFs."""
    return objects.InstancePCIRequests(instance_uuid=uuid, requests=[
        objects.InstancePCIRequest(
            count=count, request_id=uuidutils.generate_uuid(),
            spec=[{'vendor_id': '8086', 'product_id': '1520'}])])


def instance(uuid: str) -> Any:
    return objects.Instance(uuid=uuid, pci_devices=objects.PciDeviceList())


class Run:
    """The operations on one host, in the order in which they happen."""

    def __init__(self, make: Callable[[Any, Any], Any], size: int) -> None:
        self._make = make
        self._size = size
        self._context = context.get_admin_context()
        self._node = objects.ComputeNode(id=1, numa_topology=None)
        self.seconds: dict[str, float] = {}

    def run(self) -> dict[str, float]:
        with Rows().in_place():
            tracked = self._make(self._context, self._node)
            text = report(self._size)
            self._time('first sync', lambda: self._sync(tracked, text))
            self._time('resync', lambda: self._sync(tracked, text))
            self._time('start with rows', lambda: self._start(text))
            self._time('publish pools', tracked.stats.to_device_pools_obj)
            guests = [instance(uuidutils.generate_uuid())
                      for _ in range(NUMBER_OF_CLAIMS)]
            self._time('one instance claim', lambda: [
                self._claim_one(tracked, guest) for guest in guests],
                NUMBER_OF_CLAIMS)
            self._time('one instance free', lambda: [
                self._free(tracked, guest) for guest in guests],
                NUMBER_OF_CLAIMS)
            guest = instance(uuidutils.generate_uuid())
            self._time('claim of an eighth', lambda: tracked.claim_instance(
                self._context, requests(self._size // 8, guest.uuid), None))
            tracked.allocate_instance(guest)
            tracked.save(self._context)
            self._time('free all', lambda: self._free(tracked, guest))
            # The last, for Nova leaves the devices in the wrong pools.
            changed = self._changed(text)
            self._time('resync, all changed',
                       lambda: self._sync(tracked, changed))
        return self.seconds

    def _time(self, name: str, work: Callable[[], Any],
              times: int = 1) -> None:
        gc.collect()
        begin = time.process_time()
        work()
        self.seconds[name] = (time.process_time() - begin) / times

    def _sync(self, tracked: Any, text: str) -> None:
        tracked.update_devices_from_hypervisor_resources(text)
        tracked.save(self._context)

    def _changed(self, text: str) -> str:
        """Every device with its NUMA node changed."""
        devices = json.loads(text)
        for device in devices:
            device['numa_node'] = 1 - device['numa_node']
        return json.dumps(devices)

    def _start(self, text: str) -> None:
        again = self._make(self._context, self._node)
        again.update_devices_from_hypervisor_resources(text)

    def _claim_one(self, tracked: Any, guest: Any) -> None:
        """What ResourceTracker.instance_claim has the tracker do."""
        wanted = requests(2, guest.uuid)
        if not tracked.stats.support_requests(wanted.requests, None):
            raise AssertionError('the devices do not fit')
        tracked.claim_instance(self._context, wanted, None)
        tracked.update_pci_for_instance(self._context, guest, sign=1)
        tracked.stats.to_device_pools_obj()
        tracked.stats.to_device_pools_obj()
        tracked.save(self._context)

    def _free(self, tracked: Any, guest: Any) -> None:
        tracked.update_pci_for_instance(self._context, guest, sign=-1)
        tracked.stats.to_device_pools_obj()
        tracked.save(self._context)


def slope(times: dict[int, float]) -> float:
    """The power of the size with which the time grows, 512 to 4096."""
    return math.log(times[4096] / times[512]) / math.log(4096 / 512)


def measure(sizes: list[int]) -> dict[str, dict[str, dict[int, float]]]:
    makers = {'ours': tracker.PciDevTracker, 'nova': manager.PciDevTracker}
    found: dict[str, dict[str, dict[int, float]]] = {}
    for size in sizes:
        for name, make in makers.items():
            for operation, seconds in Run(make, size).run().items():
                found.setdefault(operation, {}).setdefault(
                    name, {})[size] = seconds
            print(f'{name} with {size} devices done', file=sys.stderr)
    return found


def measure_growth(repetitions: int) -> dict[str, dict[int, float]]:
    """The shortest time of each operation of ours at each size.

    The sizes take turns, so that a busy minute is one of all of them.
    """
    shortest: dict[str, dict[int, float]] = {}
    for _ in range(repetitions):
        for size in GROWTH_SIZES:
            for operation, seconds in Run(
                    tracker.PciDevTracker, size).run().items():
                times = shortest.setdefault(operation, {})
                times[size] = min(seconds, times.get(size, seconds))
    return shortest


def show_growth(shortest: dict[str, dict[int, float]]) -> None:
    print(f'{"operation, ours, ms":22}', *(
        f'{size:9}' for size in GROWTH_SIZES), '   power')
    for operation, times in shortest.items():
        print(f'{operation:22}', *(
            f'{times[size] * 1000:9.3f}' for size in GROWTH_SIZES),
            f'{slope(times):8.2f}')


def show(found: dict[str, dict[str, dict[int, float]]],
         sizes: list[int]) -> None:
    print(f'{"operation":22}{"devices":>8}{"Nova, s":>11}{"ours, s":>11}'
          f'{"ratio":>8}')
    for operation, times in found.items():
        for size in sizes:
            nova, ours = times['nova'][size], times['ours'][size]
            print(f'{operation:22}{size:8}{nova:11.4f}{ours:11.4f}'
                  f'{nova / ours:8.0f}')
        if {512, 4096} <= set(sizes):
            print(f'{"":22}grows with size to the power: Nova '
                  f'{slope(times["nova"]):.2f}, ours '
                  f'{slope(times["ours"]):.2f}')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--sizes', nargs='+', type=int, default=list(SIZES))
    parser.add_argument('--json', help='write the seconds to this file')
    parser.add_argument('--growth', type=int, metavar='TIMES',
                        help='measure only ours, so many times')
    args = parser.parse_args()
    objects.register_all()
    CONF([], project='nova', default_config_files=[])
    CONF.set_override('device_spec', [SPEC], 'pci')
    if args.growth:
        show_growth(measure_growth(args.growth))
        return
    found = measure(args.sizes)
    show(found, args.sizes)
    if args.json:
        with open(args.json, 'w', encoding='utf-8') as file:
            json.dump(found, file, indent=1)


if __name__ == '__main__':
    main()
