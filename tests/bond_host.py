# SPDX-License-Identifier: Apache-2.0

"""A host of two NICs, one on each NUMA node, on one physical network.

A bond of two ports is worth the name if they are on different NICs::

    NUMA node 0 ── pci0000:16 ── 0000:16:02.0 ── 0000:17:00.0 ── VFs
    NUMA node 1 ── pci0000:b2 ── 0000:b2:02.0 ── 0000:b3:00.0 ── VFs

``data/bond-host`` has the host as files; ``python -m tests.bond_host``
writes them again.
"""

import json
import pathlib

from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.inventory import NumaCell

DATA = pathlib.Path(__file__).parent / 'data' / 'bond-host'
PHYSNET = 'physnet0'
VFS = 8
#: Addresses of the PFs.
PFS = ('0000:17:00.0', '0000:b3:00.0')


def host(name='bond', vfs=VFS):
    """Return the host as an inventory.

    :param vfs: VFs of each PF
    """
    return Inventory(
        host=name, origin='made up: two NICs on one physical network',
        devices=tuple(device for node, pf in enumerate(PFS)
                      for device in _nic(PciAddress.parse(pf), node, vfs)),
        numa_cells=tuple(
            NumaCell(id=node, cpus=tuple(range(16 * node, 16 * node + 16)),
                     memory_mb=131072, socket=node) for node in (0, 1)))


def configuration():
    """Return the options of nova-compute and of the alias."""
    spec = {'vendor_id': '8086', 'product_id': '1889',
            'physical_network': PHYSNET}
    alias = {'name': 'vf', 'vendor_id': '8086', 'product_id': '1889',
             'device_type': 'type-VF'}
    return ('# The VFs of both NICs are on one network.\n[pci]\n'
            f'device_spec = {json.dumps(spec)}\n'
            f'alias = {json.dumps(alias)}\n')


def texts():
    """Return the content of each file by its name."""
    return {'inventory.json': inventory_file.format_inventory(host()),
            'nova.conf': configuration()}


def write():
    """Write the files."""
    DATA.mkdir(exist_ok=True)
    for name, text in texts().items():
        (DATA / name).write_text(text, 'utf-8')


def _nic(pf, node, vfs):
    """Yield a root port, and a NIC of one port with its VFs."""
    root = f'pci0000:{pf.bus - 1:02x}'
    port = PciAddress(0, pf.bus - 1, 2, 0)
    yield Device(
        address=port, vendor_id='8086', product_id='347a',
        dev_type=DeviceType.PCI, class_code='060400', driver='pcieport',
        numa_node=node, pci_path=(root,))
    common = {'vendor_id': '8086', 'class_code': '020000',
              'numa_node': node, 'pci_path': (root, str(port))}
    yield Device(
        address=pf, product_id='159b', dev_type=DeviceType.PF, driver='ice',
        serial=f'b4-96-91-ff-ff-00-00-{pf.bus:02x}', total_vfs=64,
        num_vfs=vfs, vf_product_id='1889', netdevs=(f'ens{node + 1}f0',),
        mac=f'b4:96:91:00:00:{pf.bus:02x}', link_state='up',
        link_speed_mbps=25000, **common)
    for number in range(vfs):
        yield Device(
            address=PciAddress(0, pf.bus, 1 + number // 8, number % 8),
            product_id='1889', dev_type=DeviceType.VF, driver='iavf',
            parent=pf, vf_index=number, **common)


if __name__ == '__main__':
    write()
