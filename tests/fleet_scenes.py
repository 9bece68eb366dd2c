# SPDX-License-Identifier: Apache-2.0

"""Recorded books of a small cloud, for what is said of all its hosts.

::

    gpu-1, gpu-2, gpu-4   8 GPUs in pairs and quads of NVLink, 4 VFs
    gpu-3                 the same, partly used, drained and unhealthy
    gpu-5                 the same, its nova-compute disabled
    net-1                 4 VFs and their PF, which nobody can get
"""

from nova_pci_ext.auditing.books import Books
from nova_pci_ext.auditing.books import Membership
from nova_pci_ext.auditing.books import Node
from nova_pci_ext.auditing.books import Row

OWNER = '5f0ea7b1-8a53-4c0c-9d5b-0f4d6a2c7e11'


def _gpu(number, **more):
    groups = (Membership(type='nvlink', group=f'p{number // 2}:2'),
              Membership(type='nvlink', group=f'q{number // 4}:4'))
    return {'address': f'0000:{0x10 + number:02x}:00.0', 'vendor_id': '10de',
            'product_id': '20b0', 'dev_type': 'type-PCI',
            'numa_node': number // 4, 'groups': groups, **more}


def _vf(number, **more):
    return {'address': f'0000:81:00.{number + 1}', 'vendor_id': '15b3',
            'product_id': '101e', 'dev_type': 'type-VF', 'numa_node': 0,
            'parent': '0000:81:00.0', **more}


def _used(row, **more):
    return {**row, 'status': 'allocated', 'owner': OWNER, **more}


def _hosts():
    """Return the rows of each host."""
    whole = [*map(_gpu, range(8)), *map(_vf, range(4))]
    busy = [_used(_gpu(0)), _used(_gpu(1), drained='bad fan'),
            _gpu(2, drained='bad fan'),
            _gpu(3, unhealthy='link has 4 of 16 lanes'),
            *map(_gpu, range(4, 8)), _used(_vf(0)), *map(_vf, range(1, 4))]
    pf = {**_vf(-1, parent=None, product_id='1021', dev_type='type-PF'),
          'status': 'unavailable'}
    return {'gpu-1': whole, 'gpu-2': whole, 'gpu-3': busy, 'gpu-4': whole,
            'gpu-5': whole, 'net-1': [pf, _used(_vf(0)),
                                      *map(_vf, range(1, 4))]}


def books():
    """Return the books of the cloud."""
    nodes, rows = [], []
    for number, (name, found) in enumerate(_hosts().items(), 1):
        nodes.append(Node(id=number, host=name, name=name, uuid=name,
                          disabled=name == 'gpu-5'))
        rows += [Row(**{'id': number * 100 + place, 'node_id': number,
                        'status': 'available', **row})
                 for place, row in enumerate(found)]
    return Books(nodes=tuple(nodes), rows=tuple(rows))
