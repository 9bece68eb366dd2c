# SPDX-License-Identifier: Apache-2.0

"""The fewest servers that have to move so that another one fits.

Moves are made one after the other, and each has to fit when its turn comes:
a target has devices of its own for a server before the source gives any back.
So only three kinds of one or two moves can help a host H::

    s leaves H for T
    s and r leave H, each for a T
    r leaves T for U, then s leaves H for T

All of them are tried, so one and two moves are exact.  Of three and more only
moves off H are tried, each to the first host that takes it: such a plan is
right, and that a smaller one does not exist is known up to two moves only.
"""

import dataclasses
import itertools
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence
from typing import Protocol

#: Moves for which the answer is exact.
EXACT = 2
#: The server that is to fit, among those that come to a host.
NEW = ''
# Plans of one size that are returned, and sets of servers of one host that
# are tried beyond two.
_PLANS, _SETS = 5, 2000


class Board(Protocol):
    """Which servers are where, and what each host would say."""

    def hosts(self) -> Sequence[str]:
        """Return the hosts, in the order in which they are preferred."""

    def servers(self, host: str) -> Sequence[str]:
        """Return the servers of a host that could leave it."""

    def kind(self, server: str) -> Hashable:
        """Return what servers of one host have in common that are equal."""

    def wants(self, server: str) -> Hashable:
        """Return what servers have in common that the same hosts take."""

    def takes(self, host: str, leaving: frozenset[str],
              coming: tuple[str, ...], before: tuple[str, ...] = ()) -> bool:
        """Whether a host takes servers, one after the other.

        The fewer leave and the more come, the less it takes.

        :param leaving: servers that have left it before
        :param coming: servers of other hosts, and ``NEW``
        :param before: servers that come before anybody leaves, and keep the
            devices that they get then
        """


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One server goes to another host."""

    server: str
    source: str
    target: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Moves in their order, and where the new server fits then."""

    moves: tuple[Move, ...]
    host: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Plans of one size, the smallest that were found.

    :ivar ruled_out: plans of as many moves do not exist
    :ivar never: whether no number of moves would do: each host refuses the
        new server even without those that could leave
    """

    plans: tuple[Plan, ...]
    ruled_out: int
    never: bool = False


def find(board: Board, most: int = EXACT) -> Found:
    """Find the fewest moves.

    :param most: moves in a plan at most
    :returns: no plans where none was found with so many moves
    """
    search = _Search(board)
    if not search.has_hosts:
        return Found(plans=(), ruled_out=min(most, EXACT), never=True)
    for size in range(1, most + 1):
        plans = tuple(itertools.islice(search.plans(size), _PLANS))
        if plans:
            return Found(plans=plans, ruled_out=min(size - 1, EXACT))
    return Found(plans=(), ruled_out=min(most, EXACT))


class _Search:
    """Looks for plans, fewest moves first; what is known stays known."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._hosts = board.hosts()
        self._takers: dict[Hashable, list[str]] = {}
        # Where the new server would not fit on the empty host, nothing helps.
        self._able = [host for host in self._hosts if board.servers(host)
                      and board.takes(host, frozenset(board.servers(host)),
                                      (NEW,))]

    @property
    def has_hosts(self) -> bool:
        """Whether there is a host on which moves could make room."""
        return bool(self._able)

    def plans(self, size: int) -> Iterator[Plan]:
        """Yield plans of one size; no smaller one exists."""
        for host in self._able:
            for leaving in self._sets(host, size):
                yield from self._off(host, leaving)
        if size == EXACT:
            yield from self._in_turn()

    def _sets(self, host: str, size: int) -> Iterator[tuple[str, ...]]:
        """Yield sets of servers without which the new one fits."""
        tried = itertools.islice(
            self._unequal(self._board.servers(host), size),
            None if size <= EXACT else _SETS)
        for leaving in tried:
            if self._board.takes(host, frozenset(leaving), (NEW,)):
                yield leaving

    def _unequal(self, servers: Iterable[str],
                 size: int) -> Iterator[tuple[str, ...]]:
        """Yield sets that differ in the kinds of their servers."""
        kinds: dict[Hashable, list[str]] = {}
        for server in servers:
            kinds.setdefault(self._board.kind(server), []).append(server)
        for numbers in _shares(size, [len(each) for each in kinds.values()]):
            yield tuple(server for each, number in zip(
                kinds.values(), numbers, strict=True)
                for server in each[:number])

    def _off(self, host: str, leaving: tuple[str, ...]) -> Iterator[Plan]:
        """Yield the first way to put servers of one host elsewhere."""
        for order in itertools.permutations(leaving) if (
                len(leaving) <= EXACT) else (leaving,):
            targets = self._targets(host, order, ())
            if targets is not None:
                yield Plan(host=host, moves=tuple(
                    Move(server=server, source=host, target=target)
                    for server, target in zip(order, targets, strict=True)))
                return

    def _targets(self, host: str, leaving: tuple[str, ...],
                 chosen: tuple[str, ...]) -> tuple[str, ...] | None:
        """Choose a target for each server that none was chosen for."""
        if len(chosen) == len(leaving):
            return chosen
        server = leaving[len(chosen)]
        for target in self._taking(server):
            before = tuple(other for other, there in zip(
                leaving, chosen, strict=False) if there == target)
            if target != host and (not before or self._board.takes(
                    target, frozenset(), (*before, server))):
                found = self._targets(host, leaving, (*chosen, target))
                # Beyond two, another target would rarely help and cost much.
                if found is not None or len(leaving) > EXACT:
                    return found
        return None

    def _taking(self, server: str) -> Sequence[str]:
        """Return the hosts that take a server as they are, in order."""
        wants = self._board.wants(server)
        if wants not in self._takers:
            self._takers[wants] = [
                host for host in self._hosts
                if self._board.takes(host, frozenset(), (server,))]
        return self._takers[wants]

    def _in_turn(self) -> Iterator[Plan]:
        """Yield plans in which a server makes room for another one."""
        for host in self._able:
            for (server,) in self._sets(host, 1):
                for target in self._hosts:
                    if target != host:
                        yield from self._through(host, server, target)

    def _through(self, host: str, server: str,
                 target: str) -> Iterator[Plan]:
        takes = self._board.takes
        there = self._board.servers(target)
        if not there or not takes(target, frozenset(there), (server,)):
            return
        for (other,) in self._unequal(there, 1):
            if not takes(target, frozenset((other,)), (server,)):
                continue
            last = self._last(host, server, other, target)
            if last is not None:
                yield Plan(host=host, moves=(
                    Move(server=other, source=target, target=last),
                    Move(server=server, source=host, target=target)))

    def _last(self, host: str, server: str, other: str,
              target: str) -> str | None:
        """Return where the server that makes room goes.

        Where the two change places, it comes before the other one leaves.
        """
        return next((
            last for last in self._taking(other) if last != target
            and (last != host or self._board.takes(
                host, frozenset((server,)), (NEW,), (other,)))), None)


def _shares(total: int, most: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield the ways to write a number as a sum, each term up to a limit."""
    if not most:
        if not total:
            yield ()
        return
    for first in range(min(total, most[0]) + 1):
        for rest in _shares(total - first, most[1:]):
            yield first, *rest
