# SPDX-License-Identifier: Apache-2.0

"""What the devices are that a virt driver reports."""

from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import cast

from nova_pci_ext.discovery import fixed_facts
from nova_pci_ext.discovery import kernel_files
from nova_pci_ext.discovery import pci_paths
from nova_pci_ext.model import slots
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import device_reports

Reported = device_reports.Reported


def find(reported: Sequence[Mapping[str, object]],
         root: kernel_files.Root | None = None,
         ) -> dict[str, device_facts.Found]:
    """Return what each reported device is, by its address.

    Nova's driver knows no slots, and the MAC addresses that interfaces have
    now, so the kernel is asked, once for a card and not for its VFs.

    :param reported: all devices of the host, as virt drivers report them
    :param root: the folder that holds ``sys``, that of this host if None
    """
    devices = cast(Sequence[Reported], reported)
    known = {each['address'] for each in devices}
    heads = [each for each in devices
             if each.get('dev_type') not in CHILD_TYPES
             or each.get('parent_addr') not in known]
    files = root or kernel_files.Root('/')
    asked = _ask([each for each in heads
                  if device_reports.PCI_PATH not in each], files)
    if not asked:
        return device_facts.of_report(reported)
    return device_facts.of_report(
        {**each, device_facts.FACTS: asked[each['address']]}
        if each['address'] in asked else each for each in devices)


def _ask(heads: Iterable[Reported], root: kernel_files.Root,
         ) -> dict[str, device_facts.Facts]:
    """Ask for those devices that this kernel has."""
    found: dict[str, device_facts.Facts] = {}
    names: dict[str, str] | None = None
    for each in heads:
        address = each['address']
        above = pci_paths.of_device(root, address, each['vendor_id'],
                                    each['product_id'])
        if not above:
            continue
        if names is None:
            names = fixed_facts.read_slots(root)
        found[address] = {
            'slot': slots.path(names, above, address),
            'mac': fixed_facts.permanent_mac(root, address)}
        for child, number in fixed_facts.vf_numbers(root, address).items():
            found[child] = {'index': number}
    return found
