# SPDX-License-Identifier: Apache-2.0

"""Filter and weigher as a cloud asks them: different hosts, many flavors.

Every host has other free devices than every other. Servers of ten flavors
come at random, and between two of them a few hosts change. Each request is
timed whole, over all hosts: our filter and our weigher on rows that the host
manager read, with the reading of the pools that Nova's statistics would do;
then Nova's filter and weigher on the same hosts, with that reading. Prints
processor milliseconds a request: the first, the median and the slowest of the
steady ones, and their ratio, worst ratio last.

    python -m benchmarks.flavors --hosts 1000 5000 --pools 16 64
"""

import argparse
import random
import statistics
import time
import types
import uuid

from nova import objects
from nova.pci import stats as nova_stats
from nova.scheduler.filters import pci_passthrough_filter
from nova.scheduler.weights import pci as nova_pci_weigher

from benchmarks import filter as filter_bench
from benchmarks import weigher as weigher_bench
from nova_pci_ext import stats
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import weights

FLAVORS = 10
#: Requests that are not counted: each flavor, and rows that settle.
WARM_UP = 3 * FLAVORS


class Side:
    """A filter, a weigher and the statistics that they read."""

    def __init__(self, filter_, weigher, make):
        self._filter, self._weigher, self._make = filter_, weigher, make

    def milliseconds(self, rows, ages, spec):
        """Return the processor time of one request."""
        states = []
        begin = time.process_time()
        for number, row in enumerate(rows):
            state = filter_bench.host_state(
                number, self._make, row, None, [{'mappings': {}}])
            state.updated = ages[number]
            states.append(state)
        passed = list(self._filter.filter_all(states, spec))
        self._weigher.weigh_objects(
            [types.SimpleNamespace(obj=state) for state in passed], spec)
        return (time.process_time() - begin) * 1e3, len(passed)


def flavor(number):
    """Return the request of a flavor; every second has a port too."""
    requests = [objects.InstancePCIRequest(
        count=1 + number % 3, alias_name=f'a{number}', numa_policy='legacy',
        request_id=str(uuid.uuid4()),
        spec=[{'vendor_id': '10de', 'product_id': '20b0'}])]
    if number % 2:
        requests.append(objects.InstancePCIRequest(
            count=1, request_id=str(uuid.uuid4()),
            requester_id=str(uuid.uuid4()),
            spec=[{'physical_network': f'physnet{number % 3}'}]))
    found = objects.RequestSpec(
        pci_requests=objects.InstancePCIRequests(requests=requests))
    found.flavor = objects.Flavor(vcpus=1 + number // 2,
                                  memory_mb=2048 << number % 4)
    return found


def sides():
    """Return ours, with caches of its own, and Nova's."""
    ours = weights.PciFitWeigher()
    filter_ = filter_bench.Ours()
    ours._hosts = filter_._cache = host_cache.HostCache()
    return (Side(filter_, ours, stats.PciDeviceStats),
            Side(pci_passthrough_filter.PciPassthroughFilter(),
                 nova_pci_weigher.PCIWeigher(), nova_stats.PciDeviceStats))


def main():
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--hosts', type=int, nargs='+', default=[1000, 5000])
    parser.add_argument('--pools', type=int, nargs='+', default=[16, 64])
    parser.add_argument('--requests', type=int, default=100)
    parser.add_argument('--nova-requests', type=int, default=5)
    options = parser.parse_args()
    objects.register_all()
    print('hosts pools  ours first   median  slowest   nova median   ratio '
          'worst')
    for hosts in options.hosts:
        for pools in options.pools:
            print(line(hosts, pools, options), flush=True)


def line(hosts, pools, options):
    """Measure one size."""
    chance = random.Random(0)
    rows = weigher_bench.rows_of(hosts, pools, alike=False)
    ages = [filter_bench.LONG_AGO] * hosts
    ours, nova = sides()
    spent = []
    for _ in range(WARM_UP + options.requests):
        for number in chance.sample(range(hosts), chance.randrange(4)):
            ages[number] += filter_bench.SECOND
            pool = chance.choice(rows[number].objects)
            pool.count = 1 + (pool.count + 1) % 8
        spec = flavor(chance.randrange(FLAVORS))
        spent.append(ours.milliseconds(rows, ages, spec))
    first, *_ = spent
    steady = [each for each, _ in spent[WARM_UP:]]
    theirs = [nova.milliseconds(rows, ages, flavor(number))
              for number in range(options.nova_requests)]
    novas = statistics.median(each for each, _ in theirs)
    median = statistics.median(steady)
    return (f'{hosts:5} {pools:5} {first[0]:11.1f} {median:8.1f} '
            f'{max(steady):8.1f} {novas:13.1f} {novas / median:7.1f} '
            f'{novas / max(steady):5.1f}')


if __name__ == '__main__':
    main()
