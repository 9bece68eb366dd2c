# SPDX-License-Identifier: Apache-2.0

"""Nova's objects into our model and back; nobody else knows both.

Called by statistics, scheduler, compute and explaining.  May import model.
A change here keeps what equals what: two requests or pools that Nova treats
alike become equal values.
"""

from nova_pci_ext.novaobj.cells import guest_cells
from nova_pci_ext.novaobj.cells import socket_nodes
from nova_pci_ext.novaobj.pools import pool_objects
from nova_pci_ext.novaobj.pools import pools_from_dicts
from nova_pci_ext.novaobj.pools import pools_from_objects
from nova_pci_ext.novaobj.relevance import Relevant
from nova_pci_ext.novaobj.requests import device_requests
from nova_pci_ext.novaobj.requests import question
from nova_pci_ext.novaobj.server_requests import ServerRequests

__all__ = [
    'Relevant', 'ServerRequests', 'device_requests', 'guest_cells',
    'pool_objects', 'pools_from_dicts', 'pools_from_objects', 'question',
    'socket_nodes',
]
