# SPDX-License-Identifier: Apache-2.0

"""What would make room for a server, in one list, the fewest steps first."""

import shlex
from collections.abc import Iterator

from nova_pci_ext.explaining import report
from nova_pci_ext.planning.moving import EXACT
from nova_pci_ext.planning.moving import Move
from nova_pci_ext.planning.moving import Plan
from nova_pci_ext.planning.room_making import Moved
from nova_pci_ext.planning.room_making import RoomMade

_NOT_ASKED = ('Placement is not asked about moves: what others hold there '
              'beside devices can refuse one')
_NO_ROOM = ('vCPUs, memory and disk of recorded hosts are not known: not '
            'considered')


def lines(told: report.Report, made: RoomMade) -> Iterator[str]:
    """Yield the list, and what is known of smaller plans.

    Moves come before other changes of as many steps: they need no hardware.
    """
    ways = [(len(plan.moves), 0, _plan_lines(plan, made))
            for plan in made.found.plans]
    ways += [(size, 1, [f'{_steps(size)}: {text}'])
             for size, text in report.ways_of_nearest(told)]
    if ways:
        yield 'room for one such server, the fewest steps first:'
    for _, _, shown in sorted(ways, key=lambda way: way[:2]):
        yield from (f'  {line}' for line in shown)
    yield from _bound(made)
    if made.found.plans:
        yield from caveats(made)


def caveats(made: Moved) -> Iterator[str]:
    """Yield what is not known of moves."""
    yield from dict.fromkeys(
        f'{made.names[uuid]}: {why}' for uuid, why in made.unknown.items())
    yield _NOT_ASKED if made.has_room else _NO_ROOM


def _plan_lines(plan: Plan, made: RoomMade) -> list[str]:
    return [f'{_steps(len(plan.moves))}: move {_moves(plan, made)}; '
            f'it fits on {plan.host} then',
            *(f'  {command}' for move in plan.moves
              for command in commands(move))]


def _moves(plan: Plan, made: RoomMade) -> str:
    return ', then '.join(
        f'{made.names[move.server]} from {move.source} to {move.target}'
        for move in plan.moves)


def commands(move: Move) -> Iterator[str]:
    """Yield what an operator runs; the source is free once confirmed."""
    yield ('openstack --os-compute-api-version 2.56 server migrate --wait '
           f'--host {shlex.quote(move.target)} {move.server}')
    yield f'openstack server migration confirm {move.server}'


def _bound(made: RoomMade) -> Iterator[str]:
    size = len(made.found.plans[0].moves) if made.found.plans else None
    if made.found.never:
        yield ('no move makes room: no host would take it without the '
               'servers that could leave')
    elif size is None:
        yield (f'at least {made.found.ruled_out + 1} servers would have to '
               'move: fewer moves make no room')
        if made.most > EXACT:
            yield (f'no plan of up to {made.most} moves was found; of more '
                   f'than {EXACT} not all were tried')
    elif size > made.found.ruled_out + 1:
        yield (f'{made.found.ruled_out} moves make no room; whether {size} '
               'are the fewest is not known')


def text(made: RoomMade | None, host: str) -> str:
    """Return the moves of those plans, in one line."""
    return '' if made is None else '; '.join(
        _moves(plan, made) for plan in made.found.plans if plan.host == host)


def data(made: RoomMade | None, host: str) -> list[dict[str, object]]:
    """Return the plans after which a server fits on a host, as values.

    :param made: None where the server fits as it is
    """
    return [] if made is None else [{
        'size': len(plan.moves),
        'smallest': len(plan.moves) <= made.found.ruled_out + 1,
        'moves': [{
            'server': move.server, 'name': made.names[move.server],
            'source': move.source, 'target': move.target,
            'unknown': made.unknown.get(move.server, ''),
            'commands': list(commands(move))} for move in plan.moves]}
        for plan in made.found.plans if plan.host == host]


def _steps(number: int) -> str:
    return '1 step' if number == 1 else f'{number} steps'
