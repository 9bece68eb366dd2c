#    Licensed under the Apache License, Version 2.0 (the "License"); you may
#    not use this file except in compliance with the License. You may obtain
#    a copy of the License at
#
#         http://www.apache.org/licenses/LICENSE-2.0
#
#    Unless required by applicable law or agreed to in writing, software
#    distributed under the License is distributed on an "AS IS" BASIS, WITHOUT
#    WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied. See the
#    License for the specific language governing permissions and limitations
#    under the License.

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
