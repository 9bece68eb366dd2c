# SPDX-License-Identifier: Apache-2.0

"""Our PciPassthroughFilter and Nova's, on the same hosts, in one run.

For each number of hosts, pools a host, shape of request and allocation
candidates it prints milliseconds a host: Nova's filter, ours on hosts that it
sees for the first time, ours on hosts that have not changed since, and the
floor, which is reading three keys of every pool once.  Both count the reading
of the row's pools: Nova makes objects of the text while it makes host states,
ours leaves it to whoever looks.
Nova's filter costs the same for every host, so it is run on as many hosts as
fit into ``--nova-seconds``.

The pools of "real" hosts are as computes publish them, and different on every
host: accelerators and PFs are pools of one device, and pools with fewer tags
come first.  "mixed" pools have some of everything among the first.  The last
two shapes are refused by every "real" host.  "plain" is one candidate with
which Placement decided nothing about devices; a number is so many candidates
with a mapping.

    python benchmarks/filter.py --hosts 100 1000
"""

import argparse
import datetime
import gc
import itertools
import json
import random
import sys
import time
import tracemalloc
import uuid

from nova import objects
from nova.objects import pci_device_pool
from nova.pci import stats as nova_stats
from nova.scheduler import host_manager
from nova.scheduler.filters import numa_topology_filter
from nova.scheduler.filters import pci_passthrough_filter

from nova_pci_ext import stats
from nova_pci_ext.novaobj import row_objects
from nova_pci_ext.scheduler import filters
from nova_pci_ext.scheduler import host_cache

LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
SECOND = datetime.timedelta(seconds=1)


class Ours(filters.PciPassthroughFilter):
    """Our filter in a process where Nova's classes stay in place too."""

    def __init__(self):
        self._cache = host_cache.HostCache()


def topology(cells=2, cpus=32):
    """Return a host topology of cells with CPUs."""
    return objects.NUMATopology(cells=[
        objects.NUMACell(
            id=cell, socket=cell,
            cpuset=set(range(cell * cpus, (cell + 1) * cpus)),
            pcpuset=set(), memory=65536, cpu_usage=0, memory_usage=0,
            mempages=[], pinned_cpus=set(), siblings=[
                {cell * cpus + cpu, cell * cpus + cpu + 1}
                for cpu in range(0, cpus, 2)])
        for cell in range(cells)])


def published(pools, cells=2):
    """Return the pools of one host, as its compute publishes them.

    A quarter are accelerators, known to Placement; the others are VFs on
    four physical networks.
    """
    found = []
    for number in range(pools):
        tags = {'address': f'0000:{number:02x}:00.0'}
        if number % 4 == 0:
            tags |= {'dev_type': 'type-PCI', 'rp_uuid': str(uuid.uuid4())}
            product = '20b0'
        else:
            tags |= {'dev_type': 'type-VF', 'remote_managed': 'false',
                     'physical_network': f'physnet{number % 3}',
                     'parent_ifname': f'ens{number}'}
            product = '1018'
        found.append(objects.PciDevicePool(
            vendor_id='15b3' if product == '1018' else '10de',
            product_id=product, numa_node=number % cells,
            count=1 + number % 8 if product == '1018' else 2, tags=tags))
    return objects.PciDevicePoolList(objects=found)


