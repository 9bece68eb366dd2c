# SPDX-License-Identifier: Apache-2.0

"""NUMA cells of a recorded host, as Nova's libvirt driver reports them."""

from collections.abc import Iterable

from nova import objects

from nova_pci_ext.model import inventory

PAGE_KB = 4


def numa_topology(
        cells: Iterable[inventory.NumaCell]) -> 'objects.NUMATopology':
    """Return Nova's object for these cells, nothing of them in use."""
    return objects.NUMATopology(cells=[_numa_cell(cell) for cell in cells])


def _numa_cell(cell: inventory.NumaCell) -> 'objects.NUMACell':
    pages = objects.NUMAPagesTopology(
        size_kb=PAGE_KB, total=cell.memory_mb * 1024 // PAGE_KB, used=0)
    return objects.NUMACell(
        id=cell.id, cpuset=set(cell.cpus), pcpuset=set(),
        memory=cell.memory_mb, cpu_usage=0, memory_usage=0,
        mempages=[pages], pinned_cpus=set(),
        siblings=[{cpu} for cpu in cell.cpus], socket=cell.socket)
