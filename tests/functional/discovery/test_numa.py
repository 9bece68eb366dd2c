# SPDX-License-Identifier: Apache-2.0

"""The NUMA cells of a host."""

import pytest

from nova_pci_ext.discovery import numa
from nova_pci_ext.model.inventory import NumaCell
from tests.sysfs_tree import Tree

NODE = 'sys/devices/system/node'


@pytest.mark.parametrize(('text', 'cpus'), [
    ('', ()), ('3', (3,)), ('0-2,8', (0, 1, 2, 8)), ('0-99999999', ()),
    ('a', ()), ('1-', (1,))])
def test_lists_of_cpus(text, cpus):
    assert numa.parse_cpus(text) == cpus


def test_cells_with_cpus_by_their_numbers(tmp_path):
    tree = Tree(tmp_path)
    for number, cpus in ((10, '4-5'), (2, '0-1'), (3, '')):
        tree.file(f'{NODE}/node{number}/cpulist', cpus)
        tree.file(f'{NODE}/node{number}/meminfo',
                  f'Node {number} MemTotal:       4096 kB\n')
    tree.file(f'{NODE}/possible', '0-10')
    for cpu, socket in ((0, '0'), (4, '-1')):
        tree.file(f'sys/devices/system/cpu/cpu{cpu}/topology/'
                  'physical_package_id', socket)
    assert numa.read_cells(tmp_path) == (
        NumaCell(id=2, cpus=(0, 1), memory_mb=4, socket=0),
        NumaCell(id=10, cpus=(4, 5), memory_mb=4, socket=None))
