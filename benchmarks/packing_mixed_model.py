# SPDX-License-Identifier: Apache-2.0

"""``packing_mixed`` in arrays, some fifty times faster.

It has hosts, filter and weighers of its own, and makes the choices that
``packing_mixed.Cloud`` makes with Nova's objects: the class ``Cloud`` has the
same methods, and ``tests/integration/scheduler/test_packing_mixed_model.py``
compares them host by host.  What servers were seen to ask is learned by the
weigher's own class.

Families are columns: the GPUs, which are handed out as a whole, and then the
VFs of each network, whose cards are shared.
"""

import dataclasses
import random

import numpy

from benchmarks import packing_mixed
from benchmarks import packing_model
from nova_pci_ext.matching import lessons
from nova_pci_ext.matching import score
from nova_pci_ext.matching.cards import CARD
from nova_pci_ext.matching.cards import CardModel
from nova_pci_ext.matching.rooms import Need

#: Of ``[pci_ext]``.
ASSUMED = Need(8, 32768)
# Multiplier of the PCI weigher beside Nova's others, None where it is alone.
OTHERS = {'as shipped': 10.0, 'alone': None, "Nova's": 100.0,
          "Nova's alone": None, 'none': None}
_OURS = ('as shipped', 'alone')
_GPU = 'gpu'
_FAMILIES = (_GPU, *packing_mixed.NETWORKS)
_SPLIT = numpy.array([sum(whole % size for size in score.SET_SIZES)
                      for whole in range(9)])
_WEIGHTS = numpy.array([score.STRANDED]
                       + [score.STRANDED_SHARED] * len(packing_mixed.NETWORKS))


@dataclasses.dataclass(frozen=True)
class Server:
    """What a server asks for.

    :ivar family: column of its devices, 0 where it asks for none
    """

    vcpus: int
    memory_mb: int
    family: int
    count: int


def read(asked, vcpus, memory_mb):
    """Return a server of ``packing_mixed.SERVERS``."""
    if not asked:
        return Server(vcpus, memory_mb, 0, 0)
    (count, properties), = asked
    network = properties.get('physical_network', _GPU)
    return Server(vcpus, memory_mb, _FAMILIES.index(network), count)


SERVERS = tuple(read(*server) for server in packing_mixed.SERVERS)


@dataclasses.dataclass
class Kept:
    """What is kept for a server.

    :ivar scores: of all hosts
    :ivar seen: how many servers had been placed then
    :ivar state: what scores depend on beside hosts
    """

    passed: numpy.ndarray
    scores: numpy.ndarray
    seen: int = 0
    state: object = None


