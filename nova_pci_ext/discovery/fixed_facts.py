# SPDX-License-Identifier: Apache-2.0

"""What the kernel knows of a device that stays when its address changes."""

import array
import fcntl
import os
import socket
import struct
from collections.abc import Mapping

from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model import slots

_SLOTS = 'sys/bus/pci/slots'
_DEVICES = 'sys/bus/pci/devices'
# Of include/uapi/linux/sockios.h and ethtool.h.
_SIOCETHTOOL = 0x8946
_GPERMADDR = 0x20
_MAC_BYTES = 6
_MOST_BYTES = 32
_NAME = 16


def read_slots(root: Root) -> dict[str, str]:
    """Return the slots of a host whose names are certain, by address."""
    found = {}
    for name in root.names(root.path, _SLOTS):
        address = root.text(root.path, _SLOTS, name, 'address')
        if address:
            found[name] = address
    return slots.certain(found)


def permanent_mac(root: Root, address: str) -> str | None:
    """Return the MAC address that a NIC was made with.

    A bond, or an administrator, changes the one that is in sysfs.

    :param address: of the PF; its first network interface is asked
    :returns: None where no driver of this host has it, or for a recorded
        tree, whose interfaces are not those of this kernel
    """
    if root.path != '/':
        return None
    names = root.names(root.path, _DEVICES, address, 'net')
    found = {mac for name in names if (mac := _ask(name))}
    # Those that stand for VFs have none, or one of their own.
    return found.pop() if len(found) == 1 else None


def _ask(interface: str) -> str | None:
    """Ask the driver of an interface by ioctl.

    Netlink says the same, but only with all else of each interface.
    """
    name = os.fsencode(interface)
    if len(name) >= _NAME:
        return None
    answer = array.array('B', struct.pack('=II', _GPERMADDR, _MOST_BYTES)
                         + bytes(_MOST_BYTES))
    pointer, _ = answer.buffer_info()
    request = struct.pack(f'{_NAME}sP', name, pointer).ljust(40, b'\0')
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            fcntl.ioctl(asked, _SIOCETHTOOL, request)
    except OSError:
        return None
    _, size = struct.unpack_from('=II', answer)
    digits = answer.tobytes()[8:8 + _MAC_BYTES]
    if size != _MAC_BYTES or not any(digits):
        return None
    return digits.hex(':')


def vf_numbers(root: Root, address: str) -> Mapping[str, int]:
    """Return the numbers of the VFs of a PF by their addresses."""
    return {child: int(name.removeprefix('virtfn'))
            for name in root.names(root.path, _DEVICES, address)
            if name.startswith('virtfn')
            and name.removeprefix('virtfn').isdecimal()
            and (child := root.link(root.path, _DEVICES, address, name))}
