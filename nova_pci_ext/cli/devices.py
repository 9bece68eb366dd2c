# SPDX-License-Identifier: Apache-2.0

"""``nova-pci devices``: the PCI devices of a host, and who has them."""

import argparse
import dataclasses
import itertools
import pathlib
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import TextIO

from nova_pci_ext import exceptions
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import device_rows
from nova_pci_ext.cli import drained_marks
from nova_pci_ext.cli import files
from nova_pci_ext.cli import fleet
from nova_pci_ext.cli import lister
from nova_pci_ext.cli import owners
from nova_pci_ext.cli import sources
from nova_pci_ext.cli import suggested
from nova_pci_ext.cli import terminal
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.discovery import overrides
from nova_pci_ext.discovery import pci_ids
from nova_pci_ext.discovery import unhealthy
from nova_pci_ext.discovery.anonymous import anonymize
from nova_pci_ext.drawing import plot
from nova_pci_ext.drawing import tree
from nova_pci_ext.handing_out import device_views
from nova_pci_ext.handing_out import readiness
from nova_pci_ext.model import command_verdict
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.printable import printable
from nova_pci_ext.model.printable import printable_fields
from nova_pci_ext.model.view import DeviceView


class Devices(fleet.Counting):
    """Show the PCI devices of a host, and what has become of them.

    Without a source it is this host; several recorded ones may be named.
    With a nova.conf the entry that takes a device is shown, and, if it names
    Nova's database, the owner too. --all-hosts, and --host on a controller,
    count the devices of other hosts by what Nova's database has of them.

    Exit status: 0, or 2 when something cannot be read or written.
    """

    formatter_namespace = 'nova_pci_ext.formatter.list'
    formatter_default = lister.TREE
    rows_name = 'devices'

    _verdict: command_verdict.CommandVerdict | None = None

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
            '--bridges', action='store_true',
            help='root complexes, root ports and bridges in the tree too')
        parser.add_argument(
            '--long', action='store_true', help='all columns of the table')
        parser.add_argument(
            '--record', type=pathlib.Path, metavar='FILE',
            help='write all that was found to an inventory file; - for the '
                 'standard output, with nothing else there')
        parser.add_argument(
            '--anonymize', action='store_true',
            help='blank MAC addresses and serial numbers')
        parser.add_argument(
            '--plot', type=files.picture, metavar='FILE',
            help='draw the host to an SVG file; - as for --record')
        return parser

    def take_action(self, parsed_args: argparse.Namespace,
                    ) -> tuple[Sequence[str], Iterable[object]]:
        """Read the host, write the files, and return the rows."""
        if fleet.is_asked(parsed_args):
            return self._count(parsed_args)
        suggested.require(parsed_args)
        loaded = self._load(parsed_args)
        hosts = self._read(parsed_args, loaded)
        _check(parsed_args, hosts)
        if parsed_args.record:
            _record(hosts[0], parsed_args.record, self.app.stdout)
        if parsed_args.suggest_groups:
            return self._suggest(parsed_args, hosts[0], loaded)
        viewed = [(found, device_views.view_devices(
            found, loaded.specs if loaded.files else None, loaded.groups))
            for found in hosts]
        self._verdict = self._answer(
            command_verdict.CommandAnswer.READ,
            '; '.join(itertools.starmap(_headline, viewed)))
        if parsed_args.plot:
            files.write(parsed_args.plot, plot.draw(
                hosts[0], printable_fields(viewed[0][1])), self.app.stdout)
        if parsed_args.formatter == lister.TREE:
            return ('tree',), [(lister.Drawn(line),) for line in
                               self._trees(parsed_args, viewed)]
        columns = device_rows.columns(
            short=parsed_args.formatter == 'table' and not (
                parsed_args.long or parsed_args.columns),
            hosts=len(hosts))
        return columns, [
            row for found, views in viewed for row in device_rows.rows(
                found.host, views, columns,
                as_text=parsed_args.formatter not in lister.TYPED)]

    def _load(self, asked: argparse.Namespace) -> PciConfiguration:
        """Load the configuration; what this user cannot read is said.

        The devices of a host are for every user, its nova.conf often is not.

        :raises ConfigErrors: with the faults of what can be read
        """
        closed = configuration.unreadable(asked.sources)
        for path in closed:
            self.warn(f'{path}: no permission to read it; which devices are '
                       'handed out is not known')
        loaded = (loader.NOTHING if closed
                  else loader.load_files(asked.sources))
        loaded.require()
        return loaded

    def _read(self, asked: argparse.Namespace, loaded: PciConfiguration,
              ) -> list[Inventory]:
        readings = sources.read_all(asked, asked.host)
        if not readings:
            asked.sysfs = sources.ROOT
            readings = sources.read_all(asked, asked.host)
        return [self._add(asked, loaded, reading) for reading in readings]

    def _add(self, asked: argparse.Namespace, loaded: PciConfiguration,
             reading: sources.Reading) -> Inventory:
        """Add names, owners and marks to what was read of a host."""
        for difference in reading.differences:
            self.warn(str(difference))
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
                self.warn(f'{exc}; who owns the devices is not known')
        if not reading.recorded:
            try:
                found = drained_marks.add(found, loaded.files)
            except exceptions.DiscoveryError as exc:
                self.warn(f'{exc}; no device is handed out until it can be')
        return anonymize(found) if asked.anonymize else found

    def _suggest(self, asked: argparse.Namespace, found: Inventory,
                 loaded: PciConfiguration,
                 ) -> tuple[Sequence[str], Iterable[object]]:
        suggestion = suggested.find(asked, found, loaded)
        for text in suggestion.left_out:
            self.warn(text)
        self.rows_name = 'groups'
        self._verdict = self._answer(
            command_verdict.CommandAnswer.SUGGESTED,
            f'{len(suggestion.groups)} groups on {found.host}')
        if asked.formatter == lister.TREE:
            return ('line',), [(line,) for line in
                               suggested.lines(suggestion.groups)]
        return suggested.COLUMNS, suggested.rows(
            suggestion.groups, as_text=asked.formatter not in lister.TYPED)

    def _trees(self, asked: argparse.Namespace,
               viewed: Sequence[tuple[Inventory, Sequence[DeviceView]]],
               ) -> Iterator[str]:
        for number, (found, views) in enumerate(viewed):
            if number:
                yield ''
            yield from terminal.wrap(printable(_headline(found, views)),
                                     self.app.stdout)
            yield from terminal.tree(
                tree.grow(printable_fields(views), fold=not asked.unfolded,
                          bridges=asked.bridges), self.app.stdout)

    def verdict(self) -> command_verdict.CommandVerdict:
        """Return what was read."""
        return self._verdict or super().verdict()

    def _answer(self, answer: command_verdict.CommandAnswer, text: str,
                ) -> command_verdict.CommandVerdict:
        return command_verdict.CommandVerdict(
            command='devices', status=0, answer=answer, text=text,
            warnings=self.warnings)


