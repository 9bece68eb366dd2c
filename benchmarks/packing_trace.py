# SPDX-License-Identifier: Apache-2.0

"""A cloud filled with the tasks of a production GPU cluster's trace.

The trace is Alibaba's cluster-trace-gpu-v2023 ("openb"), with the samples of
other mixes of tasks that its authors made of it.  A GPU is a PF with 100 VFs,
so every share in the trace, in hundredths of a GPU, is a whole number of VFs:
nothing is rounded.  vCPUs are counted in thousandths, as in the trace.  A task
that names models of GPUs has an alternative for each.

The VFs of a share are of one GPU: the flavor asks for it by
``pci_passthrough:same = pf:a``, and the engine takes the GPU that the claim on
the compute would take.
"""

import csv
import dataclasses
import functools
import pathlib
import random

import nova.conf

from benchmarks import packing_chain
from benchmarks import packing_cloud

VFS = 100
NODES = 'openb_node_list_gpu_node.csv'
TASKS = 'openb_pod_list_'
# Tasks are drawn until they ask for this part of all GPUs.
ASKED = 1.30
MILLI = 1000


@dataclasses.dataclass(frozen=True)
class Task:
    """What a task of the trace asks for.

    :ivar vfs: of each of its GPUs
    :ivar models: of GPUs that it can use; empty for any
    """

    vcpus: int
    memory_mb: int
    gpus: int
    vfs: int
    models: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Moment:
    """What runs at one moment, and what was refused by then.

    :ivar placed: tasks
    :ivar used: share of all GPUs that is allocated
    :ivar in_use: share of the GPUs of which something is allocated
    :ivar fragments: share of all GPUs that is free of those in use
    """

    placed: int
    refused: int
    used: float
    in_use: float
    fragments: float


def samples(paths):
    """Return the lists of tasks in some folders, and files as they are."""
    found = []
    for path in map(pathlib.Path, paths):
        found += (sorted(path.glob(f'{TASKS}*.csv')) if path.is_dir()
                  else [path])
    return found


def name(path):
    """Return the name of a sample."""
    return path.stem.removeprefix(TASKS)


def read(path):
    """Return (rows of nodes, tasks) of a list of tasks.

    The list of nodes is in the same folder.
    """
    with path.with_name(NODES).open() as rows:
        nodes = list(csv.DictReader(rows))
    with path.open() as rows:
        tasks = [Task(int(row['cpu_milli']), int(row['memory_mib']),
                      int(row['num_gpu']),
                      int(row['gpu_milli']) * VFS // MILLI,
                      tuple(filter(None, (row.get('gpu_spec') or '')
                                   .split('|'))))
                 for row in csv.DictReader(rows)]
    return nodes, tasks


def _product(model):
    return f'{sum(model.encode()) % 0x10000:04x}'


def build_host(number, row):
    """Return the idle host of a node of the trace."""
    pools = []
    for gpu in range(int(row['gpu'])):
        group = f'0000:{gpu:02x}:00.0'
        for dev_type, count in (('PF', 1), ('VF', VFS)):
            pools.append(packing_cloud.pool(
                group, dev_type, count, _product(row['model'])))
    return packing_cloud.host(f'node-{number:04}', int(row['cpu_milli']),
                              int(row['memory_mib']), pools)


@functools.cache
def build_server(task):
    """Return the request of a task."""
    if not task.gpus:
        return packing_cloud.server(task.vcpus, task.memory_mb)
    whole = task.vfs == VFS
    count = task.gpus if whole else task.vfs
    dev_type = {'dev_type': 'type-PF' if whole else 'type-VF'}
    alternatives = [{**dev_type, 'product_id': _product(model)}
                    for model in task.models] or [dev_type]
    return packing_cloud.server(
        task.vcpus, task.memory_mb, [(count, *alternatives)], 'a', {
            'pci_passthrough:alias': f'a:{count}',
            **({} if whole else {'pci_passthrough:same': 'pf:a'})})


@dataclasses.dataclass
class Kept:
    """What filter and weigher said of the hosts for one task.

    :ivar seen: how many tasks had been placed then
    :ivar passed: numbers of hosts
    :ivar shifts: how scarce each model was
    :ivar lessons: what the weigher had learned
    :ivar scores: by number
    """

    seen: int = 0
    passed: set[int] = dataclasses.field(default_factory=set)
    shifts: object = None
    lessons: object = None
    scores: dict[int, int] = dataclasses.field(default_factory=dict)


