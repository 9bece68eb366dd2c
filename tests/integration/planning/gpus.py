# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts of GPUs, and a configuration that hands them out."""

from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.config_files import SourceKind
from nova_pci_ext.model import device
from nova_pci_ext.model import inventory
from nova_pci_ext.model.address import PciAddress

CONF = """\
[pci]
device_spec = {"vendor_id": "10de", "product_id": "20b0"}
alias = {"name": "gpu", "vendor_id": "10de", "product_id": "20b0", \
"device_type": "type-PCI"}
"""


def load(folder):
    """Return the configuration."""
    path = folder / 'nova.conf'
    path.write_text(CONF)
    return loader.load_files([(SourceKind.FILE, path)])


def host(name, owners):
    """Return a host with a GPU for each owner, None for a free one."""
    return inventory.Inventory(host=name, devices=tuple(device.Device(
        address=PciAddress.parse(f'0000:{16 + at:02x}:00.0'),
        vendor_id='10de', product_id='20b0', owner=owner, numa_node=0,
        dev_type=device.DeviceType.PCI)
        for at, owner in enumerate(owners)), numa_cells=(
            inventory.NumaCell(id=0, cpus=tuple(range(8)), memory_mb=8192,
                               socket=0),))
