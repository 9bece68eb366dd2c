# SPDX-License-Identifier: Apache-2.0

"""What /sys says quickly about PCI devices, to see which have changed.

Read are names, links and MAC addresses only: a few microseconds a device, and
nothing that waits for the lock of a device.  (``driver_override`` does, and
hangs for as long as a guest holds a device that is being unplugged.)
"""

import os
import pathlib
from collections.abc import Iterable
from typing import NamedTuple

ROOT = pathlib.Path('/sys/bus/pci/devices')

Netdevs = tuple[tuple[str, str], ...]


class Stamp(NamedTuple):
    """What differs once a description of a device is out of date.

    :ivar inode: number of the device's folder; one that was removed and came
        back has another one
    :ivar parent: address of the PF, None for all but VFs
    :ivar netdevs: name and MAC address of the network interfaces of the PF,
        or of the device itself where there is no PF
    """

    inode: int
    parent: str | None
    netdevs: Netdevs


def read(addresses: Iterable[str], root: pathlib.Path = ROOT,
         ) -> dict[str, Stamp | None]:
    """Read the stamps of devices.

    Devices without a folder are left out: they are gone, whoever still lists
    them.  Where /sys has none of the devices, it is not that of their host;
    then all are there, and no stamp is known.
    """
    names = list(addresses)
    netdevs: dict[str, Netdevs] = {}
    found: dict[str, Stamp | None] = {}
    for address in names:
        folder = f'{root}/{address}'
        try:
            inode = os.stat(folder).st_ino
        except OSError:
            continue
        parent = _parent(folder)
        head = parent or address
        if head not in netdevs:
            netdevs[head] = _netdevs(f'{root}/{head}/net')
        found[address] = Stamp(inode, parent, netdevs[head])
    return found or dict.fromkeys(names)


def _parent(folder: str) -> str | None:
    try:
        return os.path.basename(os.readlink(f'{folder}/physfn'))
    except OSError:
        return None


def _netdevs(folder: str) -> Netdevs:
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return ()
    return tuple((name, _text(f'{folder}/{name}/address')) for name in names)


def _text(path: str) -> str:
    try:
        with open(path, encoding='ascii', errors='replace') as file:
            return file.read().strip()
    except OSError:
        return ''
