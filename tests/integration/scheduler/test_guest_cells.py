# SPDX-License-Identifier: Apache-2.0

"""On which cells of a host a guest has room."""

import pytest
from nova import objects

from nova_pci_ext.model.inventory import NumaCell
from nova_pci_ext.novaobj import topology
from nova_pci_ext.scheduler import guest_cells

pytestmark = pytest.mark.nova

LIMITS = {'cpu_allocation_ratio': 1.0, 'ram_allocation_ratio': 1.0}


def host(*cpus):
    objects.register_all()
    return topology.numa_topology(
        NumaCell(id=number, cpus=tuple(range(9 * number, 9 * number + count)),
                 memory_mb=1024, socket=0)
        for number, count in enumerate(cpus))


def guest(*cpus):
    return objects.InstanceNUMATopology(cells=[
        objects.InstanceNUMACell(
            id=number, cpuset=set(range(count)), pcpuset=set(), memory=512)
        for number, count in enumerate(cpus)])


def test_every_set_of_cells_that_is_as_large_as_the_guests():
    found = guest_cells.combinations(host(2, 2, 2), guest(1, 1))
    assert [tuple(cell.id for cell in cells) for cells in found] == [
        (0, 1), (0, 2), (1, 2)]
    assert list(guest_cells.combinations(None, guest(1))) == []


@pytest.mark.parametrize(('cpus', 'fits'), [(2, [0]), (3, None)])
def test_a_guest_on_exactly_these_cells(cpus, fits):
    cells = host(2, 4).cells[:1]
    found = guest_cells.fit(cells, guest(cpus),
                            objects.NUMATopologyLimits(**LIMITS))
    assert (found and [cell.id for cell in found]) == fits
    assert cells[0].cpu_usage == 0
