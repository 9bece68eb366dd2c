# SPDX-License-Identifier: Apache-2.0

"""``nova-pci capacity``: how many servers of each flavor still fit."""

import argparse
import contextlib
import pathlib
from collections.abc import Iterable
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nova_pci_ext import exceptions
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import files
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import lister
from nova_pci_ext.cli import progress
from nova_pci_ext.cli import quiet
from nova_pci_ext.cli import sources
from nova_pci_ext.configuration import loader
from nova_pci_ext.discovery import whole_files
from nova_pci_ext.model import command_verdict
from nova_pci_ext.model.listed_flavor import ListedFlavor
from nova_pci_ext.parsing import flavor_list
from nova_pci_ext.parsing.faults import Faults

if TYPE_CHECKING:
    from nova_pci_ext.planning import counting

FITS, DOES_NOT_FIT = range(2)
_WIDTH = 80


class Capacity(lister.Lister):
    """Count how many more servers of each flavor fit, and what is short.

    Each flavor is counted alone, and all of them in the proportion of what
    runs. Hosts are those of the cloud whose configuration this machine has,
    or recorded ones. The scheduler's own filters decide; nothing is written.

    Exit status: 0 if each flavor fits at least once, 1 if not, 2 for a fault
    in the flavors, the configuration or a recorded host.
    """

    rows_name = 'flavors'

    _count: 'counting.Count'

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        parser.set_defaults(max_width=_WIDTH)
        configuration.add_arguments(parser)
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument(
            '--flavors', type=files.to_read, metavar='FILE',
            help='flavors as openstack flavor list --long -f json prints '
                 'them; "Running" may be added to each, the number of its '
                 'servers')
        which.add_argument(
            '--all', action='store_true',
            help='all flavors of the cloud that ask for PCI devices')
        sources.add_inventories(
            parser, 'recorded hosts to ask, in the place of those of the '
            'cloud')
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run, and return a status that says whether each flavor fits."""
        super().run(parsed_args)
        return FITS if self._count.fits else DOES_NOT_FIT

    def verdict(self) -> command_verdict.CommandVerdict:
        """Return whether each flavor fits at least once."""
        from nova_pci_ext.planning import capacity_report
        fits = self._count.fits
        return command_verdict.CommandVerdict(
            command='capacity', status=FITS if fits else DOES_NOT_FIT,
            answer=command_verdict.CommandAnswer.FITS if fits
            else command_verdict.CommandAnswer.DOES_NOT_FIT,
            text=capacity_report.summary(self._count),
            warnings=[*self.warnings, *capacity_report.notes(self._count)])

    def take_action(self, parsed_args: argparse.Namespace,
                    ) -> tuple[Sequence[str], list[tuple[object, ...]]]:
        """Count, and return the rows."""
        if parsed_args.all and parsed_args.inventory:
            raise exceptions.UsageError(
                '--all names the flavors of a cloud, and --inventory asks '
                'recorded hosts; expected --flavors')
        flavors = (_read(parsed_args.flavors) if parsed_args.flavors
                   else None)
        recorded = sources.read_inventories(parsed_args.inventory)
        quiet.use_threads()
        loaded = loader.load_files(parsed_args.sources)
        loaded.require()
        with quiet.quiet(), contextlib.closing(
                progress.Progress(self.app.stderr)) as shown:
            from nova_pci_ext.explaining import run
            from nova_pci_ext.planning import capacity_report
            from nova_pci_ext.planning import counting
            if recorded:
                self._count = counting.count_recorded(
                    flavors or (), recorded, loaded, shown.asked)
            else:
                run.read_configuration(loaded)
                self._count = counting.count_cloud(flavors, shown.asked)
        if parsed_args.formatter == 'table':
            return capacity_report.COLUMNS, [
                capacity_report.row(each) for each in self._count.rows]
        return capacity_report.MACHINE_COLUMNS, [
            tuple(_shown(cell) for cell in capacity_report.data(each))
            for each in self._count.rows]

    def produce_output(self, parsed_args: argparse.Namespace,
                       column_names: Sequence[str],
                       data: Iterable[Sequence[object]]) -> int:
        """Show the table, and the notes below it."""
        status = super().produce_output(parsed_args, column_names, data)
        if parsed_args.formatter == 'table':
            from nova_pci_ext.planning import capacity_report
            for line in capacity_report.notes(self._count):
                lines.show(line, self.app.stdout)
        return status


def _shown(cell: object) -> object:
    """Give a cell with parts the words that it has in a row of text."""
    if not isinstance(cell, list):
        return cell
    return lister.Shown('; '.join(
        f'{part["what"]}: {part["hosts"]}' if 'what' in part
        else f'{part["host"]}: {part["servers"]}' for part in cell), cell)


def _read(path: pathlib.Path) -> tuple[ListedFlavor, ...]:
    """Read the flavors of a file.

    :raises ConfigErrors: if there is a fault in them
    """
    faults = Faults()
    found = flavor_list.parse_flavor_list(whole_files.read(path), str(path),
                                          faults)
    faults.finish('the list of flavors')
    return found
