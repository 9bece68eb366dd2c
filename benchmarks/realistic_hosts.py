# SPDX-License-Identifier: Apache-2.0

"""The hosts of ``benchmarks/realistic.py``, no two alike.

A host has two NUMA cells and what real hosts have in them: GPUs and other
accelerators, each a pool of one device; PFs that are handed out whole; VFs on
physical networks, and VFs of crypto cards, in pools with counts.  What is
free differs from host to host and changes as servers come and go.
"""

import dataclasses
import json
import random
import typing
import uuid

from nova import objects

from nova_pci_ext import stats

#: [pci] alias of the cloud: name, vendor, product, type.
ALIASES = (('a1', '10de', '20b0', 'type-PCI'),
           ('a2', '10de', '1db6', 'type-PCI'),
           ('crypto', '8086', '4941', 'type-VF'))
NETWORKS = ('physnet0', 'physnet1', 'physnet2')
_OF_ALIAS = {name: (vendor, product, dev_type)
             for name, vendor, product, dev_type in ALIASES}
_UUIDS = uuid.UUID('3f1d7b0a-5c64-4c0e-9d5e-7a0f6f5b2c11')
CPUS = 32
MEMORY_MB = 262144


@dataclasses.dataclass(slots=True)
class Pool:
    """Devices that the compute publishes as one pool.

    :ivar alias: the alias that they serve, None for devices of networks
    :ivar provider: its UUID in Placement, None if it is not there
    :ivar total: devices, free or not
    """

    alias: str | None
    properties: dict[str, object]
    provider: str | None
    total: int
    free: int


def uuid_of(*names: object) -> str:
    """Return a UUID that is always the same for the same names."""
    return str(uuid.uuid5(_UUIDS, '/'.join(map(str, names))))


class Host:
    """One compute node.

    :param number: of the host; everything of it follows from it and the seed
    :param pools: how many it publishes
    :param in_placement: whether Placement has the devices of aliases
    """

    def __init__(self, number: int, pools: int, seed: int, *,
                 in_placement: bool) -> None:
        self.name = f'row-{number}'
        self.uuid = uuid_of(seed, number)
        self._chance = random.Random(f'{seed} {number}')
        self._in_placement = in_placement
        kinds = self._kinds(pools)
        self.pools = [self._pool(bus, kind)
                      for bus, kind in enumerate(kinds, 1)]
        self._cells = [self._cell(cell) for cell in range(2)]

    def _kinds(self, pools: int) -> list[str]:
        chance = self._chance
        accelerators = max(2, pools // 4 + chance.randint(
            -pools // 16, pools // 16))
        found = [chance.choice(('a1', 'a1', 'a1', 'a2'))
                 for _ in range(accelerators)]
        found += ['pf'] * (pools // 8) + ['crypto'] * max(1, pools // 16)
        return found + ['vf'] * (pools - len(found))

    def _pool(self, bus: int, kind: str) -> Pool:
        chance = self._chance
        # Which slots have a device is not the same on any two hosts.
        address = f'0000:{bus * 2 + chance.randint(0, 1):02x}:00.0'
        alias = kind if kind in _OF_ALIAS else None
        vendor, product, dev_type = _OF_ALIAS.get(kind, (
            '15b3', '1018' if kind == 'vf' else '1017',
            'type-VF' if kind == 'vf' else 'type-PF'))
        found: dict[str, object] = {
            'product_id': product, 'vendor_id': vendor,
            'numa_node': chance.randint(0, 1), 'dev_type': dev_type}
        if alias is None:
            found['physical_network'] = chance.choice(NETWORKS)
        if kind == 'vf':
            found['parent_ifname'] = f'ens{bus}f0np0'
        if dev_type != 'type-PCI':
            found['remote_managed'] = 'false'
        found['address'] = address
        provider = None
        if self._in_placement and alias is not None:
            provider = found['rp_uuid'] = uuid_of(self.uuid, address)
        total = 1 if kind in ('a1', 'a2', 'pf') else 16
        return Pool(alias, found, provider, total,
                    total if total == 1 else chance.randint(2, total))

    def _cell(self, number: int) -> dict[str, int]:
        chance = self._chance
        return {'cpu_usage': chance.randrange(CPUS),
                'memory_usage': chance.randrange(0, MEMORY_MB // 2, 512),
                'pages': chance.randrange(1024)}

    def change(self, chance: random.Random) -> dict[str, int]:
        """Let a server come or go: other free devices, other usage.

        :returns: free units of the provider that changed, if any did
        """
        cell = chance.choice(self._cells)
        cell['cpu_usage'] = (cell['cpu_usage'] + chance.choice((1, 2, 4))
                             ) % CPUS
        cell['memory_usage'] = (cell['memory_usage'] + 2048) % (
            MEMORY_MB // 2)
        pool = chance.choice(self.pools)
        pool.free = (pool.free + 1) % (pool.total + 1)
        return {pool.provider: pool.free} if pool.provider else {}

    @property
    def vcpus_used(self) -> int:
        """How many vCPUs its guests have."""
        return sum(cell['cpu_usage'] for cell in self._cells)

    @property
    def memory_mb_used(self) -> int:
        """How much memory its guests have."""
        return sum(cell['memory_usage'] for cell in self._cells)

    def published(self) -> str:
        """Return ``compute_nodes.pci_stats``, as a tracker publishes it."""
        found = stats.PciDeviceStats(None)
        found.pools = sorted(
            ({**pool.properties, 'count': pool.free, 'devices': []}
             for pool in self.pools),
            # A pool has its place before it has a provider.
            key=lambda pool: len(pool.keys() - {'rp_uuid'}))
        return json.dumps(found.to_device_pools_obj().obj_to_primitive())

    def topology(self) -> str:
        """Return ``compute_nodes.numa_topology``, as libvirt's driver does."""
        return str(objects.NUMATopology(cells=[
            _numa_cell(number, **cell)
            for number, cell in enumerate(self._cells)])._to_json())


def _numa_cell(number: int, cpu_usage: int, memory_usage: int,
               pages: int) -> typing.Any:
    first = number * CPUS
    return objects.NUMACell(
        id=number, socket=number, cpuset=set(range(first, first + CPUS)),
        pcpuset=set(), memory=MEMORY_MB, cpu_usage=cpu_usage,
        memory_usage=memory_usage, pinned_cpus=set(),
        siblings=[{cpu, cpu + CPUS // 2}
                  for cpu in range(first, first + CPUS // 2)],
        mempages=[objects.NUMAPagesTopology(
            size_kb=size, total=total, used=used, reserved=0)
            for size, total, used in (
                (4, MEMORY_MB * 256, 0), (2048, 4096, pages),
                (1048576, 0, 0))],
        network_metadata=objects.NetworkMetadata(
            physnets=set(), tunneled=False))
