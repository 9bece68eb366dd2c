# SPDX-License-Identifier: Apache-2.0

"""How a PCI device is reached, as the kernel shows it."""

import os
import re

from nova_pci_ext.discovery.kernel_files import Root

_ABOVE = re.compile('pci[0-9a-f:]+|[0-9a-f]{4,8}:[0-9a-f:]+[.][0-7]')
_BUS = 'sys/bus/pci/devices'


def above(path: str) -> tuple[str, ...]:
    """Name what is above a device; its link in the bus folder tells.

    :returns: from the root complex to the bridge above it; empty where
        there is no such link
    """
    try:
        parts = os.readlink(path).split('/')[:-1]
    except OSError:
        return ()
    return tuple(part for part in parts if _ABOVE.fullmatch(part))


def now(root: Root, address: str) -> tuple[str, ...]:
    """Name what is above whatever device this kernel has at an address."""
    return above(_folder(root, address))


def _folder(root: Root, address: str) -> str:
    return os.path.join(root.path, _BUS, address)


def of_device(root: Root, address: str, vendor_id: str, product_id: str,
              ) -> tuple[str, ...]:
    """Name what is above a device that somebody else described.

    Three small reads, none of which waits for the lock of a device.

    :returns: empty where this kernel has another device at the address, or
        none: then it was described on another host
    """
    path = _folder(root, address)
    ids = {'vendor': vendor_id, 'device': product_id}
    if any((root.text(path, name) or '').removeprefix('0x') != wanted
           for name, wanted in ids.items()):
        return ()
    return above(path)
