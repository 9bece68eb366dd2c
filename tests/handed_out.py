# SPDX-License-Identifier: Apache-2.0

"""Hosts of a few devices, and what entries hand out of them."""

from nova_pci_ext import parsing
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory

PCI, PF, VF = DeviceType.PCI, DeviceType.PF, DeviceType.VF


def device(address, product='0001', dev_type=PCI, parent=None, **fields):
    """Return a device of vendor 8086."""
    return Device(
        address=PciAddress.parse(address), vendor_id='8086',
        product_id=product, dev_type=dev_type,
        parent=PciAddress.parse(parent) if parent else None, **fields)


def cover(devices, *texts):
    """Return which entries take the devices of a host."""
    specs = parsing.parse_device_specs(
        parsing.option_values('device_spec', texts), parsing.Faults())
    return coverage.cover(specs, Inventory(host='h', devices=tuple(devices)))


def lines(faults):
    """Return what is said of faults."""
    return [str(fault) for fault in faults]
