# SPDX-License-Identifier: Apache-2.0

"""``packing_trace`` in arrays, some fifty times faster.

It has hosts, filter and weighers of its own, and makes the choices that
``packing_trace.Cloud`` makes with Nova's objects: the class ``Cloud`` has the
same methods, and ``tests/integration/scheduler/test_packing_model.py``
compares them host by host.  What servers were seen to ask is learned by the
weigher's own class.  A host of the trace has cards of one family, so what a
family has is what a host has.
"""

import dataclasses

import numpy

from benchmarks import packing_trace
from nova_pci_ext.matching import lessons
from nova_pci_ext.matching import score
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import CardModel
from nova_pci_ext.matching.rooms import Need

VFS = packing_trace.VFS
#: Of ``[pci_ext]``, in the units of the trace.
ASSUMED = Need(8 * packing_trace.MILLI, 32768)
OTHERS = {'as shipped': 10.0, 'alone': None, "Nova's": 100.0}
_SPLIT = numpy.array([2 * sum(whole % size for size in score.SET_SIZES)
                      * CARD // (2 * len(score.SET_SIZES))
                      for whole in range(9)])
_CARD_OF_VF = CARD // VFS


@dataclasses.dataclass
class Kept:
    """What is kept for a task.

    :ivar seen: how many tasks had been placed then
    :ivar scores: of all hosts
    :ivar asked: what it takes of the families that passed so far
    """

    passed: numpy.ndarray
    scores: numpy.ndarray
    seen: int = 0
    shifts: tuple[int, ...] = ()
    lesson: int = -1
    asked: dict[int, lessons.Asked] = dataclasses.field(default_factory=dict)


