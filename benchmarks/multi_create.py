# SPDX-License-Identifier: Apache-2.0

"""Time to schedule the servers of one request to one host, and to claim them.

The host has eight PFs with VFs enough for all; each server asks for one VF.
``schedule`` asks the filter and takes the devices from the host state for one
server after the other, as a multi-create does; ``apart`` does so on a host
that publishes 900 pools of one device each; ``claim`` takes the devices out of
the pools of a compute.  Prints processor milliseconds, ours and Nova's.

    python -m benchmarks.multi_create --servers 100 200 400
"""

import argparse
import time
import uuid

from nova import objects
from nova.pci import stats as nova_stats
from nova.scheduler.filters import pci_passthrough_filter

from benchmarks import filter as filter_bench
from nova_pci_ext import stats
from tests import nova_hosts

PFS = 8
APART = 900


def request():
    """Return a request for one VF."""
    return objects.InstancePCIRequest(
        count=1, alias_name='a1', request_id=str(uuid.uuid4()),
        spec=[{'vendor_id': '8086', 'product_id': '0001',
               'dev_type': 'type-VF'}])


def devices(servers):
    """Return the VFs of the host."""
    return [nova_hosts.device(
        f'0000:{0x80 + number % PFS:02x}:{number // PFS // 8:02x}.'
        f'{number // PFS % 8}', parent=f'0000:{0x80 + number % PFS:02x}:1f.7')
        for number in range(servers + PFS)]


def apart():
    """Return pools of one device each."""
    return objects.PciDevicePoolList(objects=[objects.PciDevicePool(
        vendor_id='8086', product_id='0001', numa_node=0, count=1, tags={
            'dev_type': 'type-VF',
            'address': f'0000:{number // 32:02x}:{number % 32:02x}.0'})
        for number in range(APART)])


def schedule(filter_, make, published, servers):
    """Return the milliseconds to schedule servers to one host."""
    host = filter_bench.host_state(0, make, published, None, [
        {'mappings': {}}])
    specs = [objects.RequestSpec(
        pci_requests=objects.InstancePCIRequests(requests=[request()]))
        for _ in range(servers)]
    begin = time.process_time()
    for spec in specs:
        assert list(filter_.filter_all([host], spec)) == [host]
        host.pci_stats.apply_requests(spec.pci_requests.requests, {})
    return (time.process_time() - begin) * 1e3


def claim(pools, servers):
    """Return the milliseconds to claim the devices of servers."""
    requests = [request() for _ in range(servers)]
    begin = time.process_time()
    for each in requests:
        assert len(pools.consume_requests([each])) == 1
    return (time.process_time() - begin) * 1e3


def main():
    """Print a line for each number of servers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--servers', type=int, nargs='+',
                        default=[100, 200, 400])
    options = parser.parse_args()
    objects.register_all()
    print('servers  schedule ms: Nova     ours   apart ms: Nova     ours   '
          'claim ms: Nova     ours')
    for servers in options.servers:
        compute = nova_hosts.compute_stats(devices(servers))
        published = compute.to_device_pools_obj()
        theirs = nova_stats.PciDeviceStats(
            compute.numa_topology, dev_filter=compute.dev_filter)
        for dev in devices(servers):
            theirs.add_device(dev)
        times = [schedule(filter_, make, pools, servers)
                 for pools in (published, apart()) for filter_, make in (
                     (pci_passthrough_filter.PciPassthroughFilter(),
                      nova_stats.PciDeviceStats),
                     (filter_bench.Ours(), stats.PciDeviceStats))]
        print(f'{servers:7} {times[0]:18.0f} {times[1]:8.0f} '
              f'{times[2]:16.0f} {times[3]:8.0f} '
              f'{claim(theirs, servers):16.0f} {claim(compute, servers):8.0f}',
              flush=True)


if __name__ == '__main__':
    main()
