# SPDX-License-Identifier: Apache-2.0

"""Allocation candidates of GPUs in Placement: Nova's way and ours.

Hosts of eight devices, each a provider of its own, four on each of two NUMA
nodes, in a real Placement in this process on SQLite.  For each number of
hosts and devices, with all devices free and with one of each host used, it
prints processor seconds of the query (Placement's work, the answer's JSON on
both sides, and what we read of it), bytes of the answer, hosts that reach the
scheduler, hosts that pass the filters with a usable candidate, seconds of the
filters, and servers placed.  Servers of up to four devices want them on the
guest's one NUMA node.

Nova's way is asked with Placement's default options and with the two that
Nova documents for many devices a host: at most 1,000 candidates from wide
trees, depth first and breadth first.  A query is given up after --seconds.

    python -m benchmarks.allocation_candidates --hosts 1 10 100 --json a.json
    python -m benchmarks.allocation_candidates --table a.json b.json

The second writes the table of the documentation,
``doc/source/measured/candidates.csv``, from measured rows.
"""

import argparse
import contextlib
import csv
import json
import logging
import pathlib
import signal
import sys
import tempfile
import time

import nova.conf
from nova import context as nova_context
from nova import exception
from nova import objects
from nova.pci import request as pci_request
from nova.scheduler import utils
from oslo_utils import uuidutils

from nova_pci_ext.scheduler import filters
from tests import gpu_hosts
from tests import real_placement

CONF = nova.conf.CONF
ALIAS = ('{"vendor_id":"10de","product_id":"1db6","name":"a1",'
         '"device_type":"type-PCI"}')
NEAR = {'hw:numa_nodes': '1', 'hw:pci_numa_affinity_policy': 'required'}
MANY = {'max_allocation_candidates': 1000, 'wide': True}
WAYS = {
    'nova, default': ('nova', {}),
    'nova, depth first': ('nova', {
        **MANY, 'allocation_candidates_generation_strategy': 'depth-first'}),
    'nova, breadth first': ('nova', {
        **MANY, 'allocation_candidates_generation_strategy':
        'breadth-first'}),
    'ours': ('ours', {}),
}
TITLES = ('hosts', 'alias', 'used', 'candidates of', 'query, s', 'bytes',
          'reach the filters', 'usable', 'filters, s', 'placed')
COLUMNS = ('hosts', 'alias', 'used', 'way', 'query_s', 'bytes', 'reach',
           'usable', 'filters_s', 'placed')


class GivenUp(BaseException):
    """A query took too long; Placement catches every Exception."""


@contextlib.contextmanager
def at_most(seconds):
    """Raise GivenUp after so much processor time."""
    def give_up(*_):
        raise GivenUp
    signal.signal(signal.SIGPROF, give_up)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def configure():
    """Set what nova-scheduler would read."""
    objects.register_all()
    CONF([], project='nova', default_config_files=[], default_config_dirs=[])
    pci_request.get_alias_from_config.cache_clear()
    filters.PciPassthroughFilter()
    CONF.set_override('alias', [ALIAS], 'pci')
    CONF.set_override('pci_in_placement', True, 'filter_scheduler')


def spec_of(count):
    """Return the request of a server."""
    return gpu_hosts.alias_spec(f'a1:{count}', NEAR if count <= 4 else {})


def measure(placement, hosts, count, seconds, servers):
    """Ask, filter and place; return the columns of one row."""
    client = placement.client()
    spec = spec_of(count)
    resources = utils.resources_from_request_spec(None, spec, None)
    begin = time.process_time()
    try:
        with at_most(seconds):
            found = client.get_allocation_candidates(
                nova_context.get_admin_context(), resources)[0]
    except GivenUp:
        return {'query_s': f'>= {seconds:g}', 'bytes': '-', 'reach': '-',
                'usable': '-', 'filters_s': '-', 'placed': '-'}
    query_s = time.process_time() - begin
    by_root = {}
    roots = {host.root for host in hosts}
    for candidate in found:
        for root in roots.intersection(candidate['allocations']):
            by_root.setdefault(root, []).append(candidate)
    manager = gpu_hosts.HostManager(hosts)
    states = list(manager.get_host_states_by_uuids(None, by_root, spec))
    for state in states:
        state.allocation_candidates = list(by_root[state.uuid])
    begin = time.process_time()
    passed = manager.get_filtered_hosts(states, spec, 0)
    return {'query_s': round(query_s, 3), 'bytes': client.answered,
            'reach': len(by_root), 'usable': len(passed),
            'filters_s': round(time.process_time() - begin, 3),
            'placed': place(placement, hosts, count, servers)}


def place(placement, hosts, count, servers):
    """Place servers one at a time, each on the cloud as it was."""
    placed = 0
    for _ in range(servers):
        scheduler = gpu_hosts.Scheduler(placement.client(), hosts)
        with contextlib.suppress(exception.NoValidHost):
            server = uuidutils.generate_uuid()
            scheduler.place(spec_of(count), instances=[server])
            placed += 1
            placement.release(server)
    return f'{placed}/{servers}'


def rows(placement, arguments):
    """Yield one dict per row."""
    for number in arguments.hosts:
        for used in (0, 1):
            placement.clear()
            hosts = [gpu_hosts.GpuHost(f'h{each}')
                     for each in range(number)]
            placement.configure()
            placement.add([host.tree() for host in hosts])
            for host in hosts if used else ():
                placement.take(host.gpus[0][0], gpu_hosts.GPU)
                host.taken.add(host.gpus[0][0])
            for count in arguments.counts:
                if count + used > 8:
                    continue
                for way in arguments.ways:
                    candidates, options = WAYS[way]
                    CONF.set_override('allocation_candidates', candidates,
                                      'pci_ext')
                    placement.configure(**options)
                    servers = arguments.servers if number <= 10 else 1
                    yield {'hosts': number, 'alias': f'a1:{count}',
                           'used': used, 'way': way, **measure(
                               placement, hosts, count, arguments.seconds,
                               servers if count == 4 else 1)}


def table(paths):
    """Yield the rows of the documentation's table."""
    found = [row for path in paths for row in json.loads(path.read_text())]
    found.sort(key=lambda row: (row['hosts'], row['alias'], row['used'],
                                [*WAYS].index(row['way'])))
    yield TITLES
    for row in found:
        yield [row[column] for column in COLUMNS]


def main():
    """Print the table, a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--hosts', type=int, nargs='+',
                        default=[1, 10, 100, 500])
    parser.add_argument('--counts', type=int, nargs='+',
                        default=[1, 2, 4, 8])
    parser.add_argument('--ways', nargs='+', default=list(WAYS),
                        choices=list(WAYS))
    parser.add_argument('--seconds', type=float, default=60)
    parser.add_argument('--servers', type=int, default=20)
    parser.add_argument('--json', type=pathlib.Path)
    parser.add_argument('--table', type=pathlib.Path, nargs='+')
    arguments = parser.parse_args()
    if arguments.table:
        csv.writer(sys.stdout, lineterminator='\n').writerows(
            table(arguments.table))
        return 0
    configure()
    logging.disable(logging.CRITICAL)
    found = []
    print('  '.join(COLUMNS))
    with tempfile.TemporaryDirectory() as name, \
            gpu_hosts.without_database():
        placement = real_placement.RealPlacement(pathlib.Path(name))
        for row in rows(placement, arguments):
            found.append(row)
            print('  '.join(str(row[column]) for column in COLUMNS),
                  flush=True)
            if arguments.json:
                arguments.json.write_text(json.dumps(found))
    return 0


if __name__ == '__main__':
    sys.exit(main())
