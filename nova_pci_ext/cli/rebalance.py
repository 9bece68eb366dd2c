# SPDX-License-Identifier: Apache-2.0

"""``nova-pci rebalance``: moves after which more servers of a kind fit."""

import argparse
import contextlib
from collections.abc import Iterable
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nova_pci_ext import exceptions
from nova_pci_ext.cli import asked_server
from nova_pci_ext.cli import configuration
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import lister
from nova_pci_ext.cli import progress
from nova_pci_ext.cli import quiet
from nova_pci_ext.cli import sources
from nova_pci_ext.model import command_verdict

if TYPE_CHECKING:
    from nova_pci_ext.planning import room_making

GAINS, GAINS_NOTHING = range(2)
MOVES = 10


class Rebalance(lister.Lister):
    """Plan moves of servers after which more servers of a kind fit.

    The next move is the one after which the scheduler would find hosts for
    the most servers like the described one, such as for the flavor of whole
    cards. Nothing is moved: the commands for that are printed.

    Exit status: 0 if moves gain something, 1 if none does, 2 for a fault in
    the question, the configuration or a recorded host.
    """

    rows_name = 'moves'

    _made: 'room_making.Rebalanced'

    def get_parser(self, prog_name: str) -> argparse.ArgumentParser:
        """Return the parser of this command."""
        parser: argparse.ArgumentParser = super().get_parser(prog_name)
        configuration.add_arguments(parser)
        parser.add_argument(
            '--plan', action='store_true',
            help='print the plan; nothing else is possible, and plans are '
                 'never carried out')
        parser.add_argument(
            '--moves', type=asked_server.positive, default=MOVES,
            metavar='NUMBER',
            help=f'so many moves at most; {MOVES} if not given')
        sources.add_inventories(
            parser, 'recorded hosts to ask, in the place of those of the '
            'cloud')
        asked_server.add_arguments(parser)
        parser.set_defaults(count=1)
        return parser

    def run(self, parsed_args: argparse.Namespace) -> int:
        """Run, and return a status that says whether moves gain anything."""
        super().run(parsed_args)
        return GAINS if self._made.found.steps else GAINS_NOTHING

    def verdict(self) -> command_verdict.CommandVerdict:
        """Return whether moves gain anything."""
        from nova_pci_ext.planning import rebalance_report
        gains = bool(self._made.found.steps)
        return command_verdict.CommandVerdict(
            command='rebalance', status=GAINS if gains else GAINS_NOTHING,
            answer=command_verdict.CommandAnswer.GAINS if gains
            else command_verdict.CommandAnswer.GAINS_NOTHING,
            text=rebalance_report.verdict(self._made),
            warnings=[*self.warnings,
                      *rebalance_report.warnings(self._made)])

    def take_action(self, parsed_args: argparse.Namespace,
                    ) -> tuple[Sequence[str], list[Sequence[object]]]:
        """Look for moves, and return a row for each."""
        if not parsed_args.plan:
            raise exceptions.UsageError(
                'servers are moved by whoever owns the cloud; expected '
                '--plan')
        wanted = asked_server.read(parsed_args)
        recorded = sources.read_inventories(parsed_args.inventory)
        quiet.use_threads()
        loaded = asked_server.load(parsed_args, wanted)
        with quiet.quiet(), contextlib.closing(
                progress.Progress(self.app.stderr)) as shown:
            from nova_pci_ext.explaining import run
            from nova_pci_ext.planning import rebalance_report
            from nova_pci_ext.planning import room_making
            shown.step('looking for moves')
            if recorded:
                self._made = room_making.rebalance_recordings(
                    wanted, recorded, loaded, parsed_args.moves)
            else:
                run.read_configuration(loaded)
                self._made = room_making.rebalance_cloud(
                    wanted, parsed_args.moves)
        if parsed_args.formatter == 'table':
            lines.show(rebalance_report.verdict(self._made),
                       self.app.stdout)
            return (rebalance_report.COLUMNS,
                    list(rebalance_report.rows(self._made)))
        return (rebalance_report.MACHINE_COLUMNS,
                [(*cells, lister.Shown(' && '.join(commands), commands))
                 for cells, commands in rebalance_report.data(self._made)])

    def produce_output(self, parsed_args: argparse.Namespace,
                       column_names: Sequence[str],
                       data: Iterable[Sequence[object]]) -> int:
        """Show the table where there are moves, and the notes below it."""
        rows = list(data)
        for_people = parsed_args.formatter == 'table'
        status = 0
        if rows or not for_people:
            status = super().produce_output(parsed_args, column_names, rows)
        if for_people:
            from nova_pci_ext.planning import rebalance_report
            for line in rebalance_report.notes(self._made):
                lines.show(line, self.app.stdout)
        return status
