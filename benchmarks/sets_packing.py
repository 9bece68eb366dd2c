# SPDX-License-Identifier: Apache-2.0

"""How many servers with whole NVLink partitions a cloud takes.

    python -m benchmarks.sets_packing --hosts 50 --seeds 10

Hosts like an HGX: eight GPUs in 15 partitions, of which four are pairs and
two are quads (``tests/hgx_host.py``).  A seeded stream of servers with 1, 2,
4 and 8 GPUs, as many GPUs of each size, fills them:

- ``with sets``: the flavor says ``pci_passthrough:group=nvlink:gpu``;
- ``without``: the same servers without it, on the same filter and weigher;
- ``Nova``: without it, with Nova's filter, weigher and statistics.

A server is right if its GPUs are exactly one partition; without the key any
other is placed too, and has GPUs that cannot be put on one NVLink.  "First
refusal" is when the first server finds no host, "full" when each size has
been refused once; what was refused is not asked again, because nothing
becomes free.
"""

import argparse
import concurrent.futures
import dataclasses
import os
import random
import statistics

from nova.pci import stats as nova_stats
from nova.scheduler import weights as nova_weights
from nova.scheduler.filters import pci_passthrough_filter
from nova.scheduler.weights import pci as nova_pci_weigher

from benchmarks import packing
from benchmarks import packing_cloud
from nova_pci_ext import stats
from nova_pci_ext.model.device_set import GROUP_TAG
from nova_pci_ext.scheduler import weights
from tests import hgx_host

GPU = '2330'
SIZES = (1, 2, 4, 8)
ODDS = (8, 4, 2, 1)
GIB = 1024
PARTITIONS = frozenset(frozenset(group['addresses'])
                       for group in hgx_host.groups())


@dataclasses.dataclass(frozen=True, kw_only=True)
class Way:
    """One way to run the cloud."""

    make: type
    filter: type
    weigher: type
    with_sets: bool = False


OURS = {'make': stats.PciDeviceStats, 'filter': packing_cloud.Filter,
        'weigher': weights.PciFitWeigher}
WAYS = {
    'with sets': Way(**OURS, with_sets=True),
    'without': Way(**OURS),
    'Nova': Way(make=nova_stats.PciDeviceStats,
                filter=pci_passthrough_filter.PciPassthroughFilter,
                weigher=nova_pci_weigher.PCIWeigher)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Moment:
    """What runs at one moment of a run.

    :ivar asked: servers that were asked for
    :ivar placed: servers
    :ivar right: those whose GPUs are one partition
    :ivar used: GPUs of all servers
    :ivar used_right: GPUs of the right ones
    """

    asked: int
    placed: int
    right: int
    used: int
    used_right: int


def pools():
    """Return the pools of a host, as its compute publishes them."""
    found = []
    for address in sorted(hgx_host.MODULES.values()):
        groups = sorted((group['name'], len(group['addresses']))
                        for group in hgx_host.groups()
                        if address in group['addresses'])
        found.append(packing_cloud.pool(
            address, 'PF', 1, GPU, node=int(address > '0000:80'), **{
                f'{GROUP_TAG}nvlink': ','.join(
                    f'{name}:{size}' for name, size in groups)}))
    return found


def server(size, way):
    """Return a server with some GPUs."""
    extra_specs = {'pci_passthrough:alias': f'gpu:{size}'}
    if way.with_sets:
        extra_specs['pci_passthrough:group'] = 'nvlink:gpu'
    return packing_cloud.server(
        8 * size, 64 * GIB * size,
        [(size, {'vendor_id': '10de', 'product_id': GPU,
                 'dev_type': 'type-PF'})],
        'gpu', extra_specs)


class Cloud:
    """Hosts with a filter and a weigher before them."""

    def __init__(self, size, way, seed):
        self._hosts = [
            packing_cloud.host(f'host-{number:03}', 64, 512 * GIB, pools(),
                               way.make)
            for number in range(size)]
        self._way = way
        self._filter = way.filter()
        self._handler = nova_weights.HostWeightHandler()
        self._weighers = [way.weigher()]
        self._random = random.Random(seed)

    def place(self, size):
        """Put a server on the best host.

        :returns: its GPUs, None where no host has them
        """
        spec = server(size, self._way)
        # Nobody promises Nova an order of hosts.
        hosts = self._random.sample(self._hosts, len(self._hosts))
        hosts = list(self._filter.filter_all(
            packing_cloud.offer(hosts, spec), spec))
        if not hosts:
            return None
        host = self._handler.get_weighed_objects(
            self._weighers, hosts, spec)[0].obj
        before = packing_cloud.free_addresses(host)
        packing_cloud.place(host, spec)
        return before - packing_cloud.free_addresses(host)


def run(name, seed, hosts):
    """Fill a cloud once.

    :returns: (moment of the first refusal, moment when all is full)
    """
    cloud = Cloud(hosts, WAYS[name], seed)
    stream = random.Random(seed)
    refused, placed, asked = set(), [], 0
    first = None
    while len(refused) < len(SIZES):
        size, = stream.choices(SIZES, ODDS)
        if size in refused:
            continue
        asked += 1
        taken = cloud.place(size)
        if taken is not None:
            assert len(taken) == size
            placed.append(taken)
            continue
        refused.add(size)
        first = first or moment(asked, placed)
    return first, moment(asked, placed)


def moment(asked, placed):
    """Sum up what runs."""
    right = [taken for taken in placed if taken in PARTITIONS]
    return Moment(asked=asked, placed=len(placed), right=len(right),
                  used=sum(map(len, placed)),
                  used_right=sum(map(len, right)))


def show(name, moments, gpus, best):
    """Print the mean of what runs at one moment of all seeds.

    :param best: mean of the right servers of the first line
    """
    mean = {field: statistics.fmean(getattr(each, field) for each in moments)
            for field in ('asked', 'placed', 'right', 'used', 'used_right')}
    print(f'{name:10}{mean["asked"]:8.1f}{mean["placed"]:8.1f}'
          f'{mean["right"]:8.1f}{mean["right"] / (best or mean["right"]):7.2f}'
          f'{100 * mean["right"] / mean["asked"]:9.1f}'
          f'{100 * mean["used"] / gpus:9.1f}'
          f'{100 * mean["used_right"] / gpus:9.1f}   '
          f'{[each.right for each in moments]}', flush=True)
    return best or mean['right']


def main():
    """Run, and print a table for each moment."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--seeds', type=int, default=10)
    parser.add_argument('--hosts', type=int, default=50)
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    options = parser.parse_args()
    seeds = range(options.seeds)
    with concurrent.futures.ProcessPoolExecutor(
            options.jobs, initializer=packing.configure) as pool:
        runs = {name: list(pool.map(run, [name] * len(seeds), seeds,
                                    [options.hosts] * len(seeds)))
                for name in WAYS}
    gpus = options.hosts * len(hgx_host.MODULES)
    for at, title in enumerate(('first refusal', 'full')):
        print(f'\n{title}: {options.hosts} hosts, {gpus} GPUs, mean of '
              f'{len(seeds)} seeds\n             asked  placed   right  ratio'
              '  right %  GPUs %  right %   (right servers by seed)')
        best = None
        for name, found in runs.items():
            best = show(name, [each[at] for each in found], gpus, best)


if __name__ == '__main__':
    main()