class Cloud:
    """The hosts, with a filter and weighers before them."""

    def __init__(self, nodes, way):
        self._multiplier = OTHERS[way]
        self._ours = way != "Nova's"
        self._cpu = numpy.array([int(row['cpu_milli']) for row in nodes])
        self._memory = numpy.array([int(row['memory_mib']) for row in nodes])
        gpus = numpy.array([int(row['gpu']) for row in nodes])
        models = sorted({row['model'] for row in nodes})
        self._models = {model: at for at, model in enumerate(models)}
        self._model = numpy.array([self._models[row['model']]
                                   for row in nodes])
        self._free = numpy.where(
            numpy.arange(8)[None, :] < gpus[:, None], VFS, 0)
        self._whole = gpus.copy()
        self._total = gpus * VFS
        self._gpus = int(gpus.sum())
        self._lessons = lessons.Lessons()
        self._lesson = 0
        self._useful = numpy.zeros((len(models), VFS + 1), dtype=int)
        assumed = numpy.array(ASSUMED)
        self._needs = [(assumed,) for _ in models]
        self._levels = self._level_arrays()
        self._changed = []
        self._kept = {}

    def _level_arrays(self):
        """Return vCPUs, memory and weight of each need of each host.

        With one need the second one has no weight.
        """
        needs = numpy.array([(*each, each[0])[:2] for each in self._needs])
        weights = numpy.array([(score.STRANDED, score.STRANDED
                                if len(each) > 1 else 0)
                               for each in self._needs])
        return [(needs[self._model, level, 0], needs[self._model, level, 1],
                 weights[self._model, level]) for level in (0, 1)]

    def place(self, task):
        """Put a task on the best host; return its number, None without."""
        kept = self._kept.get(task)
        if kept is None:
            size = len(self._cpu)
            kept = self._kept[task] = Kept(
                self._fits(task, numpy.arange(size)),
                numpy.zeros(size, dtype=int), len(self._changed))
        stale = numpy.unique(numpy.array(self._changed[kept.seen:],
                                         dtype=int))
        kept.seen = len(self._changed)
        if len(stale):
            kept.passed[stale] = self._fits(task, stale)
        numbers = numpy.flatnonzero(kept.passed)
        if not len(numbers):
            return None
        number = int(numbers[0])
        # Nova asks no weigher about one host.
        if len(numbers) > 1:
            if self._ours:
                self._weigh(kept, task, numbers, stale)
            number = self._best(kept, numbers)
        self._take(task, number)
        self._changed.append(number)
        return number

    def _fits(self, task, numbers):
        found = ((self._cpu[numbers] >= task.vcpus)
                 & (self._memory[numbers] >= task.memory_mb))
        if not task.gpus:
            return found
        if task.models:
            found &= numpy.isin(self._model[numbers], [
                self._models[model] for model in task.models
                if model in self._models])
        if task.vfs == VFS:
            return found & (self._whole[numbers] >= task.gpus)
        return found & (self._free[numbers].max(axis=1) >= task.vfs)

    def _weigh(self, kept, task, numbers, stale):
        free = numpy.bincount(self._model[numbers],
                              self._total[numbers],
                              len(self._models)).astype(int)
        shifts = tuple((int(each) * _CARD_OF_VF // CARD).bit_length()
                       for each in free)
        if shifts != kept.shifts or kept.lesson != self._lesson:
            kept.shifts, kept.lesson = shifts, self._lesson
            stale = numbers
        if len(stale):
            kept.scores[stale] = self._scores(task, stale, shifts)
        self._learn(kept, task, numbers)

    def _scores(self, task, numbers, shifts):
        """Return ``score.score`` of some hosts, whether or not they fit."""
        whole, total = self._whole[numbers], self._total[numbers]
        model = self._model[numbers]
        whole_after, total_after, useful = whole, total, 0
        if task.gpus and task.vfs == VFS:
            whole_after = numpy.maximum(whole - task.gpus, 0)
            total_after = total - task.gpus * VFS
        elif task.gpus:
            free = self._free[numbers]
            card = numpy.where(free >= task.vfs, free, VFS + 1).min(axis=1)
            card = numpy.where(card > VFS, task.vfs, card)
            whole_after = whole - (card == VFS)
            total_after = total - task.vfs
            useful = (self._useful[model, card - task.vfs]
                      - self._useful[model, card])
        before, after = total * _CARD_OF_VF, total_after * _CARD_OF_VF
        broken = (after - whole_after * CARD) - (before - whole * CARD)
        stranded = self._stranded(task, numbers, before, after)
        left = after >> numpy.array(shifts)[model]
        rest = after if task.gpus else 0
        return -(stranded + score.BROKEN * (broken - useful)
                 + score.SPLIT * (_SPLIT[whole_after] - _SPLIT[whole])
                 + score.LEFT * left + score.REST * rest)

    def _stranded(self, task, numbers, before, after):
        cpu, memory = self._cpu[numbers], self._memory[numbers]
        found = 0
        for vcpus, memory_mb, weight in self._levels:
            vcpus, memory_mb = vcpus[numbers], memory_mb[numbers]
            had = room(cpu / vcpus, memory / memory_mb)
            has = room((cpu - task.vcpus) / vcpus,
                        (memory - task.memory_mb) / memory_mb)
            found = found + weight[numbers] * (
                numpy.maximum(0, after - has) - numpy.maximum(0, before - had))
        return found

    def _learn(self, kept, task, numbers):
        if task.gpus:
            for model in numpy.unique(self._model[numbers]):
                if int(model) not in kept.asked:
                    whole = task.vfs == VFS
                    kept.asked[int(model)] = lessons.Asked(
                        task.gpus * CARD if whole
                        else task.vfs * _CARD_OF_VF, 0 if whole else task.vfs)
        best = numbers[kept.scores[numbers].argmax()]
        if not self._lessons.see(kept.asked, task.vcpus, task.memory_mb,
                                 beside_cards=bool(self._total[best])):
            return
        found = self._lessons.draw(dict.fromkeys(
            range(len(self._models)), CardModel(VFS, whole=True)))
        for model, useful in found.items():
            self._useful[model, :VFS] = useful or 0
        self._needs = [self._lessons.needs.get(model) or (ASSUMED,)
                       for model in range(len(self._models))]
        self._levels = self._level_arrays()
        self._lesson += 1

    def _best(self, kept, numbers):
        if self._ours:
            _, places = numpy.unique(kept.scores[numbers],
                                     return_inverse=True)
            pci = places.astype(float)
        else:
            whole = self._whole[numbers]
            free = self._total[numbers] + whole
            pci = 100 - numpy.minimum(free, 99)
            pci = stretched(pci, pci.min())
        return best(numbers, self._cpu, self._memory, pci, self._multiplier)

    def _take(self, task, number):
        self._cpu[number] -= task.vcpus
        self._memory[number] -= task.memory_mb
        if not task.gpus:
            return
        free = self._free[number]
        if task.vfs == VFS:
            free[numpy.flatnonzero(free == VFS)[:task.gpus]] = 0
        else:
            free[numpy.where(free >= task.vfs, free, VFS + 1).argmin()] -= (
                task.vfs)
        self._whole[number] = (free == VFS).sum()
        self._total[number] = free.sum()

    def moment(self, placed, refused):
        """Return what runs now, and what is left."""
        free = int(self._whole.sum())
        part = (int(self._total.sum()) - free * VFS) / VFS / self._gpus
        return packing_trace.Moment(
            placed=placed, refused=refused,
            used=1 - free / self._gpus - part, in_use=1 - free / self._gpus,
            fragments=part)


def best(numbers, cpu, memory, pci, multiplier):
    """Return the number of the host that Nova would take.

    :param numbers: of the hosts that passed the filters
    :param cpu: free vCPUs of all hosts
    :param memory: free memory of all hosts
    :param pci: weight of a PCI weigher, of each that passed
    :param multiplier: of that weigher, None where there is none beside it
    """
    if multiplier is None:
        return int(numbers[pci.argmax()])
    totals = stretched(cpu[numbers])
    totals = totals + stretched(memory[numbers])
    # All disks are equal, and above 0.
    totals = totals + 1.0
    return int(numbers[(totals + multiplier * pci).argmax()])


def room(vcpus, memory):
    """Return ``rooms.cards`` of hosts, by vCPUs and memory in needs."""
    found = numpy.minimum(vcpus, memory)
    return (numpy.where(found > 0, found, 0.0) * CARD).astype(int)


def stretched(weights, least=0):
    """Return ``nova.weights.normalize``."""
    most = weights.max()
    if most == least:
        return numpy.zeros(len(weights))
    return (weights - float(least)) / (float(most) - float(least))


def run(path, way, seed):
    """Fill the cloud once; see ``packing_trace.run``."""
    nodes, tasks = packing_trace.read(path)
    return packing_trace.fill(Cloud(nodes, way), nodes, tasks, seed)
