# SPDX-License-Identifier: Apache-2.0

"""NUMA cells as the rules want them."""

import types

import pytest

from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.novaobj import cells


class Fields(types.SimpleNamespace):
    """An object of which some fields are unset, as Nova's can be."""

    def __contains__(self, name):
        return name in vars(self)


def host(*found):
    return Fields(cells=[Fields(**each) for each in found])


TWO_SOCKETS = host({'id': 0, 'socket': 0}, {'id': 1, 'socket': 0},
                   {'id': 2, 'socket': 1})


@pytest.mark.parametrize(('topology', 'expected'), [
    (None, set()), (Fields(), set()), (TWO_SOCKETS, {0, 1}),
    (host({'id': 0, 'socket': 0}, {'id': 1}), set()),
    (host({'id': 0, 'socket': None}), set()),
    (host({'id': 5, 'socket': 0}), set()),
], ids=['unknown', 'unset', 'a socket of two nodes', 'one without a socket',
        'an old host', 'another node'])
def test_nodes_that_share_a_socket(topology, expected):
    assert cells.socket_nodes(frozenset({0}), topology) == expected


def test_the_cells_of_a_guest():
    guest = [Fields(id=1), Fields(id=2)]
    assert cells.guest_cells(guest, TWO_SOCKETS) == GuestCells(
        nodes=frozenset({1, 2}), socket_nodes=frozenset({0, 1, 2}))
    assert cells.guest_cells([], TWO_SOCKETS) is None
    assert cells.guest_cells(None, TWO_SOCKETS) is None