def _headline(found: Inventory, views: Sequence[DeviceView]) -> str:
    """Say of a host first what became of its devices, where that is known."""
    uses = tree.counts(views)
    return (f'{found.host}: {uses}; {readiness.summary(found)}' if uses
            else readiness.headline(found))


def _check(asked: argparse.Namespace, hosts: Sequence[Inventory]) -> None:
    """Refuse what is for one host, and two files on one stream.

    :raises UsageError: which says what was expected
    """
    for name in ('record', 'plot', 'suggest_groups'):
        if getattr(asked, name) and len(hosts) > 1:
            raise exceptions.UsageError(
                f'--{name.replace("_", "-")}: expected one host, got '
                f'{len(hosts)}')
    if files.is_stream(asked.record) and files.is_stream(asked.plot):
        raise exceptions.UsageError(
            '--record -: --plot has the standard output already')


def _record(found: Inventory, path: pathlib.Path, stdout: TextIO) -> None:
    """Write an inventory file, if it reads back as what it was made from.

    :raises DiscoveryError: if it does not, and nothing is written
    """
    text = inventory_file.format_inventory(found)
    if inventory_file.parse_inventory(text, str(path)) != found:
        raise exceptions.DiscoveryError(
            str(path), 'would not read back as it is; nothing was written')
    files.write(path, text, stdout)
