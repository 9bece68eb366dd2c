# SPDX-License-Identifier: Apache-2.0

"""``nova-pci explain``: which hosts could take a server, and why not the rest.
"""

import argparse
import contextlib
from collections.abc import Iterable
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nova_pci_ext.cli import asked_server
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import explain_server
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import lister
from nova_pci_ext.cli import progress
from nova_pci_ext.cli import quiet
from nova_pci_ext.cli import sources
from nova_pci_ext.configuration.loader import PciConfiguration
from nova_pci_ext.explaining import server_request
from nova_pci_ext.model import command_verdict
from nova_pci_ext.model.inventory import Inventory

if TYPE_CHECKING:
    from nova_pci_ext.explaining import answers
    from nova_pci_ext.explaining import report
    from nova_pci_ext.planning import room_making

FITS, DOES_NOT_FIT = range(2)
COLUMNS = ('Host', 'Answer', 'Servers', 'Reason', 'Devices')
_MACHINE_COLUMNS = (*map(str.lower, COLUMNS), 'changes')


class Explain(lister.Lister):
    """Say which hosts could take a server, with which devices, or why not.

    Hosts are those of the cloud whose configuration this machine has, or
    recorded ones. The scheduler's own filter decides. With --server, say what
    became of a server of the cloud, and which other hosts could take it.

    Exit status: 0 if all servers fit, 1 if not, 2 for a fault in the
    question, the configuration or a recorded host.
    """

    rows_name = 'hosts'

    _report: 'report.Report'
    _made: 'room_making.RoomMade | None' = None
    _for_people = False
    _server: explain_server.ServerShown | None = None

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        configuration.add_arguments(parser)
        _add_hosts(parser)
        asked_server.add_arguments(parser)
        parser.add_argument(
            '--count', type=asked_server.positive, default=1,
            metavar='NUMBER',
            help='of servers that are booted together; 1 if not given')
        explain_server.add_arguments(parser)
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run, and return a status that says whether the servers fit."""
        super().run(parsed_args)
        if self._server is not None:
            self._server.complain(self.app.stderr)
            return self._server.status
        return FITS if self._report.fits else DOES_NOT_FIT

    def verdict(self) -> command_verdict.CommandVerdict:
        """Return whether all servers fit."""
        from nova_pci_ext.explaining import report
        fits = self._report.fits
        return command_verdict.CommandVerdict(
            command='explain', status=FITS if fits else DOES_NOT_FIT,
            answer=command_verdict.CommandAnswer.FITS if fits
            else command_verdict.CommandAnswer.DOES_NOT_FIT,
            text=next(report.histogram(self._report)),
            warnings=self.warnings)

    def take_action(self, parsed_args: argparse.Namespace,
                    ) -> tuple[Sequence[str], list[tuple[object, ...]]]:
        """Ask the hosts, and show what stands before the table."""
        self._for_people = parsed_args.formatter == 'table'
        if parsed_args.server is not None:
            return (COLUMNS if self._for_people
                    else tuple(map(str.lower, COLUMNS)),
                    self._of_server(parsed_args))
        wanted = asked_server.read(parsed_args)
        recorded = sources.read_inventories(parsed_args.inventory)
        quiet.use_threads()
        loaded = asked_server.load(parsed_args, wanted)
        with quiet.quiet(), contextlib.closing(
                progress.Progress(self.app.stderr)) as shown:
            from nova_pci_ext.explaining import report
            from nova_pci_ext.explaining import run
            if recorded:
                self._report = run.explain_recorded(
                    wanted, recorded, loaded, host=parsed_args.host,
                    count_all=parsed_args.capacity, asked=shown.asked)
            else:
                run.read_configuration(loaded)
                self._report = run.explain_cloud(
                    wanted, count_all=parsed_args.capacity,
                    host=parsed_args.host, asked=shown.asked)
            self._made = self._make_room(parsed_args, wanted, recorded,
                                         loaded)
        if self._for_people:
            for line in report.histogram(self._report):
                lines.show(line, self.app.stdout)
        names = COLUMNS if self._for_people else _MACHINE_COLUMNS
        rows = [_row(answer)[:len(names)] for answer in self._report.answers]
        if parsed_args.with_moves is not None and not self._for_people:
            from nova_pci_ext.planning import moves_report
            names = (*names, 'moves')
            rows = [(*row, lister.Shown(
                moves_report.text(self._made, answer.host),
                moves_report.data(self._made, answer.host)))
                for row, answer in zip(
                    rows, self._report.answers, strict=True)]
        return names, rows

    def _of_server(self, asked: argparse.Namespace,
                   ) -> list[tuple[object, ...]]:
        """Explain a server, and show what stands before the table."""
        quiet.use_threads()
        with quiet.quiet(), contextlib.closing(
                progress.Progress(self.app.stderr)) as shown:
            self._server = explain_server.ServerShown(asked, shown)
        if self._for_people:
            for line in self._server.before():
                lines.show(line, self.app.stdout)
        return self._server.rows()

    def _make_room(self, asked: argparse.Namespace,
                   wanted: server_request.ServerRequest,
                   recorded: Sequence[Inventory], loaded: PciConfiguration,
                   ) -> 'room_making.RoomMade | None':
        """Look for moves where that was asked for and is of use."""
        if asked.with_moves is None or self._report.fits:
            return None
        from nova_pci_ext.planning import room_making
        return (room_making.of_recordings(wanted, recorded, loaded,
                                          asked.with_moves)
                if recorded else room_making.of_cloud(
                    wanted, asked.with_moves))

    def produce_output(self, parsed_args: argparse.Namespace,
                       column_names: Sequence[str],
                       data: Iterable[Sequence[object]]) -> int:
        """Show the table, and what stands after it."""
        if self._server is not None:
            return self._produce_server(parsed_args, column_names, data)
        status = super().produce_output(parsed_args, column_names, data)
        if self._for_people:
            from nova_pci_ext.explaining import report
            after = list(self._helps())
            if self.app.options.verbose_level:
                after += report.details(self._report)
            for line in after:
                lines.show(line, self.app.stdout)
        return status

    def _produce_server(self, asked: argparse.Namespace,
                        names: Sequence[str],
                        data: Iterable[Sequence[object]]) -> int:
        assert self._server is not None
        if asked.formatter in lister.TYPED:
            self._server.write(asked, self.app.stdout)
            return FITS
        rows = list(data)
        status = FITS
        if rows or not self._for_people:
            status = super().produce_output(asked, names, rows)
        if self._for_people:
            for line in self._server.after(
                    details=bool(self.app.options.verbose_level)):
                lines.show(line, self.app.stdout)
        return status

    def _helps(self) -> Iterable[str]:
        """Return what would help where not all servers fit."""
        from nova_pci_ext.explaining import report
        if self._made is None:
            return report.nearest(self._report)
        from nova_pci_ext.planning import moves_report
        return moves_report.lines(self._report, self._made)


def _row(answer: 'answers.Answer') -> tuple[object, ...]:
    from nova_pci_ext.explaining import report
    return (answer.host, report.group(answer), answer.servers,
            lister.Shown(report.words(answer), report.reason_data(answer)),
            lister.Shown(report.used_text(answer), report.used_data(answer)),
            lister.Shown(report.ways_text(answer),
                         report.changes_data(answer)))


def _add_hosts(parser: argparse.ArgumentParser) -> None:
    sources.add_inventories(
        parser, 'recorded hosts to ask, in the place of those of the cloud, '
        'whose database and services the configuration names')
    parser.add_argument(
        '--host', metavar='NAME',
        help='the only host to ask, as Nova or the recording calls it')
    parser.add_argument(
        '--capacity', action='store_true',
        help='count how many such servers fit on each host and in all; only '
             'devices and NUMA nodes are counted')
    parser.add_argument(
        '--with-moves', nargs='?', type=asked_server.positive, const=2,
        metavar='NUMBER',
        help='where not all servers fit, say which servers would have to '
             'move, and where to, so that one more fits: at most so many, 2 '
             'if not given')
