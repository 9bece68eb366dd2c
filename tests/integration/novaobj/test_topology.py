# SPDX-License-Identifier: Apache-2.0

"""Recorded NUMA cells as Nova's objects."""

import pytest
from nova import objects

from nova_pci_ext.model.inventory import NumaCell
from nova_pci_ext.novaobj import topology

pytestmark = pytest.mark.nova


def test_a_recorded_cell_has_all_of_it_free():
    objects.register_all()
    [cell] = topology.numa_topology([NumaCell(
        id=1, cpus=(2, 3), memory_mb=4, socket=0)]).cells
    assert (cell.id, cell.cpuset, cell.pcpuset, cell.memory, cell.socket,
            cell.cpu_usage, cell.memory_usage, cell.siblings) == (
        1, {2, 3}, set(), 4, 0, 0, 0, [{2}, {3}])
    assert [(pages.size_kb, pages.total, pages.used)
            for pages in cell.mempages] == [(4, 1024, 0)]
