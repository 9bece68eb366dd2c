# SPDX-License-Identifier: Apache-2.0

"""Block devices, followed down to PCI devices."""

import os
import re
from collections.abc import Iterator

from nova_pci_ext.discovery import trails
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.discovery.trails import Trail

_SUBSYSTEM = re.compile('(.*/nvme-subsystem/nvme-subsys[0-9]+)(/.*)?')
_VIRTUAL = re.compile('dm-|md[0-9]|md_|loop|ram|zram|bcache')
_CONTROLLER = re.compile('nvme([0-9]+)')
_HEAD = re.compile('nvme([0-9]+)n([0-9]+)(p[0-9]+)?')
# Beginnings of names, and what such disks are; None for what is in memory or
# in a file of another file system.
_KINDS = (
    ('loop', None), ('zram', None), ('ram', None), ('nbd', 'a network disk'),
    ('rbd', 'a disk in Ceph'), ('drbd', 'replicated by DRBD'),
    ('zd', 'a ZFS volume'))


def follow(files: Root, path: str) -> Trail:
    """Follow a disk through partitions, LVM, RAID, LUKS and multipathing."""
    return trails.follow(files, path, _lower, _ending)


def find(files: Root, name: str) -> str | None:
    """Find a disk by the path of its device node, such as /dev/md/root.

    :returns: its folder in sysfs, None where there is none
    """
    folder = f'{files.path}/sys/class/block'
    names = files.names(folder)
    base = os.path.basename(name)
    if base in names:
        return f'{folder}/{base}'
    if name.startswith('/dev/mapper/'):
        for each in names:
            if (each.startswith('dm-')
                    and files.text(folder, each, 'dm/name') == base):
                return f'{folder}/{each}'
    return None


def held(files: Root) -> Iterator[tuple[str, str]]:
    """Yield the folders of disks that others are made of, and their names.

    LVM, RAID and encryption hold a disk also where nothing is mounted, below
    Ceph for example.
    """
    folder = f'{files.path}/sys/class/block'
    for name in files.names(folder):
        if not _VIRTUAL.match(name):
            for holder in files.names(folder, name, 'holders'):
                called = files.text(folder, holder, 'dm/name')
                yield f'{folder}/{name}', called or holder


def _lower(files: Root, real: str) -> Iterator[str]:
    """List what a disk, or the disk of a partition, is made of."""
    folders = real, os.path.dirname(real)
    for folder in folders:
        for name in files.names(folder, 'slaves'):
            yield f'{folder}/slaves/{name}'
    subsystem = _SUBSYSTEM.fullmatch(real)
    if subsystem:
        yield from _paths(files, subsystem[1], folders)


def _paths(files: Root, subsystem: str, folders: tuple[str, str],
           ) -> Iterator[str]:
    """List the paths to a namespace of NVMe with native multipathing.

    Linux 6.15 links to them. Before, the controllers of the subsystem are
    known, and each has a hidden disk for a namespace that it reaches.
    """
    links = [f'{folder}/multipath/{name}' for folder in folders
             for name in files.names(folder, 'multipath')]
    if links:
        yield from links
        return
    controllers = {name: f'{subsystem}/{name}'
                   for name in files.names(subsystem)
                   if _CONTROLLER.fullmatch(name)}
    head = next((found for folder in folders
                 if (found := _HEAD.fullmatch(os.path.basename(folder)))),
                None)
    near = [path for name, path in controllers.items() if head is not None
            and f'nvme{head[1]}c{name.removeprefix("nvme")}n{head[2]}'
            in files.names(files.real(path))]
    yield from near or controllers.values()


def _ending(files: Root, real: str) -> str | None:
    name = os.path.basename(real)
    if '/session' in real:
        return f'{name} is reached by iSCSI'
    if '/nvme-fabrics/' in real:
        # A disk is in the folder of its controller, which has the transport.
        transport = (files.text(real, 'transport')
                     or files.text(os.path.dirname(real), 'transport')
                     or 'a fabric')
        return f'{name} is reached by NVMe over {transport}'
    for beginning, kind in _KINDS:
        if re.fullmatch(f'{beginning}[0-9]+.*', name):
            return kind and f'{name} is {kind}'
    # What is neither is a disk that is on no PCI device, such as an SD card.
    return f'{name} leads to no disk' if '/devices/virtual/' in real else None
