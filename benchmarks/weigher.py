# SPDX-License-Identifier: Apache-2.0

"""Time of PciFitWeigher and of Nova's PCIWeigher, in one run.

Hosts and requests are those of ``benchmarks/filter.py``.  Prints processor
milliseconds for all hosts: Nova's weigher on statistics that its own host
manager read; ours on hosts that it sees for the first time, with the reading
of the pools, and on the same hosts for the next server.  "alike" hosts differ
in their Placement providers only; the others in their free devices too.

    python -m benchmarks.weigher --hosts 5000 --pools 4 16 64
"""

import argparse
import itertools
import time
import types

from nova import objects
from nova.pci import stats as nova_stats
from nova.scheduler.weights import pci as nova_pci_weigher

from benchmarks import filter as filter_bench
from nova_pci_ext import stats
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import weights


def rows_of(hosts, pools, alike):
    """Return the published pools of each host."""
    rows = [filter_bench.published(pools) for _ in range(hosts)]
    if not alike:
        for number, row in enumerate(rows):
            for place, pool in enumerate(row.objects):
                pool.count += number >> place % 13 & 1
    return rows


def milliseconds(weigher, rows, make, shape):
    """Return the processor time to weigh all hosts for a new server."""
    spec = filter_bench.spec_obj(shape)
    spec.flavor = objects.Flavor(vcpus=4, memory_mb=4096)
    hosts = [types.SimpleNamespace(obj=filter_bench.host_state(
        number, make, row, None, [{'mappings': {}}]))
        for number, row in enumerate(rows)]
    begin = time.process_time()
    found = weigher.weigh_objects(hosts, spec)
    spent = time.process_time() - begin
    assert len(found) == len(rows)
    return spent * 1e3


def main():
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--hosts', type=int, default=5000)
    parser.add_argument('--pools', type=int, nargs='+', default=[4, 16, 64])
    options = parser.parse_args()
    objects.register_all()
    print('hosts pools  nova ms  first ms  again ms')
    for pools, alike, shape in itertools.product(
            options.pools, (True, False),
            ('one device', 'a1:2 and two ports')):
        rows = rows_of(options.hosts, pools, alike)
        nova = milliseconds(nova_pci_weigher.PCIWeigher(), rows,
                            nova_stats.PciDeviceStats, shape)
        ours = weights.PciFitWeigher()
        ours._hosts = host_cache.HostCache(clock=filter_bench.settling())
        first, _, again = (
            milliseconds(ours, rows, stats.PciDeviceStats, shape)
            for _ in range(3))
        print(f'{options.hosts:5} {pools:5} {nova:8.1f} {first:9.1f} '
              f'{again:9.1f}  {"alike" if alike else "different"}, {shape}',
              flush=True)


if __name__ == '__main__':
    main()
