# SPDX-License-Identifier: Apache-2.0

"""A cloud filled with the tasks of a production GPU cluster's trace.

The trace is Alibaba's cluster-trace-gpu-v2023 ("openb").  A GPU is a PF with
100 VFs, so every share in the trace, in hundredths of a GPU, is a whole
number of VFs: nothing is rounded.  vCPUs are counted in thousandths, as in the
trace.  The VFs of a share are of one GPU.  No request can say that yet, so
the benchmark asks for the VFs of each GPU in turn, as if Placement had
chosen it, and takes the GPU with the best weight.
"""

import csv
import dataclasses
import functools
import pathlib
import random

import nova.conf

from benchmarks import packing_cloud
from nova_pci_ext.scheduler import weights

VFS = 100
NODES = 'openb_node_list_gpu_node.csv'
TASKS = 'openb_pod_list_default.csv'
# Tasks are drawn until they ask for this part of all GPUs.
ASKED = 1.30
MILLI = 1000
# Placements until the weigher is asked anew how scarce each model is: its
# answer is a power of two, and one task changes it seldom.
RENEW = 16


@dataclasses.dataclass(frozen=True)
class Task:
    """What a task of the trace asks for; ``vfs`` of each of its GPUs."""

    vcpus: int
    memory_mb: int
    gpus: int
    vfs: int

    @property
    def whole(self):
        return self.vfs == VFS


def read(folder):
    """Return (rows of nodes, tasks) of the trace in a folder."""
    with (pathlib.Path(folder) / NODES).open() as rows:
        nodes = list(csv.DictReader(rows))
    with (pathlib.Path(folder) / TASKS).open() as rows:
        tasks = [Task(int(row['cpu_milli']), int(row['memory_mib']),
                      int(row['num_gpu']),
                      int(row['gpu_milli']) * VFS // MILLI)
                 for row in csv.DictReader(rows)]
    return nodes, tasks


def build_host(number, row):
    """Return the idle host of a node of the trace."""
    product = f'{sum(row["model"].encode()) % 0x10000:04x}'
    pools = []
    for gpu in range(int(row['gpu'])):
        group = f'0000:{gpu:02x}:00.0'
        for dev_type, count in (('PF', 1), ('VF', VFS)):
            pools.append(packing_cloud.pool(
                group, dev_type, count, product, rp_uuid=str(gpu)))
    return packing_cloud.host(f'node-{number:04}', int(row['cpu_milli']),
                              int(row['memory_mib']), pools)


@functools.cache
def build_server(task, gpu):
    """Return the request of a task; for a share, of the VFs of one GPU."""
    asked = []
    if task.gpus and task.whole:
        asked.append((task.gpus, {'dev_type': 'type-PF'}))
    elif task.gpus:
        asked.append((task.vfs, {'dev_type': 'type-VF',
                                 'rp_uuids': ','.join([str(gpu)]
                                                      * task.vfs)}))
    return packing_cloud.server(task.vcpus, task.memory_mb, asked)


ANY = build_server(Task(0, 0, 1, VFS), None)


class Cloud:
    """The hosts, and the weight of each for each task seen so far.

    A placement changes one host, so only that one is weighed again.
    """

    def __init__(self, nodes):
        self.hosts = [build_host(number, row)
                      for number, row in enumerate(nodes)]
        self._filter = packing_cloud.Filter()
        self._weigher = weights.PciFitWeigher()
        self._shifts = None
        self._changed = []
        self._best = {}
        # Our statistics take the place of Nova's where the filter was.
        list(self._filter.filter_all(
            packing_cloud.offer(self.hosts, ANY), ANY))

    def place(self, task):
        """Put a task on the best host; return whether one was found."""
        if len(self._changed) % RENEW == 0:
            shifts = self._weigher.scarcity(self.hosts)
            if shifts != self._shifts:
                self._shifts = shifts
                self._best.clear()
        seen, best = self._best.get(task, (0, {}))
        stale = (set(self._changed[seen:]) if task in self._best
                 else range(len(self.hosts)))
        self._weigh(task, stale, best)
        self._best[task] = len(self._changed), best
        if not best:
            return False
        number = max(best, key=lambda host: (best[host][0], -host))
        self._put(number, build_server(task, best[number][1]))
        return True

    def _put(self, number, spec):
        host, = self._filter.filter_all(
            packing_cloud.offer([self.hosts[number]], spec), spec)
        packing_cloud.place(host, spec)
        self._changed.append(number)

    def _weigh(self, task, numbers, best):
        """Write the best (weight, GPU) of each host that can take a task."""
        by_gpu = {}
        for number in numbers:
            best.pop(number, None)
            for gpu in self._choices(task, self.hosts[number]):
                by_gpu.setdefault(gpu, []).append(number)
        for gpu, group in sorted(by_gpu.items(), key=str):
            found = self._weigher.weigh_hosts(
                [self.hosts[number] for number in group],
                build_server(task, gpu), self._shifts)
            for number, weight in zip(group, found, strict=True):
                if number not in best or weight > best[number][0]:
                    best[number] = weight, gpu

    def _choices(self, task, host):
        """Return the GPUs of a host to ask for: one of those that are alike.

        :returns: None for a task that no GPU needs to be chosen for
        """
        if not packing_cloud.has_room(host, build_server(task, None)):
            return ()
        if not task.gpus:
            return (None,)
        free = {}
        whole = set()
        for pool in host.pci_stats.remaining():
            if pool.is_pf:
                whole.add(pool.provider)
            else:
                free[pool.provider] = pool.free
        if task.whole:
            return (None,) if len(whole) >= task.gpus else ()
        alike = {count: gpu for gpu, count in sorted(free.items(),
                                                     reverse=True)
                 if count >= task.vfs}
        return tuple(alike.values())


def run(folder, seed):
    """Fill the cloud once; return the share of GPUs in use, and details."""
    nova.conf.CONF.set_override('weigher_vcpus_per_device', 8 * MILLI,
                              'pci_ext')
    nodes, tasks = read(folder)
    pick = random.Random(seed)
    cloud = Cloud(nodes)
    total = VFS * sum(int(row['gpu']) for row in nodes)
    asked = used = placed = 0
    first = None
    while asked < ASKED * total:
        task = pick.choice(tasks)
        asked += task.gpus * task.vfs
        if cloud.place(task):
            used += task.gpus * task.vfs
            placed += 1
        elif first is None:
            first = used / total
    return {'seed': seed, 'used': used / total, 'first': first,
            'placed': placed}
