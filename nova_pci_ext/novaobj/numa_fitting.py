# SPDX-License-Identifier: Apache-2.0

"""Fit a guest to NUMA cells as Nova means to.

``numa_fit_instance_to_host`` tries every order of host cells, and remembers
which guest cell fitted which host cell by their ids.  It writes the host
cell's id and CPUs into the guest cell that it fits, though: the next order
finds the wrong guest cell by the wrong id, and a pair that fitted once has
the CPUs of the host cell that was tried last.  So each order is given copies,
and the pairs of the order that is chosen are fitted once more.

It also looks at the pools of the host, for the devices of each node; with
pools of ours it is given these numbers, as to show a pool to somebody who may
change it costs more than all the rest.
"""

import typing
from collections.abc import Callable

from nova import objects
from nova.virt import hardware

from nova_pci_ext.novaobj import copies
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import wrapping

Topology = protocols.InstanceNUMATopology
Fit = Callable[..., Topology | None]


class _Guest:
    """A guest's topology whose cells nobody can change."""

    __slots__ = ('_topology',)

    def __init__(self, topology: Topology) -> None:
        self._topology = topology

    @property
    def cells(self) -> list[protocols.InstanceNUMACell]:
        """Copies, new ones each time."""
        return [copies.copied(cell) for cell in self._topology.cells]

    def __len__(self) -> int:
        return len(self._topology)

    def __contains__(self, name: str) -> bool:
        return name in self._topology

    def __getattr__(self, name: str) -> object:
        return getattr(self._topology, name)


class _Counts(typing.Protocol):
    """Statistics of ours."""

    def free_by_node(self) -> dict[int | None, int]: ...

    def support_requests(self, *arguments: object) -> bool: ...


class _Stats:
    """What the fitting asks the statistics of a host."""

    __slots__ = ('_stats',)

    def __init__(self, stats: _Counts) -> None:
        self._stats = stats

    @property
    def pools(self) -> list[dict[str, int | None]]:
        """One pool for each node."""
        return [{'numa_node': node, 'count': count}
                for node, count in self._stats.free_by_node().items()]

    def support_requests(self, *arguments: object) -> bool:
        """Whether the host can serve requests."""
        return self._stats.support_requests(*arguments)


def _counted(stats: object) -> object:
    """Return statistics without their pools, if they are ours."""
    return (_Stats(typing.cast('_Counts', stats))
            if hasattr(stats, 'free_by_node') else stats)


def install() -> None:
    """Let this process fit guests rightly; a second call does nothing."""
    wrapping.install(HOOKS)


def _rightly(novas: wrapping.Function) -> wrapping.Function:
    original = typing.cast('Fit', novas)

    def numa_fit_instance_to_host(
            host_topology: protocols.NUMATopology | None,
            instance_topology: Topology | None, provider_mapping: object,
            limits: object = None, pci_requests: object = None,
            pci_stats: object = None) -> Topology | None:
        guest = instance_topology and _Guest(instance_topology)
        found = original(host_topology, guest, provider_mapping,
                         limits=limits, pci_requests=pci_requests,
                         pci_stats=_counted(pci_stats))
        if (found is None or host_topology is None
                or instance_topology is None or len(found) == 1):
            return found
        hosts = {cell.id: cell for cell in host_topology.cells}
        found.cells = [
            _alone(original, hosts[fitted.id], cell, limits,
                   _policy(instance_topology) if number == 0 else None)
            for number, (fitted, cell) in enumerate(
                zip(found.cells, _Guest(instance_topology).cells,
                    strict=True))]
        return found
    return numa_fit_instance_to_host


def _policy(topology: Topology) -> object:
    """Return where emulator threads go: beside the first guest cell."""
    return (topology.emulator_threads_policy
            if 'emulator_threads_policy' in topology else None)


def _alone(original: Fit, host_cell: protocols.NUMACell,
           guest_cell: protocols.InstanceNUMACell, limits: object,
           policy: object) -> protocols.InstanceNUMACell:
    """Fit one guest cell that fits to its host cell."""
    fitted = original(
        objects.NUMATopology(cells=[host_cell]),
        objects.InstanceNUMATopology(cells=[guest_cell],
                                     emulator_threads_policy=policy),
        None, limits=limits)
    assert fitted is not None
    return fitted.cells[0]


HOOKS: tuple[wrapping.Wrapping, ...] = (
    (hardware, 'numa_fit_instance_to_host', _rightly),
)
