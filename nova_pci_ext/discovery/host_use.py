# SPDX-License-Identifier: Apache-2.0

"""What the host itself uses PCI devices for.

Those are the NICs of its routes, and the controllers of the disks that it
has mounted or swaps to.  What cannot be followed to a device is said too:
it does not count as not needed.
"""

import dataclasses
import pathlib
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.discovery import block_devices
from nova_pci_ext.discovery import interfaces
from nova_pci_ext.discovery import mounts
from nova_pci_ext.discovery import routes
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.discovery.mounts import Mount
from nova_pci_ext.discovery.trails import Trail
from nova_pci_ext.model.inventory import Unfollowed

DEFAULT_ROUTE = 'default route'
SYSTEM_DISK = 'system disk'
SWAP = 'swap'
DISK_OF = 'disk of'
PORT_OF = 'port of'
_SYSTEM = ('/', '/boot', '/boot/efi', '/boot/firmware', '/usr', '/var')
# File systems that other machines serve, by the option or the part of their
# source that has the server's address.
_NETWORK = frozenset({
    'nfs', 'nfs4', 'cifs', 'smb3', 'ceph', '9p', 'lustre', 'gpfs', 'beegfs',
    'fuse.glusterfs', 'fuse.sshfs', 'fuse.ceph-fuse'})
# What is in memory is on no device, nor is what is mounted on demand.
_MEMORY = frozenset({'tmpfs', 'ramfs', 'rootfs', 'devtmpfs', 'squashfs',
                     'autofs'})
# A root of composefs shows what is below this one.
_COMPOSED, _SYSROOT = 'composefs', '/sysroot'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostUses:
    """What was found.

    :ivar devices: PCI address to what the host uses it for
    :ivar unfollowed: what could not be followed
    """

    devices: Mapping[str, frozenset[str]]
    unfollowed: tuple[Unfollowed, ...] = ()


def read(root: pathlib.Path) -> HostUses:
    """Find what the host uses.

    :param root: the folder that holds ``sys`` and ``proc``
    """
    files = Root(root)
    devices: dict[str, set[str]] = {}
    unfollowed: dict[Unfollowed, None] = {}
    for use, trail in (*_routes(files), *_mounts(files), *_swaps(files)):
        for address in trail.addresses:
            devices.setdefault(address, set()).add(use)
        for gap in trail.gaps:
            unfollowed[Unfollowed(use=use, reason=gap)] = None
    used = set(devices)
    for use, trail in (*_held(files), *_ports(files)):
        # Of a disk that is mounted it is clear what it is held for.
        for address in trail.addresses - used:
            devices.setdefault(address, set()).add(use)
    return HostUses(
        devices={address: frozenset(uses)
                 for address, uses in devices.items()},
        unfollowed=tuple(unfollowed))


def _routes(files: Root) -> Iterator[tuple[str, Trail]]:
    """Follow the routes; only the default ones have to lead to a NIC."""
    for route in routes.read(files):
        trail = interfaces.follow(files, route.interface)
        if route.is_default:
            yield DEFAULT_ROUTE, trail
        else:
            yield f'route to {route.network}', Trail(
                addresses=trail.addresses)


def _swaps(files: Root) -> Iterator[tuple[str, Trail]]:
    for node in mounts.swap_disks(files):
        found = block_devices.find(files, node)
        yield SWAP, (block_devices.follow(files, found) if found else Trail(
            gaps=(f'{node} is not in sysfs',)))


def _held(files: Root) -> Iterator[tuple[str, Trail]]:
    for disk, holder in block_devices.held(files):
        yield f'{DISK_OF} {holder}', Trail(
            addresses=block_devices.follow(files, disk).addresses)


def _ports(files: Root) -> Iterator[tuple[str, Trail]]:
    """Follow the interfaces that are ports of something else."""
    for name, master in interfaces.ports(files):
        yield f'{PORT_OF} {master}', Trail(
            addresses=interfaces.follow(files, name).addresses)


def _mounts(files: Root) -> Iterator[tuple[str, Trail]]:
    """Follow each file system once, from the place that matters most."""
    first: dict[tuple[str, str], Mount] = {}
    every = list(mounts.read(files))
    composed = any(mount.point == _SYSROOT for mount in every)
    for mount in sorted(every, key=lambda each: (
            each.point not in _SYSTEM, len(each.point))):
        if composed and mount.source == _COMPOSED:
            continue
        key = mount.number, (mount.source if mount.kind in _NETWORK else '')
        first.setdefault(key, mount)
    for mount in first.values():
        use = (SYSTEM_DISK if mount.point in _SYSTEM
               else f'mounted on {mount.point}')
        yield use, _below(files, mount)


def _below(files: Root, mount: Mount) -> Trail:
    if mount.kind in _NETWORK:
        return _server(files, mount)
    if mount.kind == 'zfs':
        return Trail(gaps=(f'{mount.point} is on ZFS ({mount.source}), which '
                           'does not say on which disks',))
    disks = list(_disks(files, mount))
    if disks:
        found = [block_devices.follow(files, disk) for disk in disks]
        return Trail(
            addresses=frozenset().union(*(each.addresses for each in found)),
            gaps=tuple(f'{mount.point} is on {mount.source}, and {gap}'
                       for each in found for gap in each.gaps))
    return Trail(gaps=tuple(_missing(mount)))


def _missing(mount: Mount) -> Iterator[str]:
    """Say why a mount without disks is of concern, if it is."""
    if mount.source.startswith('/dev/') and not mount.number.startswith('0:'):
        yield f'{mount.point} is on {mount.source}, which is not in sysfs'
    elif mount.point in _SYSTEM and mount.kind not in _MEMORY:
        yield (f'{mount.point} is on {mount.kind}'
               + (', as in a container' if mount.kind == 'overlay' else ''))


def _server(files: Root, mount: Mount) -> Trail:
    """Follow a file system of another machine to the NIC of its route."""
    gap = f'{mount.point} is on {mount.kind} ({mount.source})'
    address = (mount.option('addr')
               or mount.source.removeprefix('//').partition('/')[0]
               .partition(':')[0])
    route = routes.find(routes.read(files), address)
    if route is None:
        return Trail(gaps=(gap,))
    trail = interfaces.follow(files, route.interface)
    if mount.point in _SYSTEM or not trail.addresses:
        # The server may be reached over other networks as well.
        return Trail(addresses=trail.addresses, gaps=(gap,))
    return Trail(addresses=trail.addresses)


def _disks(files: Root, mount: Mount) -> Iterator[str]:
    """Yield the folders of the disks that a file system is on.

    A file system of several disks has a made-up device number, and names one
    of them (btrfs) or all (bcachefs).  A journal can be on another disk.
    """
    major, _, minor = mount.number.partition(':')
    if mount.number in files.names(files.path, 'sys/dev/block'):
        yield f'{files.path}/sys/dev/block/{major}:{minor}'
        nodes = []
    else:
        nodes = [node for node in mount.source.split(':')
                 if node.startswith('/dev/')]
    nodes += filter(None, (mount.option('logdev'), mount.option('rtdev')))
    for node in nodes:
        found = block_devices.find(files, node)
        if found is None:
            continue
        yield found
        if mount.kind == 'btrfs':
            yield from _siblings(files, found.rpartition('/')[2])


def _siblings(files: Root, name: str) -> Iterator[str]:
    """Yield all disks of the btrfs that one disk is a part of."""
    folder = f'{files.path}/sys/fs/btrfs'
    for uuid in files.names(folder):
        names = files.names(folder, uuid, 'devices')
        if name in names:
            yield from (f'{folder}/{uuid}/devices/{each}' for each in names)
