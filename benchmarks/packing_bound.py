# SPDX-License-Identifier: Apache-2.0

"""What no policy can exceed for the tasks of ``packing_trace``.

Each part of ``bound`` leaves out conditions, and so allows more than any order
of hosts can reach: tasks may be refused at will, and all are known beforehand.

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

``bound_taking`` is for policies that refuse no share while a GPU is free as a
whole.  That is what filters and weighers of Nova do where vCPUs and memory are
not short.  As long as all that came, each share with a GPU to itself, needs no
more GPUs than there are, one is free for each share, so it is taken.  A share
that leaves less than a threshold has its GPU to itself but for shares below
the threshold: what it leaves is lost, but for all that those ask for.  Each
threshold gives a bound, and the least is taken.  Shares that name models may
be refused.
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


def bound_taking(nodes, tasks):
    """Return the same for policies that refuse no share too early.

    :param tasks: all that arrive, in their order
    """
    gpus = sum(int(row['gpu']) for row in nodes)
    shares = collections.Counter(task.vfs for task in tasks
                                 if task.gpus and task.vfs < VFS)
    taken = _taken(gpus, tasks)
    found = min((
        gpus * VFS
        - sum((VFS - size) * number for size, number in taken.items()
              if size >= least and size + least > VFS)
        + sum(size * number for size, number in shares.items()
              if size < least) for least in taken), default=gpus * VFS)
    return min(found / (gpus * VFS), bound(nodes, tasks))


def _taken(gpus, tasks):
    """Count the shares that come before no GPU can be free any more."""
    taken = collections.Counter()
    for task in tasks:
        # The task that needs more than there are may be the first refused.
        gpus -= task.gpus
        if gpus < 0:
            break
        if task.gpus and task.vfs < VFS and not task.models:
            taken[task.vfs] += 1
    return taken


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
