# SPDX-License-Identifier: Apache-2.0

"""A recorded host without what identifies its cards.

So that a user can send the file to somebody.  The name of the host stays:
``nova-pci devices --host`` gives it another one.
"""

import dataclasses
import re
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.model.device import BLANKED
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.inventory import Inventory

MAC = '00:00:00:00:00:00'
# udev names an interface after its MAC where it has nothing better.
_NAMED_BY_MAC = re.compile('x[0-9a-f]{12}')


def anonymize(found: Inventory) -> Inventory:
    """Blank MAC addresses and serial numbers, wherever they stand.

    What had one keeps a blank: an entry with ``remote_managed`` takes only
    devices with a serial number, and a VF's place below its PF is reported
    only with a MAC.  Equal serial numbers stay equal, and others different:
    they say what is one card.
    """
    blanks: dict[str, str] = {}
    for each in found.devices:
        if each.serial:
            blanks.setdefault(each.serial, f'{BLANKED}-{len(blanks) + 1}')
    return dataclasses.replace(found, devices=tuple(
        _anonymize(each, blanks) for each in found.devices))


def _anonymize(device: Device, blanks: Mapping[str, str]) -> Device:
    return dataclasses.replace(
        device, mac=device.mac and MAC, permanent_mac=None,
        serial=device.serial and blanks[device.serial],
        netdevs=tuple(_rename(device.netdevs)))


def _rename(netdevs: Iterable[str]) -> Iterable[str]:
    for name in netdevs:
        yield _NAMED_BY_MAC.sub(f'x{MAC.replace(":", "")}', name)
