# SPDX-License-Identifier: Apache-2.0

"""vCPUs, memory and disk of a host, as its row of ``compute_nodes`` says."""

import dataclasses
from collections.abc import Iterator

from nova.virt import hardware

from nova_pci_ext.explaining.hosts import State
from nova_pci_ext.novaobj.protocols import InstanceNUMATopology

VCPUS, MEMORY, DISK = 'vCPUs', 'memory', 'disk'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a server takes, or what a host has left."""

    vcpus: int
    ram_mb: int
    disk_gb: int

    def pairs(self, other: 'Room') -> Iterator[tuple[str, int, int]]:
        """Yield the word, this and the other number of each resource."""
        yield VCPUS, self.vcpus, other.vcpus
        yield MEMORY, self.ram_mb, other.ram_mb
        yield DISK, self.disk_gb, other.disk_gb

    def plus(self, other: 'Room') -> 'Room':
        """Return the sum."""
        return Room(vcpus=self.vcpus + other.vcpus,
                    ram_mb=self.ram_mb + other.ram_mb,
                    disk_gb=self.disk_gb + other.disk_gb)

    def minus(self, other: 'Room') -> 'Room':
        """Return what is left without another."""
        return self.plus(Room(vcpus=-other.vcpus, ram_mb=-other.ram_mb,
                              disk_gb=-other.disk_gb))

    def times(self, need: 'Room') -> int | None:
        """Return how many times something fits, None where it needs none."""
        return min((max(0, have // wanted) for _, have, wanted
                    in self.pairs(need) if wanted), default=None)

    def short_of(self, need: 'Room') -> str | None:
        """Return the word of the first resource that is too little."""
        return next((word for word, have, wanted in self.pairs(need)
                     if wanted > max(0, have)), None)


def free(state: State) -> Room | None:
    """Return what a host has left.

    Where a ratio lets servers have more than there is, that counts.

    :returns: None for a host of which no row was read
    """
    if not (state.total_usable_ram_mb or state.vcpus_total):
        return None
    ram = state.total_usable_ram_mb
    disk_mb = state.total_usable_disk_gb * 1024
    return Room(
        vcpus=int(state.vcpus_total * (state.cpu_allocation_ratio or 1)
                  ) - state.vcpus_used,
        ram_mb=int(ram * (state.ram_allocation_ratio or 1)
                   ) - (ram - state.free_ram_mb),
        disk_gb=(int(disk_mb * (state.disk_allocation_ratio or 1))
                 - state.disk_mb_used) // 1024)


def placed(state: State, need: Room) -> None:
    """Count the disk of a server that Nova placed on a state.

    Nova counts it in ``free_disk_mb``, where a driver's own guess stands.
    """
    state.disk_mb_used += need.disk_gb * 1024


def give_back(state: State, need: Room) -> None:
    """Free what a server took; a host of which no row was read has none."""
    if free(state) is not None:
        state.vcpus_used -= need.vcpus
        state.free_ram_mb += need.ram_mb
        state.disk_mb_used -= need.disk_gb * 1024


def unpin(state: State, pinned: InstanceNUMATopology | None) -> None:
    """Free the host cells that a server uses, where it uses some."""
    if state.numa_topology is not None and pinned is not None:
        state.numa_topology = hardware.numa_usage_from_instance_numa(
            state.numa_topology, pinned, free=True)
