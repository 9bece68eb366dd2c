# SPDX-License-Identifier: Apache-2.0

"""For how many cards the hosts of one request have vCPUs and memory."""

import math
from collections.abc import Mapping

import nova.conf

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.matching import rooms
from nova_pci_ext.model.pool import PoolClass
from nova_pci_ext.novaobj import protocols

CONF = nova.conf.CONF
pci_ext.register_opts(CONF)


class Rooms:
    """Computes the room of each host for one server.

    :param vcpus: of the server
    :param memory_mb: of the server
    :param needs: what cards need, by family, where that was learned
    """

    def __init__(self, vcpus: int, memory_mb: int,
                 needs: Mapping[PoolClass, tuple[rooms.Need, ...]]) -> None:
        self._vcpus = vcpus
        self._memory_mb = memory_mb
        vcpus_per_card = CONF.pci_ext.weigher_vcpus_per_device
        memory_per_card = CONF.pci_ext.weigher_memory_mb_per_device
        self._assumed = rooms.Need(vcpus_per_card, memory_per_card)
        self._unlimited = not any(self._assumed)
        # The same object while it is the same: rooms are compared.
        self._needs = needs
        if not (vcpus_per_card and memory_per_card):
            self._needs = {family: tuple([rooms.Need(
                need.vcpus if vcpus_per_card else 0,
                need.memory_mb if memory_per_card else 0) for need in each])
                for family, each in needs.items()}
        found = [need for each in self._needs.values() for need in each]
        self._costliest = rooms.Need(
            max((need.vcpus for need in found), default=0),
            max((need.memory_mb for need in found), default=0))

    def of(self, host_state: protocols.HostState) -> rooms.Room | None:
        """Return the room on a host, None with both options 0."""
        if self._unlimited:
            return None
        assumed = self._assumed
        vcpus = free_vcpus(host_state) if assumed.vcpus else math.inf
        memory = (free_memory_mb(host_state) if assumed.memory_mb
                  else math.inf)
        spare = rooms.Spare(vcpus, memory, vcpus - self._vcpus,
                            memory - self._memory_mb)
        learned = None
        if self._needs:
            learned = rooms.Learned(rooms.cards(
                spare.vcpus_after, spare.memory_mb_after, self._costliest),
                spare, self._needs)
        return rooms.Room(
            rooms.cards(vcpus, memory, assumed),
            rooms.cards(spare.vcpus_after, spare.memory_mb_after, assumed),
            learned)


def free_vcpus(host_state: protocols.HostState) -> float:
    """Return the vCPUs that Placement would still give out."""
    ratio: float = host_state.cpu_allocation_ratio or 1.0
    return float(host_state.vcpus_total * ratio - host_state.vcpus_used)


def free_memory_mb(host_state: protocols.HostState) -> float:
    """Return the memory that Placement would still give out, in MiB."""
    ratio: float = host_state.ram_allocation_ratio or 1.0
    return float(host_state.free_ram_mb
                 + host_state.total_usable_ram_mb * (ratio - 1))
