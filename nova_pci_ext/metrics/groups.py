# SPDX-License-Identifier: Apache-2.0

"""What a compute has of each class, and how many groups of it are whole."""

from collections.abc import Iterable

from nova_pci_ext.handing_out import host_counts
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import placed
from nova_pci_ext.novaobj.protocols import PciDevice

WHOLE, BROKEN = 'whole', 'broken'


def read(devices: Iterable[PciDevice]) -> host_counts.HostCounter:
    """Count the devices of a node."""
    counter = host_counts.HostCounter()
    for dev in devices:
        if dev.status not in GONE:
            counter.add(
                DeviceClass(vendor_id=dev.vendor_id,
                            product_id=dev.product_id,
                            dev_type=dev.dev_type),
                dev.numa_node, dev.status,
                is_drained=drain_notes.reason(dev.extra_info) is not None,
                is_unhealthy=drain_notes.unhealthy(
                    dev.extra_info) is not None,
                is_held=device_facts.held(dev.extra_info) is not None,
                groups=tuple(host_counts.groups_of(
                    placed.tags(dev.extra_info))))
    return counter


def count(counter: host_counts.HostCounter,
          ) -> dict[tuple[str, str], dict[str, int]]:
    """Count groups by type and size, and by whether they are whole.

    :returns: of each (type, size) how many are ``WHOLE`` and ``BROKEN``
    """
    return {(each.type, str(each.size)): {
        WHOLE: each.whole, BROKEN: each.declared - each.whole}
        for each in counter.group_counts()}
