# SPDX-License-Identifier: Apache-2.0

"""``nova-pci devices --suggest-groups``: groups of a host, as an option."""

import argparse
from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext import exceptions
from nova_pci_ext.cli import files
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.handing_out import coverage
from nova_pci_ext.handing_out import suggested_groups
from nova_pci_ext.handing_out.suggested_groups import Suggestion
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.parsing import device_group
from nova_pci_ext.parsing import gpu_modules
from nova_pci_ext.parsing import partition_table

COLUMNS = ('type', 'name', 'addresses')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where the groups come from."""
    group = parser.add_argument_group('groups of devices')
    group.add_argument(
        '--suggest-groups', action='store_true',
        help='write [pci_ext] device_group for the GPUs and NICs of each '
             'switch and the NICs of each card, or for --partition-table')
    group.add_argument(
        '--partition-table', type=files.to_read, metavar='FILE',
        help="the partitions of NVIDIA's fabric manager, as fmpm -l prints "
             'them')
    group.add_argument(
        '--gpu-modules', type=files.to_read, metavar='FILE',
        help='which GPU is which module: the output of nvidia-smi -q, or '
             'lines such as 1=0000:b8:00.0')


def require(asked: argparse.Namespace) -> None:
    """Refuse files that nobody reads.

    :raises UsageError: for one beside which no groups are asked for
    """
    for name in ('partition_table', 'gpu_modules'):
        if getattr(asked, name) is not None and not asked.suggest_groups:
            raise exceptions.UsageError(
                f'--{name.replace("_", "-")}: expected --suggest-groups too')


def find(asked: argparse.Namespace, found: Inventory,
         loaded: PciConfiguration) -> Suggestion:
    """Return what is suggested.

    :raises UsageError: for a file without what it belongs to
    :raises DiscoveryError: for a file that cannot be read
    """
    if asked.partition_table is None:
        if asked.gpu_modules is not None:
            raise exceptions.UsageError(
                '--gpu-modules: expected --partition-table too')
        return suggested_groups.of_topology(found.devices, frozenset(
            device.address for device in coverage.cover(
                loaded.specs, found).handed_out()) if loaded.files else None)
    table = partition_table.parse(whole_files.read(asked.partition_table),
                                  str(asked.partition_table))
    modules = {} if asked.gpu_modules is None else gpu_modules.parse(
        whole_files.read(asked.gpu_modules), str(asked.gpu_modules))
    return suggested_groups.of_partitions(table, modules, found.devices)


def lines(groups: Sequence[DeviceGroup]) -> Iterator[str]:
    """Yield the lines of a nova.conf; none where there is no group."""
    if groups:
        yield '[pci_ext]'
    yield from map(device_group.line, groups)


def rows(groups: Sequence[DeviceGroup], *, as_text: bool,
         ) -> Iterator[tuple[object, ...]]:
    """Yield one row per group.

    :param as_text: addresses as words, for formats that have no lists
    """
    for group in groups:
        addresses = list(map(str, group.addresses))
        yield (group.type, group.name,
               ' '.join(addresses) if as_text else addresses)