class Cloud:
    """The hosts, with a filter and weighers before them.

    What filter and weigher say of a host is kept until a server is put there,
    or the weigher sees other models get scarce.
    """

    def __init__(self, nodes):
        self.hosts = [build_host(number, row)
                      for number, row in enumerate(nodes)]
        self._gpus = sum(int(row['gpu']) for row in nodes)
        self._filter = packing_cloud.Filter()
        self._chain = packing_chain.Chain(self.hosts)
        # All hosts are new to a task that nobody asked for before.
        self._changed = list(range(len(self.hosts)))
        self._kept = {}

    def place(self, task):
        """Put a task on the best host; return its number, None without."""
        spec = build_server(task)
        kept = self._kept.setdefault(task, Kept())
        self._filter_changed(kept, spec)
        if not kept.passed:
            return None
        numbers = sorted(kept.passed)
        number = numbers[0]
        # Nova asks no weigher about one host.
        if len(numbers) > 1:
            if self._chain.ours is not None:
                self._weigh(kept, numbers, spec)
            number = self._chain.best(numbers, kept.scores, spec)
        packing_cloud.place(self.hosts[number], spec)
        self._changed.append(number)
        self._chain.change(number)
        return number

    def _filter_changed(self, kept, spec):
        """Filter the hosts that changed since the task was seen last."""
        stale = sorted(set(self._changed[kept.seen:]))
        kept.seen = len(self._changed)
        left = {state.host for state in self._filter.filter_all(
            packing_cloud.offer([self.hosts[number] for number in stale],
                                spec), spec)}
        for number in stale:
            kept.scores.pop(number, None)
            if self.hosts[number].host in left:
                kept.passed.add(number)
            else:
                kept.passed.discard(number)

    def _weigh(self, kept, numbers, spec):
        """Weigh the hosts of which no score is kept."""
        ours = self._chain.ours
        shifts = ours.scarcity(self.hosts[number] for number in numbers)
        if shifts is not kept.shifts or ours.lessons is not kept.lessons:
            kept.shifts, kept.lessons = shifts, ours.lessons
            kept.scores.clear()
        stale = [number for number in numbers if number not in kept.scores]
        kept.scores.update(zip(stale, ours.weigh_hosts(
            [self.hosts[number] for number in stale], spec, shifts),
            strict=True))
        ours.learn(self.hosts[max(numbers, key=kept.scores.__getitem__)],
                   spec)

    def moment(self, placed, refused):
        """Return what runs now, and what is left."""
        free = in_parts = 0
        for host in self.hosts:
            pools = host.pci_stats.remaining()
            whole = {pool.group for pool in pools if pool.is_pf}
            free += len(whole)
            parts = [pool.free for pool in pools
                     if not pool.is_pf and pool.group not in whole]
            in_parts += sum(parts)
        part = in_parts / VFS / self._gpus
        return Moment(placed=placed, refused=refused,
                      used=1 - free / self._gpus - part,
                      in_use=1 - free / self._gpus, fragments=part)


def run(path, way, seed):
    """Fill the cloud once.

    :param path: of a list of tasks
    :param way: a key of ``packing_chain.WAYS``
    :returns: (moment of the first refusal, moment when enough was asked)
    """
    packing_chain.configure(way)
    nova.conf.CONF.set_override('weigher_vcpus_per_device', 8 * MILLI,
                                'pci_ext')
    nodes, tasks = read(path)
    return fill(Cloud(nodes), nodes, tasks, seed)


def arrivals(nodes, tasks, seed):
    """Yield tasks until they asked for enough."""
    pick = random.Random(seed)
    total = VFS * sum(int(row['gpu']) for row in nodes)
    asked = 0
    while asked < ASKED * total:
        task = pick.choice(tasks)
        asked += task.gpus * task.vfs
        yield task


def fill(cloud, nodes, tasks, seed):
    """Fill a cloud once; return both moments of ``run``."""
    placed = refused = 0
    first = None
    for task in arrivals(nodes, tasks, seed):
        if cloud.place(task) is not None:
            placed += 1
            continue
        first = first or cloud.moment(placed, refused)
        refused += 1
    last = cloud.moment(placed, refused)
    return first or last, last
