# SPDX-License-Identifier: Apache-2.0

"""What no policy can exceed for the tasks of ``packing_trace``.

Each bound leaves out conditions, and so allows more than any order of hosts
can reach: tasks may be refused at will, and all are known beforehand.

vCPUs and memory
    The hosts are one, and tasks can be cut: those with the most GPU for each
    vCPU, or MiB, are taken until none is left.
cards
    Hosts have vCPUs and memory for all.  On each GPU one task is the largest.
    Beside it fits at most the fullest set of smaller shares, each of which
    may be used any number of times.  So the GPUs allocate no more than the
    best of the largest tasks that there are.  Shares below a threshold may be
    left out of the sets, and added with all that they ask for; each threshold
    gives a bound, and the least is taken.
"""

import collections

from benchmarks import packing_trace

VFS = packing_trace.VFS


def bound(nodes, tasks):
    """Return the share of all GPUs that can be allocated at most.

    :param tasks: all that arrive
    """
    gpus = sum(int(row['gpu']) for row in nodes)
    asking = [task for task in tasks if task.gpus]
    found = min(
        gpus * VFS, sum(map(_vfs, asking)), _cards(gpus, asking),
        _cut(asking, 'vcpus', sum(int(row['cpu_milli']) for row in nodes)),
        _cut(asking, 'memory_mb',
             sum(int(row['memory_mib']) for row in nodes)))
    return found / (gpus * VFS)


def _vfs(task):
    return task.gpus * task.vfs


def _cut(tasks, field, free):
    """Return what fits where tasks can be cut and hosts are one."""
    found = 0
    for task in sorted(tasks, key=lambda task: (
            getattr(task, field) / _vfs(task))):
        need = getattr(task, field)
        if need > free:
            return found + _vfs(task) * free / need
        found += _vfs(task)
        free -= need
    return found


def _cards(gpus, tasks):
    counts = collections.Counter()
    for task in tasks:
        counts[task.vfs] += task.gpus
    return min((_with_threshold(gpus, counts, least) for least in counts),
               default=0)


def _with_threshold(gpus, counts, least):
    below = sum(size * number for size, number in counts.items()
                if size < least)
    largest = sorted(
        ((size + _fullest(VFS - size, [
            other for other in counts if least <= other <= size]), number)
         for size, number in counts.items() if size >= least), reverse=True)
    for content, number in largest:
        taken = min(number, gpus)
        below += content * taken
        gpus -= taken
    return below


def _fullest(room, sizes):
    """Return the largest sum of sizes, each any number of times."""
    reached = {0}
    for total in range(1, room + 1):
        if any(total - size in reached for size in sizes):
            reached.add(total)
    return max(reached)
