# SPDX-License-Identifier: Apache-2.0

"""Moves that make the most room, as a table for people and for machines."""

from collections.abc import Iterator
from collections.abc import Sequence

from nova_pci_ext.planning import moves_report
from nova_pci_ext.planning.room_making import Rebalanced

COLUMNS = ('Move', 'Server', 'From', 'To', 'Fit then')
MACHINE_COLUMNS = ('move', 'step', 'server', 'name', 'source', 'target',
                   'servers', 'unknown', 'commands')


def rows(made: Rebalanced) -> Iterator[Sequence[object]]:
    """Yield the cells of each move, for people.

    How many servers fit stands at the last move of a step: the moves before
    it gain nothing by themselves.
    """
    number = 0
    for step in made.found.steps:
        for move in step.moves:
            number += 1
            yield (number, made.names[move.server], move.source, move.target,
                   step.fit if move is step.moves[-1] else '')


def data(made: Rebalanced) -> Iterator[tuple[Sequence[object], list[str]]]:
    """Yield the cells of each move but the last, and the commands."""
    number = 0
    for at, step in enumerate(made.found.steps, 1):
        for move in step.moves:
            number += 1
            yield ((number, at, move.server, made.names[move.server],
                    move.source, move.target,
                    step.fit if move is step.moves[-1] else None,
                    made.unknown.get(move.server, '')),
                   list(moves_report.commands(move)))


def verdict(made: Rebalanced) -> str:
    """Return what moves gain, in one line."""
    found = made.found
    now = f'{found.fit} such servers fit now'
    if not found.steps:
        return f'{now}, and no move would make room for more' + (
            '' if found.ends else ': not all pairs of moves were compared')
    number = len(found.moves)
    return (f'{now}, {found.steps[-1].fit} after '
            f'{"1 move" if number == 1 else f"{number} moves"}')


def notes(made: Rebalanced) -> Iterator[str]:
    """Yield the lines below the table."""
    for move in made.found.moves:
        yield from moves_report.commands(move)
    yield from warnings(made)


def warnings(made: Rebalanced) -> Iterator[str]:
    """Yield what is not known."""
    if made.found.steps:
        yield ('no one or two further moves gain anything'
               if made.found.ends else
               'whether more moves gain more was not looked at: --moves')
    yield from moves_report.caveats(made)
