# SPDX-License-Identifier: Apache-2.0

"""PCI devices that the host itself cannot do without.

That is the NIC of a default route, and the controller of a disk that the
system runs from.  Bonds, bridges, VLANs, LVM, RAID and encrypted disks are
followed down to the devices below them.
"""

import pathlib
import re
from collections.abc import Iterator

DEFAULT_ROUTE = 'default route'
SYSTEM_DISK = 'system disk'
_MOUNT_POINTS = ('/', '/boot', '/boot/efi', '/usr', '/var')
_ADDRESS = re.compile('[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}[.][0-7]')
_NO_GATEWAY_V6 = '0' * 32


def find(root: pathlib.Path) -> dict[str, frozenset[str]]:
    """Find the devices and what the host needs each of them for.

    :param root: the folder that holds ``sys`` and ``proc``
    :returns: PCI address to ``DEFAULT_ROUTE`` or ``SYSTEM_DISK``, or both
    """
    found: dict[str, set[str]] = {}
    net = root / 'sys' / 'class' / 'net'
    for name in _route_interfaces(root):
        for address in _below(net / name, 'lower_*'):
            found.setdefault(address, set()).add(DEFAULT_ROUTE)
    for disk in _mounted_disks(root):
        for address in _below(disk, 'slaves/*'):
            found.setdefault(address, set()).add(SYSTEM_DISK)
    return {address: frozenset(uses) for address, uses in found.items()}


def _below(path: pathlib.Path, links: str) -> Iterator[str]:
    """Yield the PCI devices below an interface or a disk.

    The real path of either in sysfs goes through its PCI device; the last
    address on the way is the device, those before it are bridges.

    :param links: pattern of the links to what it is made of
    """
    try:
        real = path.resolve(strict=True)
    except OSError:
        return
    addresses = [part for part in real.parts if _ADDRESS.fullmatch(part)]
    if addresses:
        yield addresses[-1]
    for link in real.glob(links):
        yield from _below(link, links)


def _route_interfaces(root: pathlib.Path) -> set[str]:
    """Name the interfaces of the default routes, IPv4 and IPv6."""
    names = set()
    for line in _lines(root / 'proc' / 'net' / 'route')[1:]:
        fields = line.split()
        if len(fields) > 7 and fields[1] == fields[7] == '00000000':
            names.add(fields[0])
    for line in _lines(root / 'proc' / 'net' / 'ipv6_route'):
        fields = line.split()
        if (len(fields) > 9 and fields[0] == _NO_GATEWAY_V6
                and fields[1] == '00' and fields[9] != 'lo'):
            names.add(fields[9])
    return names


def _mounted_disks(root: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yield the block devices that the system's folders are mounted from.

    A file system of several disks (btrfs) has a made-up device number, so
    the name of its first disk is taken too.
    """
    for line in _lines(root / 'proc' / 'self' / 'mountinfo'):
        front, _, back = line.partition(' - ')
        fields, sources = front.split(), back.split()
        if len(fields) < 5 or fields[4] not in _MOUNT_POINTS:
            continue
        yield root / 'sys' / 'dev' / 'block' / fields[2]
        if len(sources) > 1 and sources[1].startswith('/dev/'):
            name = pathlib.Path(sources[1]).name
            yield root / 'sys' / 'class' / 'block' / name


def _lines(path: pathlib.Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []
