# SPDX-License-Identifier: Apache-2.0

"""A copy is equal, and nothing done to it reaches the original."""

import pytest
from nova import objects

from nova_pci_ext.novaobj import copies

pytestmark = pytest.mark.nova


def host():
    """Return a topology with something of every kind that has state."""
    return objects.NUMATopology(cells=[objects.NUMACell(
        id=0, cpuset={0, 1}, pcpuset={2, 3}, memory=512, cpu_usage=1,
        memory_usage=2, mempages=[objects.NUMAPagesTopology(
            size_kb=4, total=1024, used=3)],
        pinned_cpus={2}, siblings=[{0, 1}, {2, 3}], socket=None,
        network_metadata=objects.NetworkMetadata(
            physnets={'p1'}, tunneled=True))])


def guest():
    return objects.InstanceNUMATopology(cells=[objects.InstanceNUMACell(
        id=0, cpuset={0}, pcpuset=set(), memory=1,
        cpu_pinning_raw={'0': 4})])


@pytest.mark.parametrize('make', [host, guest])
def test_a_copy_is_what_it_is_a_copy_of(make):
    original = make()
    made = copies.copied(original)
    assert type(made) is type(original)
    assert made.obj_to_primitive() == original.obj_to_primitive()
    assert made.obj_what_changed() == original.obj_what_changed()


@pytest.mark.parametrize('change', [
    lambda cell: cell.pin_cpus({3}), lambda cell: cell.cpuset.add(9),
    lambda cell: setattr(cell, 'cpu_usage', 7),
    lambda cell: setattr(cell.mempages[0], 'used', 9),
    lambda cell: cell.mempages.append(objects.NUMAPagesTopology(size_kb=8)),
    lambda cell: cell.siblings[0].clear(),
    lambda cell: cell.network_metadata.physnets.add('p2'),
    lambda cell: cell.obj_reset_changes(),
], ids=['pinned', 'a CPU', 'usage', 'pages', 'more pages', 'siblings',
        'networks', 'changes'])
def test_no_change_of_a_copy_reaches_the_original(change):
    original = host()
    before = original.obj_to_primitive()
    made = copies.copied(original)
    change(made.cells[0])
    assert made.obj_to_primitive() != before
    assert original.obj_to_primitive() == before


def test_what_is_added_to_a_copy_is_still_checked():
    made = copies.copied(host())
    made.cells[0].cpuset.add('5')
    assert 5 in made.cells[0].cpuset
    with pytest.raises(ValueError, match='required in field'):
        made.cells.append('no cell')
    assert made.cells._obj is made
