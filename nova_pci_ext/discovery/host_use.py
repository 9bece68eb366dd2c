# SPDX-License-Identifier: Apache-2.0

"""PCI devices that the host itself cannot do without.

That is the NIC of a default route, and the controller of a disk that the
system runs from.  Bonds, bridges, VLANs, LVM, RAID and encrypted disks are
followed down to the devices below them.
"""

import os
import pathlib
import re
from collections.abc import Callable
from collections.abc import Iterator

from nova_pci_ext.discovery.kernel_files import Root

DEFAULT_ROUTE = 'default route'
SYSTEM_DISK = 'system disk'
_MOUNT_POINTS = ('/', '/boot', '/boot/efi', '/usr', '/var')
_ADDRESS = re.compile('[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}[.][0-7]')
_NO_GATEWAY_V6 = '0' * 32
# Called with a real path.
_Lower = Callable[[Root, str], Iterator[str]]


def find(root: pathlib.Path) -> dict[str, frozenset[str]]:
    """Find the devices and what the host needs each of them for.

    :param root: the folder that holds ``sys`` and ``proc``
    :returns: PCI address to ``DEFAULT_ROUTE`` or ``SYSTEM_DISK``, or both
    """
    files = Root(root)
    found: dict[str, set[str]] = {}
    for name in _route_interfaces(files):
        for address in _below(files, f'{root}/sys/class/net/{name}',
                              _lower_interfaces):
            found.setdefault(address, set()).add(DEFAULT_ROUTE)
    for disk in _mounted_disks(files):
        for address in _below(files, f'{root}/sys/{disk}', _lower_disks):
            found.setdefault(address, set()).add(SYSTEM_DISK)
    return {address: frozenset(uses) for address, uses in found.items()}


def _below(files: Root, path: str, lower: _Lower) -> Iterator[str]:
    """Yield the PCI devices below an interface or a disk.

    The real path of either in sysfs goes through its PCI device; the last
    address on the way is the device, those before it are bridges.

    :param lower: names what an interface or a disk is made of
    """
    seen, ahead = set(), [path]
    while ahead:
        real = files.real(ahead.pop())
        if real in seen:
            continue
        seen.add(real)
        addresses = [part for part in real.split('/')
                     if _ADDRESS.fullmatch(part)]
        if addresses and os.path.exists(real):
            yield addresses[-1]
        ahead += lower(files, real)


def _lower_interfaces(files: Root, path: str) -> Iterator[str]:
    for name in files.names(path):
        if name.startswith('lower_'):
            yield f'{path}/{name}'


def _lower_disks(files: Root, path: str) -> Iterator[str]:
    for name in files.names(path, 'slaves'):
        yield f'{path}/slaves/{name}'


def _route_interfaces(files: Root) -> set[str]:
    """Name the interfaces of the default routes, IPv4 and IPv6."""
    names = set()
    for line in _lines(files, 'proc/net/route')[1:]:
        fields = line.split()
        if len(fields) > 7 and fields[1] == fields[7] == '00000000':
            names.add(fields[0])
    for line in _lines(files, 'proc/net/ipv6_route'):
        fields = line.split()
        if (len(fields) > 9 and fields[0] == _NO_GATEWAY_V6
                and fields[1] == '00' and fields[9] != 'lo'):
            names.add(fields[9])
    return names


def _mounted_disks(files: Root) -> Iterator[str]:
    """Yield the block devices that the system's folders are mounted from.

    A file system of several disks (btrfs) has a made-up device number, so
    the name of its first disk is taken too.

    :returns: paths below ``sys``
    """
    for line in _lines(files, 'proc/self/mountinfo'):
        front, _, back = line.partition(' - ')
        fields, sources = front.split(), back.split()
        if len(fields) < 5 or fields[4] not in _MOUNT_POINTS:
            continue
        yield f'dev/block/{fields[2]}'
        if len(sources) > 1 and sources[1].startswith('/dev/'):
            yield f'class/block/{os.path.basename(sources[1])}'


def _lines(files: Root, name: str) -> list[str]:
    return (files.long_text(files.path, name) or '').splitlines()
