# SPDX-License-Identifier: Apache-2.0

"""The NUMA cells of a guest and of a host, as the rules want them."""

from collections.abc import Iterable

from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.novaobj.protocols import InstanceNUMACell
from nova_pci_ext.novaobj.protocols import NUMATopology


def guest_cells(numa_cells: Iterable[InstanceNUMACell] | None,
                topology: NUMATopology | None) -> GuestCells | None:
    """Read the host nodes that a guest's cells stand for.

    :param numa_cells: ``InstanceNUMACell`` objects; their ids are those of
        host cells
    :param topology: the host's ``NUMATopology``, or None
    """
    if not numa_cells:
        return None
    nodes = frozenset(cell.id for cell in numa_cells)
    return GuestCells(nodes=nodes,
                      socket_nodes=socket_nodes(nodes, topology))


def socket_nodes(nodes: frozenset[int],
                 topology: NUMATopology | None) -> frozenset[int]:
    """Return the host nodes that share a socket with ``nodes``.

    One node without a socket makes all of them unknown: Nova does not
    support hosts with several sockets in a node.
    """
    if topology is None or 'cells' not in topology:
        return frozenset()
    sockets = {cell.id: cell.socket if 'socket' in cell else None
               for cell in topology.cells if 'id' in cell}
    if None in sockets.values():
        return frozenset()
    mine = {sockets[node] for node in nodes if node in sockets}
    return frozenset(node for node, socket in sockets.items()
                     if socket in mine)
