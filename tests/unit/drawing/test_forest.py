# SPDX-License-Identifier: Apache-2.0

"""Devices arranged as trees."""

from nova_pci_ext.drawing import forest
from tests import device_scenes as scenes


def outline(nodes):
    return {node.name: outline(node.children) for node in nodes}


def test_a_vf_stands_below_its_pf_and_the_bridges_above_it():
    [group] = forest.plant(scenes.views(
        scenes.pf(numa_node=None), scenes.vf(numa_node=1)))
    assert group.numa_node == 1
    names = [node.name for node in group.roots[0].walk()]
    assert names == [*scenes.pf().pci_path, '0000:0a:00.0', '0000:0a:10.0']
    assert [node.view is None for node in group.roots[0].walk()] == [
        *(True for _ in scenes.pf().pci_path), False, False]


def test_trees_without_a_numa_node_come_last():
    assert [group.numa_node for group in forest.plant(scenes.views(
        scenes.device('0000:01:00.0', numa_node=None, pci_path=()),
        scenes.device('0000:02:00.0', numa_node=1, pci_path=()),
        scenes.device('0000:03:00.0', numa_node=0, pci_path=())))] == [
        0, 1, None]


def test_leaves_that_are_alike_are_one_row():
    views = scenes.views(*(
        scenes.device(f'0000:0{number}:00.0', driver=driver, pci_path=())
        for number, driver in enumerate(('a', 'b', 'a'))))
    nodes = [forest.Node(name=str(view.device.address), view=view)
             for view in views]
    bridge = forest.Node(name='bridge', children=(nodes[0],), view=views[0])
    assert [[node.name for node in row] for row in forest.fold(
        [*nodes, bridge], lambda view: view.device.driver)] == [
        ['0000:00:00.0', '0000:02:00.0'], ['0000:01:00.0'], ['bridge']]
