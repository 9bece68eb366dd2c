# SPDX-License-Identifier: Apache-2.0

"""Moves after which more servers of one kind fit, each move the best next one.

What counts is how many such servers all hosts take, one after the other, once
the moves are done.  As in ``moving``, a target has devices of its own for a
server before the source gives any back.  The next step is the one move that
gains most; where no move gains anything, the two that do, of these kinds::

    s and r leave one host, each for another
    s and r leave two hosts for one and the same
    r leaves T for U, then s leaves H for T

So the first step is the best move that there is, and more steps are a way that
works and not always the best one.  Nobody moves twice, and from a host that
somebody came to nobody leaves, but for two servers that change places: then
what each host says of its moves in their order is what it says of those that
come before anybody leaves, of those that leave, and of those that come then.
"""

import dataclasses
import itertools
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Protocol

from nova_pci_ext.planning import moving
from nova_pci_ext.planning.moving import Move

# Pairs of moves that are compared in one step, and targets of each server of
# a pair.
_PAIRS, _TARGETS = 20_000, 3


class Board(moving.Board, Protocol):
    """Hosts that also say how many new servers they take."""

    def room(self, host: str, leaving: frozenset[str],
             coming: tuple[str, ...],
             before: tuple[str, ...] = ()) -> int | None:
        """Return how many new servers a host takes after others came.

        :param before: servers that come before anybody leaves
        :returns: None where it does not take those that come
        """


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Moves that gain something together.

    :ivar fit: new servers that fit once they are done
    """

    moves: tuple[Move, ...]
    fit: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rebalanced:
    """What moves gain.

    :ivar fit: new servers that fit before
    :ivar steps: in their order
    :ivar ends: whether no further step gains anything; False where so many
        moves were asked for, or not all pairs were compared
    """

    fit: int
    steps: tuple[Step, ...]
    ends: bool

    @property
    def moves(self) -> tuple[Move, ...]:
        """All moves, in their order."""
        return tuple(move for step in self.steps for move in step.moves)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """Who left a host, and who came to it after that.

    :ivar before: who came before anybody left
    """

    left: frozenset[str] = frozenset()
    came: tuple[str, ...] = ()
    before: tuple[str, ...] = ()


def find(board: Board, most: int) -> Rebalanced:
    """Find moves that make room for the most new servers.

    :param most: moves in all
    """
    cloud = _Cloud(board)
    before = fit = cloud.fit()
    steps: list[Step] = []
    left = most
    while left:
        gain, moves = cloud.best(cloud.single())
        if not gain and left > 1:
            gain, moves = cloud.best(itertools.islice(cloud.pairs(), _PAIRS))
        if not gain:
            break
        cloud.carry_out(moves)
        fit += gain
        left -= len(moves)
        steps.append(Step(moves=moves, fit=fit))
    return Rebalanced(fit=before, steps=tuple(steps),
                      ends=left > 1 and not cloud.is_cut)


class _Cloud:
    """The board, and what was moved on it."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._hosts = list(board.hosts())
        self._sides = dict.fromkeys(self._hosts, _Side())
        self._moved: set[str] = set()
        self.is_cut = False
        # Where servers can go, by what they want.
        self._losses: dict[Hashable, list[tuple[str, int]]] = {}

    def fit(self) -> int:
        """Return how many new servers fit on all hosts."""
        return sum(self._room(host, side) or 0
                   for host, side in self._sides.items())

    def carry_out(self, moves: Iterable[Move]) -> None:
        """Have servers moved."""
        self._sides.update(self._after(moves) or {})
        self._moved.update(move.server for move in moves)
        self._losses.clear()

    def best(self, ways: Iterable[tuple[Move, ...]],
             ) -> tuple[int, tuple[Move, ...]]:
        """Return the largest gain and the first moves that have it."""
        found: tuple[int, tuple[Move, ...]] = (0, ())
        left = _PAIRS
        for moves in ways:
            left -= 1
            gain = self._gain(moves)
            if gain is not None and gain > found[0]:
                found = gain, moves
        self.is_cut = not left
        return found

    def single(self) -> Iterator[tuple[Move, ...]]:
        """Yield single moves, of which one is the best."""
        found = 0
        for gain, source, server in self._gaining():
            if gain <= found:
                return
            for target, loss in self._targets(server, source):
                found = max(found, gain - loss)
                yield (Move(server=server, source=source, target=target),)
                break

    def pairs(self) -> Iterator[tuple[Move, ...]]:
        """Yield two moves each."""
        yield from self._off_one()
        yield from self._onto_one()
        yield from self._in_turn()

    def _off_one(self) -> Iterator[tuple[Move, ...]]:
        for source in self._hosts:
            for pair in itertools.combinations(self._movable(source), 2):
                if not self._gain_without(source, pair):
                    continue
                ways = [[target for target, _ in itertools.islice(
                    self._targets(server, source), _TARGETS)]
                    for server in pair]
                for targets in itertools.product(*ways):
                    yield tuple(
                        Move(server=server, source=source, target=target)
                        for server, target in zip(pair, targets,
                                                  strict=True))

    def _onto_one(self) -> Iterator[tuple[Move, ...]]:
        gaining = self._gaining()
        for (_, one, first), (_, other, second) in itertools.combinations(
                gaining, 2):
            if one == other:
                continue
            for target in self._hosts:
                if target not in (one, other):
                    yield (Move(server=first, source=one, target=target),
                           Move(server=second, source=other, target=target))

    def _in_turn(self) -> Iterator[tuple[Move, ...]]:
        for _, source, server in self._gaining():
            for target in self._hosts:
                if target == source:
                    continue
                side = self._sides[target]
                for other in self._movable(target):
                    left = side.left | {other}
                    if self._board.takes(target, left, (server,),
                                         side.before):
                        for last, _ in itertools.islice(self._targets(
                                other, target), _TARGETS):
                            yield (Move(server=other, source=target,
                                        target=last),
                                   Move(server=server, source=source,
                                        target=target))

    def _gaining(self) -> list[tuple[int, str, str]]:
        """Return (gain, host, server) of those that make room by leaving."""
        found = []
        for host in self._hosts:
            for server in self._movable(host):
                gain = self._gain_without(host, (server,))
                if gain:
                    found.append((gain, host, server))
        return sorted(found, key=lambda each: -each[0])

    def _gain_without(self, host: str, servers: Iterable[str]) -> int:
        side = self._sides[host]
        after = self._room(host, dataclasses.replace(
            side, left=side.left.union(servers)))
        return (after or 0) - (self._room(host, side) or 0)

    def _movable(self, host: str) -> Sequence[str]:
        """Return who can leave a host: nobody where somebody came."""
        if self._sides[host].came:
            return ()
        return [server for server in self._board.servers(host)
                if server not in self._moved]

    def _targets(self, server: str, source: str) -> list[tuple[str, int]]:
        """Return where a server can go and what is lost, the least first."""
        wants = self._board.wants(server)
        if wants not in self._losses:
            self._losses[wants] = sorted(
                self._losing(server), key=lambda each: each[1])
        return [each for each in self._losses[wants] if each[0] != source]

    def _losing(self, server: str) -> Iterator[tuple[str, int]]:
        for host in self._hosts:
            side = self._sides[host]
            after = self._room(host, dataclasses.replace(
                side, came=(*side.came, server)))
            if after is not None:
                yield host, (self._room(host, side) or 0) - after

    def _gain(self, moves: tuple[Move, ...]) -> int | None:
        """Return what moves gain, None where one of them does not fit."""
        total = 0
        sides = self._after(moves)
        if sides is None:
            return None
        for host, side in sides.items():
            after = self._room(host, side)
            if after is None:
                return None
            total += after - (self._room(host, self._sides[host]) or 0)
        return total

    def _after(self, moves: Iterable[Move]) -> dict[str, _Side] | None:
        """Return the sides of the hosts that moves change.

        :returns: None where one would leave a host that others had left
            before somebody came, of which the board cannot be asked
        """
        found: dict[str, _Side] = {}
        for move in moves:
            source = found.get(move.source, self._sides[move.source])
            target = found.get(move.target, self._sides[move.target])
            if source.came:
                if source.left:
                    return None
                source = _Side(before=source.came)
            found[move.source] = dataclasses.replace(
                source, left=source.left | {move.server})
            found[move.target] = dataclasses.replace(
                target, came=(*target.came, move.server))
        return found

    def _room(self, host: str, side: _Side) -> int | None:
        return self._board.room(host, side.left, side.came, side.before)
