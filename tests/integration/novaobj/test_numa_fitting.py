# SPDX-License-Identifier: Apache-2.0

"""Guests are fitted as trying each order of host cells afresh would.

The oracle asks ``_numa_fit_instance_cell`` of Nova about each pair of cells
by itself, and shares nothing with ``numa_fit_instance_to_host``.
"""

import copy
import itertools
import random

import pytest
from nova import exception
from nova import objects
from nova.virt import hardware

from nova_pci_ext.novaobj import numa_fitting
from nova_pci_ext.novaobj import wrapping

pytestmark = pytest.mark.nova
objects.register_all()

THREE = 3


@pytest.fixture
def fit(monkeypatch):
    """Our function, whatever else this process has installed."""
    theirs = novas()
    monkeypatch.setattr(hardware, 'numa_fit_instance_to_host', theirs)
    numa_fitting.install()
    return hardware.numa_fit_instance_to_host


def novas():
    """Return Nova's own function."""
    found = hardware.numa_fit_instance_to_host
    return (wrapping.original(found) if hasattr(found, 'pci_ext_original')
            else found)


def host_cell(number, free, shared, memory, page_kb):
    """Return a cell of six CPUs with some dedicated ones free."""
    first = number * 10
    dedicated = set(range(first, first + 4))
    return objects.NUMACell(
        id=number, cpuset={first + 4, first + 5}, pcpuset=dedicated,
        memory=memory, cpu_usage=shared, memory_usage=0,
        mempages=[objects.NUMAPagesTopology(
            size_kb=page_kb, total=memory * 1024 // page_kb, used=0,
            reserved=0)],
        pinned_cpus=dedicated - set(range(first, first + free)),
        siblings=[{first, first + 1}, {first + 2, first + 3}],
        socket=number)


def random_host(rnd, cells):
    return objects.NUMATopology(cells=[
        host_cell(number, rnd.randrange(5), rnd.randrange(THREE),
                  rnd.choice([256, 512, 1024]), rnd.choice([4, 2048]))
        for number in range(cells)])


def random_guest(rnd, cells):
    policy = rnd.choice(['dedicated', 'dedicated', None])
    found = []
    for number in range(cells):
        cpus = set(range(number * 4, number * 4 + 1 + rnd.randrange(THREE)))
        found.append(objects.InstanceNUMACell(
            id=number, cpuset=set() if policy else cpus,
            pcpuset=cpus if policy else set(),
            memory=rnd.choice([128, 256, 512]), cpu_policy=policy,
            pagesize=rnd.choice([None, -1, -3]) if policy else None))
    return objects.InstanceNUMATopology(
        cells=found, emulator_threads_policy=rnd.choice(
            [None, 'isolate']) if policy else None)


def pair(host, guest, number, limits):
    """Fit one guest cell to one host cell, or return None."""
    isolated = guest.emulator_threads_isolated and number == 0
    try:
        return hardware._numa_fit_instance_cell(
            copy.deepcopy(host), copy.deepcopy(guest.cells[number]), limits,
            int(isolated))
    except exception.MemoryPageSizeNotSupported:
        return None


def possible(host, guest, limits):
    """Return every way to place a guest: cell ids to fitted cells."""
    found = {}
    for order in itertools.permutations(host.cells, len(guest)):
        cells = [pair(cell, guest, number, limits)
                 for number, cell in enumerate(order)]
        if all(cells):
            found[tuple(cell.id for cell in cells)] = [
                cell.obj_to_primitive() for cell in cells]
    return found


def cases():
    """Yield hosts and guests."""
    rnd = random.Random(7)
    for _ in range(150):
        cells = rnd.choice([1, 2, 3, 4])
        yield (random_host(rnd, cells),
               random_guest(rnd, rnd.randrange(1, 1 + min(cells, THREE))))


def answers(function):
    """Count the answers that are none of the possible ones."""
    limits = objects.NUMATopologyLimits(cpu_allocation_ratio=1.0,
                                        ram_allocation_ratio=1.0)
    wrong, changed, placed = 0, 0, 0
    for host, guest in cases():
        ways = possible(host, guest, limits)
        before = host.obj_to_primitive(), guest.obj_to_primitive()
        found = function(host, guest, {}, limits=limits)
        changed += before != (host.obj_to_primitive(),
                              guest.obj_to_primitive())
        if found is None:
            wrong += bool(ways)
        else:
            placed += 1
            wrong += [cell.obj_to_primitive() for cell in found.cells
                      ] != ways.get(tuple(cell.id for cell in found.cells))
    return wrong, changed, placed


def test_no_answer_is_wrong_and_nothing_is_written_into_what_was_given(fit):
    wrong, changed, placed = answers(fit)
    assert (wrong, changed) == (0, 0)
    assert placed > 0


def test_novas_own_is_wrong_in_some_of_them():
    """Once it is not, ours is needed no more."""
    wrong, _, _ = answers(novas())
    assert wrong > 0


def test_devices_are_asked_about_for_the_cells_of_each_order(fit):
    asked = []

    class Stats:
        pools = ()

        def support_requests(self, requests, mapping, cells):
            asked.append([cell.id for cell in cells])
            return asked[-1] == [1, 0]

    guest = random_guest(random.Random(1), 2)
    for cell in guest.cells:
        cell.pcpuset, cell.cpuset, cell.cpu_policy = set(), {0}, None
        cell.memory, cell.pagesize = 1, None
    host = objects.NUMATopology(cells=[
        host_cell(number, 4, 0, 512, 4) for number in range(2)])
    found = fit(host, guest, {}, pci_requests=['any'], pci_stats=Stats())
    assert [cell.id for cell in found.cells] == [1, 0]
    assert asked == [[0, 1], [1, 0]]


def test_without_a_topology_there_is_nothing_to_fit(fit):
    host = random_host(random.Random(1), 1)
    assert fit(host, None, {}) is None
    assert fit(None, random_guest(random.Random(1), 1), {}) is None
