# SPDX-License-Identifier: Apache-2.0

"""Time of PciFitWeigher and of Nova's PCIWeigher, in one run.

Hosts and requests are those of ``benchmarks/filter.py``.  Prints processor
milliseconds for all hosts: Nova's weigher on statistics that its own host
manager read; ours on hosts that it sees for the first time, with the reading
of the pools; ours for a flavor that is new, on known hosts; and ours for the
next server of that flavor.  "real" hosts all differ, as computes publish
them; of the others, "alike" hosts differ in their Placement providers only,
"different" ones in their free devices too.

The second table is a worker's: ten flavors at random, of "real" hosts, one to
three hosts changed between two servers; the median and the 95th percentile of
the servers of its second half.

    python -m benchmarks.weigher --hosts 5000 --pools 4 16 64
"""

import argparse
import datetime
import itertools
import random
import statistics
import time
import types

from nova import objects
from nova.pci import stats as nova_stats
from nova.scheduler.weights import pci as nova_pci_weigher

from benchmarks import filter as filter_bench
from nova_pci_ext import stats
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import weights

SERVERS = 100
FLAVORS = [(count, networks) for count in (0, 1, 2, 4) for networks in (
    (), ('physnet1',), ('physnet1', 'physnet2'))][1:11]


def rows_of(hosts, pools, cloud):
    """Return the published pools of each host."""
    rows = filter_bench.rows_of(hosts, pools, cloud)
    if cloud == 'different':
        for number, row in enumerate(rows):
            for place, pool in enumerate(row.objects):
                pool.count += number >> place % 13 & 1
    return rows


def spec_obj(count, networks):
    """Return a request for accelerators and ports."""
    spec = filter_bench.spec_of(count, networks)
    spec.flavor = objects.Flavor(vcpus=4, memory_mb=4096)
    return spec


def weighed(make, rows, ages):
    """Return hosts as the scheduler has them for one request."""
    found = []
    for number, row in enumerate(rows):
        state = filter_bench.host_state(
            number, make, row, None, [{'mappings': {'': ['host']}}])
        state.updated = ages[number]
        state.vcpus_total = 256
        state.free_ram_mb = state.total_usable_ram_mb = 2 << 20
        found.append(types.SimpleNamespace(obj=state))
    return found


def milliseconds(weigher, hosts, spec):
    """Return the processor time to weigh all hosts for a server."""
    begin = time.process_time()
    found = weigher.weigh_objects(hosts, spec)
    spent = time.process_time() - begin
    assert len(found) == len(hosts)
    return spent * 1e3


def ours():
    """Return our weigher, with nothing known."""
    found = weights.PciFitWeigher()
    found._hosts = host_cache.HostCache()
    return found


def each_once(options):
    """Print a line for each size and request."""
    print('hosts pools  nova ms  new hosts ms  new flavor ms  again ms')
    for pools, cloud, asked in itertools.product(
            options.pools, ('real', 'alike', 'different'),
            ((1, ()), (2, ('physnet1', 'physnet2')))):
        rows = rows_of(options.hosts, pools, cloud)
        ages = [filter_bench.LONG_AGO] * len(rows)
        nova = statistics.median(milliseconds(
            nova_pci_weigher.PCIWeigher(),
            weighed(nova_stats.PciDeviceStats, rows, ages),
            spec_obj(*asked)) for _ in range(3))

        def time_of(weigher, asked, rows=rows, ages=ages):
            return milliseconds(weigher, weighed(
                stats.PciDeviceStats, rows, ages), spec_obj(*asked))

        new = time_of(ours(), asked)
        kept = ours()
        for _ in range(3):
            time_of(kept, (0, ('physnet3',)))
        flavor = time_of(kept, asked)
        again = statistics.median(time_of(kept, asked) for _ in range(5))
        print(f'{options.hosts:5} {pools:5} {nova:8.1f} {new:13.1f} '
              f'{flavor:14.1f} {again:9.1f}  {again / nova:4.1f} times; '
              f'{cloud}, {asked}', flush=True)


def worker(options):
    """Print a line for each size: ten flavors at random, hosts change."""
    print('hosts pools  nova ms  p95 ms  ours ms  p95 ms  times Nova')
    for pools in options.pools:
        dice = random.Random(0)
        rows = rows_of(options.hosts, pools, 'real')
        ages = [filter_bench.LONG_AGO] * len(rows)
        weigher, nova_weigher = ours(), nova_pci_weigher.PCIWeigher()
        times = []
        for server in range(SERVERS):
            for number in dice.sample(range(len(rows)), dice.randint(1, 3)):
                rows[number] = filter_bench.as_computes_do(
                    pools, len(rows) * (server + 1) + number)
                ages[number] += datetime.timedelta(seconds=1)
            asked = dice.choice(FLAVORS)
            times.append([
                milliseconds(each, weighed(make, rows, ages),
                             spec_obj(*asked))
                for each, make in ((nova_weigher, nova_stats.PciDeviceStats),
                                   (weigher, stats.PciDeviceStats))])
        nova, own = (sorted(each) for each in
                     zip(*times[SERVERS // 2:], strict=True))
        print(f'{options.hosts:5} {pools:5} '
              f'{statistics.median(nova):8.1f} {nova[-3]:7.1f} '
              f'{statistics.median(own):8.1f} {own[-3]:7.1f} '
              f'{statistics.median(own) / statistics.median(nova):8.1f}',
              flush=True)


def main():
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--hosts', type=int, default=1000)
    parser.add_argument('--pools', type=int, nargs='+', default=[4, 16, 64])
    options = parser.parse_args()
    objects.register_all()
    each_once(options)
    worker(options)


if __name__ == '__main__':
    main()
