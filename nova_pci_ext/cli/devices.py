# SPDX-License-Identifier: Apache-2.0

"""``nova-pci devices``: the PCI devices of a host, and who has them."""

import argparse
import dataclasses
import os
import pathlib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import TextIO

from nova_pci_ext import exceptions
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import device_rows
from nova_pci_ext.cli import drained_marks
from nova_pci_ext.cli import fleet
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import lister
from nova_pci_ext.cli import owners
from nova_pci_ext.cli import sources
from nova_pci_ext.cli import suggested
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.discovery import overrides
from nova_pci_ext.discovery import pci_ids
from nova_pci_ext.discovery import unhealthy
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.discovery.anonymous import anonymize
from nova_pci_ext.drawing import plot
from nova_pci_ext.drawing import tree
from nova_pci_ext.handing_out import device_views
from nova_pci_ext.handing_out import readiness
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.printable import printable_fields
from nova_pci_ext.model.view import DeviceView


class Devices(fleet.Counting):
    """Show the PCI devices of a host, and what has become of them.

    Without a source it is this host. With a nova.conf the entry that takes
    a device is shown, and, if it names Nova's database, the owner too.
    --all-hosts, and --host on a controller, count the devices of other hosts
    by what Nova's database has of them.

    Exit status: 0, or 2 when something cannot be read or written.
    """

    formatter_namespace = 'nova_pci_ext.formatter.list'
    formatter_default = lister.TREE

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        sources.add_arguments(parser)
        configuration.add_arguments(parser)
        suggested.add_arguments(parser)
        fleet.add_arguments(parser)
        which = parser.add_mutually_exclusive_group()
        which.add_argument(
            '--host', metavar='NAME', help='what the host is called, by Nova '
            'too (default: the name of this machine); another host is read '
            "from Nova's database where the configuration names the API "
            'database')
        which.add_argument(
            '--all-hosts', action='store_true',
            help="all hosts that Nova's databases have, as nova-pci fleet")
        parser.add_argument(
            '--no-owners', action='store_true',
            help='leave the database alone')
        parser.add_argument(
            '--unfolded', action='store_true',
            help='a line of the tree for each device, even for equal ones')
        parser.add_argument(
            '--long', action='store_true', help='all columns of the table')
        parser.add_argument(
            '--record', type=pathlib.Path, metavar='FILE',
            help='write all that was found to an inventory file')
        parser.add_argument(
            '--anonymize', action='store_true',
            help='blank MAC addresses and serial numbers')
        parser.add_argument(
            '--plot', type=pathlib.Path, metavar='FILE',
            help='draw the host to an SVG file')
        return parser

    def take_action(self, parsed_args: argparse.Namespace,
                    ) -> tuple[Sequence[str], Iterable[object]]:
        """Read the host, write the files, and return the rows."""
        if fleet.is_asked(parsed_args):
            return self._count(parsed_args)
        loaded = self._load(parsed_args)
        found = self._read(parsed_args, loaded)
        if parsed_args.record:
            _record(found, parsed_args.record)
        if parsed_args.suggest_groups:
            return self._suggest(parsed_args, found, loaded)
        suggested.require(parsed_args)
        views = device_views.view_devices(
            found, loaded.specs if loaded.files else None, loaded.groups)
        shown = printable_fields(views)
        if parsed_args.plot:
            whole_files.write(parsed_args.plot, plot.draw(found, shown))
        if parsed_args.formatter == lister.TREE:
            return ('tree',), [(lister.Drawn(line),) for line in
                               self._tree(parsed_args, found, shown)]
        all_columns = (parsed_args.long or parsed_args.columns
                       or parsed_args.formatter != 'table')
        columns = device_rows.ALL if all_columns else device_rows.SHORT
        return columns, device_rows.rows(
            views, columns, as_text=parsed_args.formatter not in lister.TYPED)

    def _load(self, asked: argparse.Namespace) -> PciConfiguration:
        """Load the configuration; what this user cannot read is said.

        The devices of a host are for every user, its nova.conf often is not.

        :raises ConfigErrors: with the faults of what can be read
        """
        closed = configuration.unreadable(asked.sources)
        for path in closed:
            self._warn(f'{path}: no permission to read it; which devices are '
                       'handed out is not known')
        loaded = (loader.NOTHING if closed
                  else loader.load_files(asked.sources))
        loaded.require()
        return loaded

    def _read(self, asked: argparse.Namespace, loaded: PciConfiguration,
              ) -> Inventory:
        reading = sources.read(asked, asked.host)
        if reading is None:
            asked.sysfs = sources.ROOT
            reading = sources.read(asked, asked.host)
        assert reading is not None
        for difference in reading.differences:
            self._warn(str(difference))
        found = pci_ids.add_names(reading.found)
        if asked.sysfs is not None:
            found = unhealthy.add(
                overrides.add(found, asked.sysfs), asked.sysfs)
        connection = config_files.last(loaded.files, 'database',
                                       'connection')
        # That a recorded host is in a database is for the user to say.
        if connection and not asked.no_owners and (
                asked.sources or not reading.recorded):
            if reading.recorded and asked.host:
                found = dataclasses.replace(found, host=asked.host)
            try:
                found = owners.add_owners(found, loaded.files)
            except exceptions.DiscoveryError as exc:
                self._warn(f'{exc}; who owns the devices is not known')
        if not reading.recorded:
            try:
                found = drained_marks.add(found, loaded.files)
            except exceptions.DiscoveryError as exc:
                self._warn(f'{exc}; no device is handed out until it can be')
        return anonymize(found) if asked.anonymize else found

    def _suggest(self, asked: argparse.Namespace, found: Inventory,
                 loaded: PciConfiguration,
                 ) -> tuple[Sequence[str], Iterable[object]]:
        suggestion = suggested.find(asked, found, loaded)
        for text in suggestion.left_out:
            self._warn(text)
        if asked.formatter == lister.TREE:
            return ('line',), [(line,) for line in
                               suggested.lines(suggestion.groups)]
        return suggested.COLUMNS, suggested.rows(
            suggestion.groups, as_text=asked.formatter not in lister.TYPED)

    def _tree(self, asked: argparse.Namespace, found: Inventory,
              views: Sequence[DeviceView]) -> Iterator[str]:
        stdout = self.app.stdout
        shown = [printable(f'{found.host}: {readiness.summary(found)}'),
                 *tree.draw(views, fold=not asked.unfolded,
                            colour=_has_colours(stdout))]
        encoding = (getattr(stdout, 'encoding', None) or 'ascii').lower()
        for line in shown:
            yield line if encoding.startswith('utf') else line.translate(
                tree.ASCII)

    def _warn(self, text: str) -> None:
        lines.show(f'warning: {text}', self.app.stderr)


def _record(found: Inventory, path: pathlib.Path) -> None:
    """Write an inventory file, if it reads back as what it was made from.

    :raises DiscoveryError: if it does not, and nothing is written
    """
    again = inventory_file.parse_inventory(
        inventory_file.format_inventory(found), str(path))
    if again != found:
        raise exceptions.DiscoveryError(
            str(path), 'would not read back as it is; nothing was written')
    inventory_file.write_inventory(found, path)


def _has_colours(stdout: TextIO) -> bool:
    """Whether colours can be seen, and are wanted (no-color.org)."""
    return stdout.isatty() and not os.environ.get('NO_COLOR')


