# SPDX-License-Identifier: Apache-2.0

"""Where the commands take a host's devices from."""

import argparse
import collections
import dataclasses
import pathlib
import socket
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.cli import files
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.discovery import joining
from nova_pci_ext.discovery import nodedev
from nova_pci_ext.discovery import sysfs
from nova_pci_ext.model.inventory import Inventory

ROOT = pathlib.Path('/')


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read of a host.

    :ivar differences: in what sysfs and libvirt do not agree
    :ivar recorded: whether it is a file, or the devices that are there now
    """

    found: Inventory
    differences: tuple[joining.Difference, ...] = ()
    recorded: bool = False


def add_arguments(parser: argparse.ArgumentParser, *,
                  several: bool = True) -> None:
    """Add ``--inventory``, ``--sysfs``, ``--libvirt`` and ``--nodedev``.

    :param several: whether more than one recorded host may be named
    """
    group = parser.add_argument_group(
        'source of the devices', 'sysfs and libvirt may be named together: '
        'then one adds to the other, and differences are reported')
    if several:
        add_inventories(
            group, 'recorded hosts, as nova-pci devices --record writes them')
    else:
        # An address that follows would be taken for one more file.
        group.add_argument(
            '--inventory', type=files.to_read, metavar='FILE',
            action='append',
            help='a recorded host, as nova-pci devices --record writes it')
    group.add_argument(
        '--sysfs', type=pathlib.Path, metavar='ROOT', nargs='?', const=ROOT,
        help='this host, or the one whose sys and proc are below ROOT')
    libvirt = group.add_mutually_exclusive_group()
    libvirt.add_argument(
        '--libvirt', metavar='URI', nargs='?', const=nodedev.LIBVIRT_URI,
        help='the node devices of libvirt (qemu:///system unless told)')
    libvirt.add_argument(
        '--nodedev', type=pathlib.Path, metavar='FOLDER',
        help='recorded node devices: the output of virsh nodedev-dumpxml, '
             'one file per device')


def add_inventories(group: argparse._ActionsContainer, what: str) -> None:
    """Add ``--inventory``, which every command takes in the same way."""
    group.add_argument(
        '--inventory', type=files.to_read, metavar='FILE', nargs='+',
        action='extend', default=None, help=f'{what}; may be repeated')


def read_inventories(paths: Sequence[pathlib.Path] | None,
                     ) -> tuple[Inventory, ...]:
    """Read recorded hosts, in the order in which they are named.

    :raises DiscoveryError: if one cannot be read, or two have one name
    """
    found = tuple(inventory_file.read_inventory(path)
                  for path in paths or ())
    counts = collections.Counter(each.host for each in found)
    for name, count in counts.items():
        if count > 1:
            raise exceptions.DiscoveryError(
                ', '.join(map(str, paths or ())),
                f'more than one recorded host is called {name}')
    return found


def read_all(asked: argparse.Namespace, name: str | None = None,
             ) -> tuple[Reading, ...]:
    """Read the recorded hosts, or the one of any other source.

    :param name: as for ``read``
    :returns: () if no source is named
    :raises DiscoveryError: when one cannot be read
    """
    if asked.inventory is None:
        reading = read(asked, name)
        return () if reading is None else (reading,)
    _check_alone(asked)
    return tuple(Reading(found=found, recorded=True)
                 for found in read_inventories(asked.inventory))


def read(asked: argparse.Namespace, name: str | None = None,
         ) -> Reading | None:
    """Read the devices from where the arguments say.

    :param name: what to call the host; its own name if None
    :returns: None if no source is named
    :raises DiscoveryError: when one cannot be read
    """
    if asked.inventory is not None:
        first, *others = read_all(asked)
        if others:
            raise exceptions.UsageError(
                f'--inventory: expected one recorded host, got '
                f'{len(others) + 1}')
        return first
    name = name or socket.gethostname()
    libvirt = None
    if asked.libvirt is not None:
        libvirt = nodedev.read_libvirt(name, asked.libvirt)
    elif asked.nodedev is not None:
        libvirt = nodedev.read_folder(name, asked.nodedev)
    if asked.sysfs is None:
        return None if libvirt is None else Reading(found=libvirt)
    found = sysfs.read_host(name, asked.sysfs)
    if libvirt is None:
        return Reading(found=found)
    joined, differences = joining.join(found, libvirt)
    return Reading(found=joined, differences=differences)


def _check_alone(asked: argparse.Namespace) -> None:
    """Refuse a recorded host beside another source: nothing joins them."""
    if any(other is not None for other in
           (asked.sysfs, asked.libvirt, asked.nodedev)):
        raise exceptions.DiscoveryError(
            f'--inventory {asked.inventory[0]}', 'is a whole host; '
            'expected no other source beside it')