class Cloud:
    """The hosts, with a filter and weighers before them."""

    def __init__(self, size, vfs, way, seed):
        kinds = packing_mixed.kinds(vfs)
        rows = [kinds[number % len(kinds)] for number in range(size)]
        self._way = way
        self._cpu = numpy.array([vcpus for vcpus, _, _ in rows])
        self._memory = numpy.array([memory_mb for _, memory_mb, _ in rows])
        # Of each family, and of the GPUs those of each NUMA node.
        self._free = numpy.zeros((size, len(_FAMILIES)), dtype=int)
        self._nodes = numpy.zeros((size, 2), dtype=int)
        for number, (_, _, pools) in enumerate(rows):
            for pool in pools:
                network = pool.get('physical_network', _GPU)
                self._free[number, _FAMILIES.index(network)] += pool['count']
                if network == _GPU:
                    self._nodes[number, pool['numa_node']] += 1
        self._total = self._free.sum(axis=0)
        self._vcpus = int(self._cpu.sum())
        # The most of one card that was seen: a GPU is a card.
        self._card = numpy.array([1] + [0] * len(packing_mixed.NETWORKS))
        self._lessons = lessons.Lessons()
        self._needs = (ASSUMED,)
        self._random = random.Random(seed)
        self._changed = []
        self._kept = {}

    def place(self, number):
        """Put a server on the best host; return its number, None without.

        :param number: in ``SERVERS``
        """
        size = len(self._cpu)
        order = numpy.array(self._random.sample(range(size), size))
        server = SERVERS[number]
        kept = self._kept.get(number)
        if kept is None:
            kept = self._kept[number] = Kept(
                self._fits(server, slice(None)),
                numpy.zeros(size, dtype=int), len(self._changed))
        stale = numpy.unique(numpy.array(self._changed[kept.seen:],
                                         dtype=int))
        kept.seen = len(self._changed)
        kept.passed[stale] = self._fits(server, stale)
        numbers = order[kept.passed[order]]
        if not len(numbers):
            return None
        host = int(numbers[0])
        # Nova asks no weigher about one host.
        if len(numbers) > 1:
            if self._way in _OURS:
                self._weigh(kept, server, numbers, stale)
            host = self._best(kept, numbers)
        self._take(server, host)
        self._changed.append(host)
        return host

    def _fits(self, server, numbers):
        return ((self._cpu[numbers] >= server.vcpus)
                & (self._memory[numbers] >= server.memory_mb)
                & (self._free[numbers, server.family] >= server.count))

    def _weigh(self, kept, server, numbers, stale):
        free = self._free[numbers]
        # The free VFs of a port say how large it is at least.
        self._card[1:] = numpy.maximum(self._card[1:], free[:, 1:].max(axis=0))
        total = (free * CARD // numpy.maximum(self._card, 1)).sum(axis=0)
        shifts = tuple((int(each) // CARD).bit_length() for each in total)
        state = shifts, self._needs, tuple(self._card)
        if state != kept.state:
            kept.state = state
            stale = numbers
        if len(stale):
            kept.scores[stale] = self._scores(server, stale, shifts)
        self._learn(kept, server, numbers)

    def _scores(self, server, numbers, shifts):
        """Return ``score.score`` of some hosts, whether or not they fit."""
        free = self._free[numbers]
        rest = free.copy()
        rest[:, server.family] = numpy.maximum(
            0, rest[:, server.family] - server.count)
        card = numpy.maximum(self._card, 1)
        before, after = free * CARD // card, rest * CARD // card
        split = 0
        if server.count and not server.family:
            nodes = self._nodes[numbers]
            nodes_after = _taken(nodes, server.count)
            split = CARD // (2 * len(score.SET_SIZES)) * (
                _SPLIT[rest[:, 0]] - _SPLIT[free[:, 0]]
                + (_SPLIT[nodes_after] - _SPLIT[nodes]).sum(axis=1))
        left = (after >> numpy.array(shifts)).sum(axis=1)
        same = numpy.where(after != before, after, 0).sum(axis=1)
        return -(self._stranded(server, numbers, before, after)
                 + score.SPLIT * split + score.LEFT * left
                 + score.REST * same)

    def _stranded(self, server, numbers, before, after):
        cpu, memory = self._cpu[numbers], self._memory[numbers]

        def growth(need, columns):
            had = packing_model.room(cpu / need.vcpus,
                                     memory / need.memory_mb)[:, None]
            has = packing_model.room(
                (cpu - server.vcpus) / need.vcpus,
                (memory - server.memory_mb) / need.memory_mb)[:, None]
            return ((numpy.maximum(0, after[:, columns] - has)
                     - numpy.maximum(0, before[:, columns] - had))
                    * _WEIGHTS[columns]).sum(axis=1)

        return growth(ASSUMED, slice(1, None)) + sum(
            growth(need, slice(0, 1)) for need in self._needs)

    def _learn(self, kept, server, numbers):
        asked = {}
        if server.count and not server.family:
            asked[_GPU] = lessons.Asked(server.count * CARD, 0)
        best = numbers[kept.scores[numbers].argmax()]
        beside = not server.count and bool(self._free[best, 0])
        if self._lessons.see(asked, server.vcpus, server.memory_mb,
                             beside_cards=beside):
            self._lessons.draw({_GPU: CardModel(0, whole=True)})
            self._needs = self._lessons.needs.get(_GPU) or (ASSUMED,)

    def _best(self, kept, numbers):
        if self._way in _OURS:
            _, places = numpy.unique(kept.scores[numbers],
                                     return_inverse=True)
            pci = places.astype(float)
        elif self._way == 'none':
            return int(numbers[0])
        else:
            pci = 100 - numpy.minimum(self._free[numbers].sum(axis=1), 99)
            pci = packing_model.stretched(pci, pci.min())
        return packing_model.best(numbers, self._cpu, self._memory, pci,
                                  OTHERS[self._way])

    def _take(self, server, host):
        self._cpu[host] -= server.vcpus
        self._memory[host] -= server.memory_mb
        self._free[host, server.family] -= server.count
        if not server.family:
            self._nodes[host] = _taken(self._nodes[host:host + 1],
                                       server.count)[0]

    def moment(self, placed):
        """Return what runs now."""
        free = self._free.sum(axis=0)
        return packing_mixed.Moment(
            placed=placed,
            used={name: 1 - int(free[at]) / int(self._total[at])
                  for at, name in sorted(enumerate(_FAMILIES),
                                         key=lambda found: found[1])},
            vcpus=1 - int(self._cpu.sum()) / self._vcpus)


def _taken(nodes, count):
    """Return the free GPUs of each node: those of the first one go first."""
    first = numpy.minimum(nodes[:, 0], count)
    second = numpy.minimum(nodes[:, 1], count - first)
    return nodes - numpy.stack((first, second), axis=1)


def run(way, seed, size=200, vfs=packing_mixed.FEW):
    """Fill a cloud once; see ``packing_mixed.run``."""
    return packing_mixed.fill(Cloud(size, vfs, way, seed), seed)
