# SPDX-License-Identifier: Apache-2.0

"""Devices as Nova's libvirt driver reports them to the resource tracker.

The wire form is the list below ``pci_passthrough_devices``; its keys are
Nova's, see ``nova.virt.libvirt.host``.  One is ours, for hosts that are not
the one on which their report is read.
"""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Final
from typing import Required
from typing import TypedDict

from nova_pci_ext.model import device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.novaobj import device_facts


class Reported(TypedDict, total=False):
    """What our tracker reads of a reported device before Nova does."""

    address: Required[str]
    vendor_id: Required[str]
    product_id: Required[str]
    dev_type: str
    parent_addr: str | None
    capabilities: Mapping[str, Mapping[str, str]] | None
    pci_path: Sequence[str]


#: How a device is reached, as ``Device.pci_path``; empty where that is not
#: known.  Our tracker takes it out; without it the tracker asks its kernel.
PCI_PATH: Final = 'pci_path'


def passthrough_devices(
        devices: Iterable[device.Device]) -> list[dict[str, object]]:
    """Return one dict per device, in the order of their addresses."""
    by_address = {each.address: each for each in devices}
    return [_report(by_address[address], by_address)
            for address in sorted(by_address)]


def _report(each: device.Device,
            by_address: Mapping[PciAddress, device.Device],
            ) -> dict[str, object]:
    name = str(each.address).replace(':', '_').replace('.', '_')
    report: dict[str, Any] = {
        'dev_id': f'pci_{name}',
        'address': str(each.address),
        'vendor_id': each.vendor_id,
        'product_id': each.product_id,
        'label': f'label_{each.vendor_id}_{each.product_id}',
        'numa_node': each.numa_node,
        'dev_type': each.dev_type.value,
        PCI_PATH: each.pci_path,
    }
    facts = device_facts.of_device(each)
    if facts:
        report[device_facts.FACTS] = facts
    parent = by_address.get(each.parent) if each.parent else None
    if parent is not None:
        report['parent_addr'] = str(parent.address)
        interface = device.parent_interface(each, parent)
        if interface:
            report['parent_ifname'] = interface
    if each.dev_type is device.DeviceType.PF and each.mac:
        report['mac_address'] = each.mac
    capabilities = _report_capabilities(each, parent)
    if capabilities:
        report['capabilities'] = capabilities
    return report


def _report_capabilities(each: device.Device,
                         parent: device.Device | None) -> dict[str, object]:
    """Return what Nova passes on to the port's ``binding:profile``.

    Only VFs carry NIC features and their place below the PF.
    """
    found: dict[str, Any] = {}
    if each.dev_type is device.DeviceType.VF:
        if each.capabilities:
            found['network'] = list(each.capabilities)
        if parent is not None and device.is_nic_vf(each, parent):
            found['sriov'] = {'pf_mac_address': parent.mac,
                              'vf_num': each.vf_index}
    serial = device.card_serial(each, parent)
    if serial:
        found['vpd'] = {'card_serial_number': serial}
    return found
