# SPDX-License-Identifier: Apache-2.0

"""Equal sets of kept objects are one, and nobody's copies are."""

import gc

import pytest
from nova import objects

from nova_pci_ext.novaobj import copies
from nova_pci_ext.novaobj import shared_parts

pytestmark = pytest.mark.nova
objects.register_all()


def topology(first=0):
    """Return a topology of two cells, read anew."""
    return objects.NUMATopology.obj_from_primitive(objects.NUMATopology(
        cells=[objects.NUMACell(
            id=number, cpuset=set(range(first, first + 8)), pcpuset=set(),
            memory=1024, cpu_usage=0, memory_usage=0, pinned_cpus=set(),
            siblings=[{first, first + 4}, {first + 1, first + 5}],
            mempages=[]) for number in range(2)]).obj_to_primitive())


def test_equal_sets_of_two_topologies_are_one_object():
    parts = shared_parts.SharedParts()
    one, two = topology(), topology()
    before = one.obj_to_primitive()
    parts.share(one)
    parts.share(two)
    assert one.cells[0].cpuset is two.cells[1].cpuset
    assert one.cells[0].siblings[1] is two.cells[0].siblings[1]
    assert one.cells[0].siblings[0] is not one.cells[0].siblings[1]
    assert one.obj_to_primitive() == two.obj_to_primitive() == before


def test_others_have_their_own():
    parts = shared_parts.SharedParts()
    one, two = topology(), topology(8)
    parts.share(one)
    parts.share(two)
    assert one.cells[0].cpuset == set(range(8))
    assert two.cells[0].cpuset == set(range(8, 16))
    # Of another field, which says so where a value is refused.
    assert one.cells[0].pcpuset is not one.cells[0].pinned_cpus


def test_what_is_written_into_a_copy_reaches_no_shared_set():
    parts = shared_parts.SharedParts()
    one, two = topology(), topology()
    parts.share(one)
    parts.share(two)
    copy = copies.copied(one)
    copy.cells[0].cpuset.add(99)
    copy.cells[0].siblings[0].clear()
    copy.cells[0].pinned_cpus.add(1)
    assert two.obj_to_primitive() == topology().obj_to_primitive()
    assert one.obj_to_primitive() == topology().obj_to_primitive()
    with pytest.raises(ValueError, match='no number'):
        copy.cells[0].cpuset.add('no number')


def test_a_set_is_known_while_somebody_has_it():
    parts = shared_parts.SharedParts()
    one = topology()
    parts.share(one)
    assert len(parts) == 5
    del one
    gc.collect()
    assert len(parts) == 0