def as_computes_do(pools, number):
    """Return the pools of one host, as a compute with such devices does.

    A quarter are accelerators, a provider of Placement each.  The others are
    PFs that are free, and VFs, of four physical networks.

    :param number: of the host; no two hosts have the same VFs free
    """
    dice = random.Random(number)
    accelerators = max(2, pools // 4)
    pfs = (pools - accelerators) // 3
    vfs = pools - accelerators - pfs
    found = [_pool('10de', '20b0', device, 1, dev_type='type-PCI',
                   address=f'0000:{device:02x}:00.0',
                   rp_uuid=str(uuid.UUID(int=dice.getrandbits(128))))
             for device in range(accelerators)]
    # The first ports are whole, of the others some VFs are in use.
    found += [_pool('15b3', '1017', port, 1, dev_type='type-PF',
                    **_port(port)) for port in range(pfs)]
    found += [_pool('15b3', '1018', port,
                    8 if port < pfs else dice.randint(1, 7),
                    dev_type='type-VF', parent_ifname=f'ens{port}',
                    **_port(port)) for port in range(vfs)]
    return objects.PciDevicePoolList(objects=found)


def _port(port):
    return {'address': f'0000:{0x80 + port:02x}:00.0',
            'physical_network': f'physnet{(port + 1) % 4}',
            'remote_managed': 'false'}


def _pool(vendor, product, number, count, **tags):
    return objects.PciDevicePool(
        vendor_id=vendor, product_id=product, numa_node=number % 2,
        count=count, tags=tags)


_ROWS = {}


def _text(pools):
    """Return pools as the database has them."""
    if id(pools) not in _ROWS:
        _ROWS[id(pools)] = pools, json.dumps(pools.obj_to_primitive())
    return _ROWS[id(pools)][1]


def _read_later(text):
    """Read the pools of a row as nova-scheduler does with our classes."""
    return row_objects.PoolsOfRow.of(text, pci_device_pool.from_pci_stats)


def _as_a_row(make, pools):
    """Return pools as each side has them while a host state is built."""
    if pools is None or make is not stats.PciDeviceStats:
        return pools
    return _read_later(_text(pools))


def host_state(number, make, pools, numa_topology, candidates):
    """Return a host state as the scheduler has it for one request."""
    found = host_manager.HostState(f'host{number}', f'node{number}', None)
    found.uuid = f'compute-{number}'
    found.updated = LONG_AGO
    found.numa_topology = numa_topology
    found.pci_stats = make(numa_topology, stats=_as_a_row(make, pools))
    found.allocation_candidates = candidates
    return found


# For each shape: accelerators, and networks of ports.
SHAPES = {
    'one device': (1, ()),
    'a1:2 and two ports': (2, ('physnet1', 'physnet2')),
    'no such network': (2, ('physnet1', 'elsewhere')),
    'too many': (17, ()),
}


def spec_obj(shape):
    """Return a request of one of the shapes."""
    return spec_of(*SHAPES[shape])


def spec_of(count, networks):
    """Return a request, with ids of its own."""
    requests = [objects.InstancePCIRequest(
        count=count, alias_name='a1',
        request_id=str(uuid.uuid4()), numa_policy='legacy',
        spec=[{'vendor_id': '10de', 'product_id': '20b0'}])] if count else []
    requests += [objects.InstancePCIRequest(
        count=1, request_id=str(uuid.uuid4()),
        requester_id=str(uuid.uuid4()),
        spec=[{'physical_network': network}]) for network in networks]
    return objects.RequestSpec(
        pci_requests=objects.InstancePCIRequests(requests=requests))


def candidates_of(pools, request, number):
    """Return candidates, all of them with a mapping.

    :param number: of them; None where Placement did not decide
    """
    if number is None:
        return [{'mappings': {'': ['host']}}]
    providers = [pool.tags['rp_uuid'] for pool in pools.objects
                 if 'rp_uuid' in pool.tags]
    found = itertools.cycle(itertools.permutations(
        providers, request.count) if request.count <= len(providers)
        else [providers * request.count])
    return [{'mappings': {'': ['host']} | {
        f'{request.request_id}-{device}': [provider]
        for device, provider in zip(range(request.count), next(found),
                                    strict=False)}}
        for _ in range(number)]


def timed(filter_, rows, make, shape, candidates):
    """Return seconds that a filter takes for hosts of one new request."""
    spec = spec_obj(shape)
    request = spec.pci_requests.requests[0]
    numa_topology = topology()
    states = [host_state(number, make, None, numa_topology,
                         candidates_of(pools, request, candidates))
              for number, pools in enumerate(rows)]
    read = (_read_later if make is stats.PciDeviceStats
            else pci_device_pool.from_pci_stats)
    # A database gives new texts for each request.
    texts = [_text(pools).encode().decode() for pools in rows]
    begin = time.process_time()
    for state, text in zip(states, texts, strict=True):
        state.pci_stats = make(numa_topology, stats=read(text))
    passed = sum(1 for _ in filter_.filter_all(states, spec))
    seconds = time.process_time() - begin
    assert passed in (0, len(rows)), passed
    return seconds


def floor(rows):
    """Return milliseconds a host for reading three keys of every pool."""
    hosts = [[pool.to_dict() for pool in pools.objects] for pools in rows]

    def read():
        begin = time.process_time()
        for pools in hosts:
            for pool in pools:
                _ = pool['vendor_id'], pool['product_id'], pool['count']
        return time.process_time() - begin

    return best(read) / len(rows) * 1e3


def nova_seconds(rows, shape, candidates, budget):
    """Return seconds a host of Nova's filter, on a sample."""
    nova_filter = pci_passthrough_filter.PciPassthroughFilter()
    args = (nova_stats_class, shape, candidates)
    once = timed(nova_filter, rows[:2], *args) / 2
    sample = rows[:max(2, min(len(rows), int(budget / once)))]
    return timed(nova_filter, sample, *args) / len(sample), len(sample)


nova_stats_class = nova_stats.PciDeviceStats


def best(function, times=3):
    """Return the smallest of some results."""
    return min(function() for _ in range(times))


def measure(rows, shape, candidates, options):
    """Return milliseconds a host: Nova, ours first, ours again; sample."""
    nova, sample = nova_seconds(rows, shape, candidates,
                                options.nova_seconds)
    args = (rows, stats.PciDeviceStats, shape, candidates)
    times = max(3, 2000 // len(rows)) if candidates != 100 else 3
    first = best(lambda: timed(Ours(), *args), times) / len(rows)
    kept = Ours()
    timed(kept, *args)
    again = best(lambda: timed(kept, *args), times) / len(rows)
    return nova * 1e3, first * 1e3, again * 1e3, sample


def rows_of(hosts, pools, cloud):
    """Return the published pools of each host."""
    return [as_computes_do(pools, number) if cloud == 'real'
            else published(pools) for number in range(hosts)]


def sweep(options):
    """Print a line for each size."""
    print('pools hosts     a host shape               candidates'
          '  nova ms (hosts)  first ms   ratio  again ms   ratio  floor ms'
          '  x floor')
    for cloud, hosts, pools in itertools.product(
            options.clouds, options.hosts, options.pools):
        rows = rows_of(hosts, pools, cloud)
        bottom = floor(rows[:500])
        for shape, candidates in itertools.product(
                options.shapes, options.candidates):
            nova, first, again, sample = measure(
                rows, shape,
                None if candidates == 'plain' else int(candidates), options)
            print(f'{cloud:5} {hosts:5} {pools:10} {shape:20} '
                  f'{candidates:>9} '
                  f'{nova:8.3f} ({sample:5}) {first:9.4f} '
                  f'{nova / first:7.0f} {again:9.4f} {nova / again:7.0f} '
                  f'{bottom:9.4f} {first / bottom:8.1f}', flush=True)


def numa(pools=64):
    """Print NUMATopologyFilter: 8 host cells, 4 guest cells, never fits."""
    seconds = []
    for make in (nova_stats_class, stats.PciDeviceStats):
        spec = objects.RequestSpec(
            flavor=objects.Flavor(extra_specs={}),
            image=objects.ImageMeta(properties=objects.ImageMetaProps()),
            instance_uuid=str(uuid.uuid4()),
            numa_topology=objects.InstanceNUMATopology(cells=[
                objects.InstanceNUMACell(
                    id=cell, cpuset={cell}, pcpuset=set(), memory=512,
                    cpu_policy=None, cpu_pinning=None, pagesize=None,
                    cpu_thread_policy=None, cpuset_reserved=None)
                for cell in range(4)], emulator_threads_policy=None),
            pci_requests=objects.InstancePCIRequests(requests=[
                objects.InstancePCIRequest(
                    count=pools, request_id=str(uuid.uuid4()),
                    alias_name='a1', numa_policy='required',
                    spec=[{'vendor_id': '10de', 'product_id': '20b0'}])]))
        state = host_state(0, make, published(pools, 8), topology(8, 8),
                           [{'mappings': {}}])
        state.cpu_allocation_ratio = state.ram_allocation_ratio = 1.0
        begin = time.process_time()
        passed = numa_topology_filter.NUMATopologyFilter().host_passes(
            state, spec)
        seconds.append(time.process_time() - begin)
        assert not passed
    print(f'NUMATopologyFilter, 8 host cells, {pools} pools, 4 guest cells '
          f'that never fit: nova {seconds[0]:.2f} s, ours {seconds[1]:.3f} '
          f's, ratio {seconds[0] / seconds[1]:.0f}')


def memory(hosts=200, pools=64):
    """Print what the cache of a worker holds, all answers remembered."""
    kept = Ours()
    tracemalloc.start()
    for number in range(hosts):
        row = published(pools)
        for shape, candidates in itertools.product(
                ('one device', 'a1:2 and two ports'), (None, 100)):
            spec = spec_obj(shape)
            state = host_state(
                number, stats.PciDeviceStats, row, None, candidates_of(
                    row, spec.pci_requests.requests[0], candidates))
            assert list(kept.filter_all([state], spec))
        # What remains of a row is what the cache holds.
        del row, state
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    print(f'cache: {held / hosts / pools:.0f} bytes a pool')


def main():
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--hosts', type=int, nargs='+', default=[100, 1000])
    parser.add_argument('--pools', type=int, nargs='+', default=[4, 16, 64])
    parser.add_argument('--candidates', nargs='+',
                        default=['plain', '1', '100'])
    parser.add_argument('--clouds', nargs='+', default=['real', 'mixed'],
                        choices=['real', 'mixed'])
    parser.add_argument('--shapes', nargs='+', default=list(SHAPES),
                        choices=list(SHAPES))
    parser.add_argument('--only-filter', action='store_true')
    parser.add_argument('--nova-seconds', type=float, default=5.0)
    options = parser.parse_args()
    objects.register_all()
    sweep(options)
    if not options.only_filter:
        numa()
        memory()
    return 0


if __name__ == '__main__':
    sys.exit(main())
