# SPDX-License-Identifier: Apache-2.0

"""What sysfs shows of the health of a card, read so that a service can.

Nothing here waits for the lock of a device, which is held for as long as an
unplugging waits for a guest: the counters of AER are in memory, the driver is
a link, VFs are counted as links (``sriov_numvfs`` waits for the lock).  The
link is read from the device itself, so only of one that is awake: a newer
kernel would wake another one up, and wait for that.
"""

import os
import re

from nova_pci_ext.discovery.kernel_files import Folder
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model.health import Facts

_BUS = 'sys/bus/pci/devices'
_VF = re.compile('virtfn[0-9]+')
_SPEED = re.compile('([0-9]+([.][0-9]+)?) GT/s')
#: Of a device that does not sleep, and of a kernel without power management.
_AWAKE = frozenset({'active', 'unsupported', None})


def read(root: Root, address: str, vendor_id: str) -> Facts | None:
    """Read the facts of a device.

    :returns: None where this kernel has no device of the vendor there: then
        the device is one of another host, or gone
    """
    folder = Folder(root, os.path.join(root.path, _BUS, address))
    if (folder.text('vendor') or '').removeprefix('0x') != vendor_id:
        return None
    lanes: tuple[int | None, int | None] = None, None
    speeds: tuple[float | None, float | None] = None, None
    if root.text(folder.path, 'power', 'runtime_status') in _AWAKE:
        # What the device is able to do is read from it as well.
        lanes = (folder.number('current_link_width'),
                 folder.number('max_link_width'))
        speeds = (_speed(folder.text('current_link_speed')),
                  _speed(folder.text('max_link_speed')))
    return Facts(
        fatal=_total(folder.text('aer_dev_fatal')),
        nonfatal=_total(folder.text('aer_dev_nonfatal')),
        width=lanes[0], max_width=lanes[1],
        speed=speeds[0], max_speed=speeds[1],
        class_code=(folder.text('class') or '').removeprefix('0x') or None,
        driver=folder.link('driver'),
        vfs=sum(1 for name in folder.names if _VF.fullmatch(name)))


def _total(text: str | None) -> int | None:
    """Read the sum in a table of counters: ``TOTAL_ERR_FATAL 0``."""
    for line in (text or '').splitlines():
        name, _, number = line.partition(' ')
        if name.startswith('TOTAL_ERR') and number.isdecimal():
            return int(number)
    return None


def _speed(text: str | None) -> float | None:
    """Read ``8.0 GT/s PCIe``; a link that is down is ``Unknown``."""
    found = _SPEED.match(text or '')
    return float(found[1]) if found else None
