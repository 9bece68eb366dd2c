# SPDX-License-Identifier: Apache-2.0

"""A mixed cloud filled with a seeded stream of mixed servers.

Everything but the order of servers and of equal hosts is fixed: the filter,
the engine and the host states are the same for each way, and a server that is
placed stays.  ``packing_mixed_model`` makes the same choices, faster.
"""

import dataclasses
import random

from nova.scheduler import weights as nova_weights

from benchmarks import packing_chain
from benchmarks import packing_cloud
from nova_pci_ext.scheduler import rooms

NETWORKS = ('blue', 'green', 'red', 'grey')
GPU = '20b5'
NIC = '101e'
GIB = 1024
#: What nova.conf says of weighers, by the name of a way.
WAYS = {
    **packing_chain.WAYS,
    "Nova's alone": 'weight_classes = '
                    'nova.scheduler.weights.pci.PCIWeigher\n',
    'none': 'weight_classes =\n'}
#: What is compared with what.
RIVALS = {'as shipped': "Nova's", 'alone': "Nova's alone"}

# VFs of a NIC port: an old card, and one of today on hosts with GPUs.
FEW, MANY = 6, 64


def gpus(number):
    """Return the pools of GPUs, half of them on each NUMA node."""
    return [packing_cloud.pool(f'0000:{0x10 + gpu:02x}:00.0', 'PCI', 1, GPU,
                               node=gpu * 2 // number)
            for gpu in range(number)]


def ports(vfs, *networks):
    """Return the pools of NIC ports, one for each physical network."""
    return [packing_cloud.pool(f'0000:{0x80 + port:02x}:00.0', 'VF', vfs, NIC,
                               node=port % 2, physical_network=network)
            for port, network in enumerate(networks)]


def kinds(vfs):
    """Return (vCPUs, memory, pools) of each ten hosts.

    Network grey is on the hosts with eight GPUs only.

    :param vfs: of a port of a host with GPUs
    """
    return (
        [(96, 768 * GIB, gpus(8) + ports(vfs, 'blue', 'grey'))] * 2
        + [(48, 384 * GIB, gpus(4) + ports(vfs, 'green'))] * 2
        + [(64, 256 * GIB, ports(FEW, 'blue', 'green', 'red'))] * 3
        + [(64, 256 * GIB, [])] * 3)


# (asked devices, vCPUs, memory) of the servers.
SERVERS = (
    [(((number, {'product_id': GPU, 'vendor_id': '10de'}),), 8 * number,
      64 * GIB * number) for number in (1, 2, 4, 8)]
    + [(((number, {'physical_network': network}),), 2 + 2 * number,
        16 * GIB) for network in NETWORKS for number in (1, 2, 3, 4)]
    + [((), vcpus, 4 * GIB * vcpus) for vcpus in (2, 4, 8, 16)])
# Two of ten servers ask for GPUs, five for VFs, three for nothing.
ODDS = [8] * 4 + [5] * 16 + [12] * 4


@dataclasses.dataclass(frozen=True, kw_only=True)
class Moment:
    """What runs at one moment of a run.

    :ivar placed: servers
    :ivar used: share of each class of device that is in use
    :ivar vcpus: share of all vCPUs that is in use
    """

    placed: int
    used: dict[str, float]
    vcpus: float


class Cloud:
    """Hosts, and a scheduler's filter and weigher before them."""

    def __init__(self, size, vfs, way, seed):
        packing_chain.configure(way, WAYS)
        self.hosts = [
            packing_cloud.host(f'host-{number:03}', *kinds(vfs)[number % 10])
            for number in range(size)]
        self._total = self._free()
        self._vcpus = self._free_vcpus()
        self._filter = packing_cloud.Filter()
        self._handler = nova_weights.HostWeightHandler()
        self._weighers = packing_chain.load()
        self._random = random.Random(seed)

    def place(self, number):
        """Put a server on the best host; return its number, None without.

        :param number: in ``SERVERS``
        """
        asked, vcpus, memory_mb = SERVERS[number]
        spec = packing_cloud.server(vcpus, memory_mb, asked)
        # Nobody promises Nova an order of hosts, and it keeps what it gets.
        hosts = self._random.sample(self.hosts, len(self.hosts))
        hosts = list(self._filter.filter_all(
            packing_cloud.offer(hosts, spec), spec))
        if not hosts:
            return None
        best = self._handler.get_weighed_objects(
            self._weighers, hosts, spec)[0].obj
        packing_cloud.place(best, spec)
        return self.hosts.index(best)

    def moment(self, placed):
        """Return what runs now."""
        free = self._free()
        return Moment(
            placed=placed,
            used={name: 1 - free.get(name, 0) / total
                  for name, total in self._total.items()},
            vcpus=1 - self._free_vcpus() / self._vcpus)

    def _free_vcpus(self):
        return sum(map(rooms.free_vcpus, self.hosts))

    def _free(self):
        free = {}
        for host in self.hosts:
            for pool in host.pci_stats.remaining():
                name = pool.kind.tag('physical_network') or 'gpu'
                free[name] = free.get(name, 0) + pool.free
        return dict(sorted(free.items()))


def run(way, seed, size=200, vfs=FEW):
    """Fill a cloud once.

    :param way: a key of ``WAYS``
    :param vfs: of a port of a host with GPUs
    :returns: (moment of the first refusal, moment when all is full)
    """
    return fill(Cloud(size, vfs, way, seed), seed)


def fill(cloud, seed):
    """Fill a cloud once; return both moments of ``run``.

    Full means that each kind of server was refused once: what was refused
    is not asked again, because nothing becomes free.
    """
    stream = random.Random(seed)
    refused = set()
    placed = 0
    first = None
    while len(refused) < len(SERVERS):
        number, = stream.choices(range(len(SERVERS)), ODDS)
        if number in refused:
            continue
        if cloud.place(number) is not None:
            placed += 1
            continue
        refused.add(number)
        if first is None:
            first = cloud.moment(placed)
    return first, cloud.moment(placed)
