# SPDX-License-Identifier: Apache-2.0

"""What hosts say once some servers have left and others have come.

The filters decide, on a state without the devices, NUMA cells, CPUs, memory
and disk of those that have left, and after each server that came was placed
there.
"""

from collections.abc import Hashable
from collections.abc import Sequence

from nova_pci_ext.explaining.hosts import ExplainedHost
from nova_pci_ext.explaining.hosts import State
from nova_pci_ext.explaining.hosts import stats_of
from nova_pci_ext.planning import changing
from nova_pci_ext.planning import room
from nova_pci_ext.planning.fleet import FleetHost
from nova_pci_ext.planning.fleet import fresh
from nova_pci_ext.planning.fleet import publish
from nova_pci_ext.planning.movers import Mover
from nova_pci_ext.planning.movers import Movers
from nova_pci_ext.planning.moving import NEW


class HostBoard:
    """The hosts of a fleet; see ``moving.Board``.

    :param new: the server that is to fit
    """

    def __init__(self, hosts: Sequence[FleetHost], movers: Movers,
                 new: Mover) -> None:
        self._hosts = {each.name: each.host for each in hosts}
        # Keys are long, and asked for more often than anything else.
        numbers: dict[Hashable, int] = {}
        self._keys = {each.name: (
            numbers.setdefault(each.key, len(numbers)), each.freed)
            for each in hosts}
        self._kinds: dict[Hashable, int] = {}
        self._movers = movers
        self._servers: dict[str, tuple[str, ...]] = {}
        self._answers: dict[Hashable, bool] = {}
        self._rooms: dict[Hashable, int | None] = {}
        self._able: dict[Hashable, bool] = {}
        self._known: dict[str, Mover] = {NEW: new}

    def hosts(self) -> Sequence[str]:
        """Return the hosts, by name."""
        return sorted(self._hosts)

    def servers(self, host: str) -> Sequence[str]:
        """Return the servers of a host that own devices and can move."""
        if host not in self._servers:
            self._servers[host] = tuple(
                owner for owner in self._hosts[host].owners()
                if not self._movers.fixed(owner))
        return self._servers[host]

    def kind(self, server: str) -> Hashable:
        """Return what equal servers have in common.

        Which devices they own decides what is free when they leave.
        """
        return server

    def wants(self, server: str) -> Hashable:
        """Return what decides where a server can go; see ``moving.Board``."""
        kind = self.mover(server).kind
        return self._kinds.setdefault(kind, len(self._kinds))

    def takes(self, host: str, leaving: frozenset[str],
              coming: tuple[str, ...], before: tuple[str, ...] = ()) -> bool:
        """Whether a host takes servers; see ``moving.Board``."""
        if not self._may_come(host, (*before, *coming)):
            return False
        key = self._key(host, leaving, coming, before)
        if key not in self._answers:
            self._answers[key] = self._ask(
                host, leaving, coming, before) is not None
        return self._answers[key]

    def room(self, host: str, leaving: frozenset[str],
             coming: tuple[str, ...],
             before: tuple[str, ...] = ()) -> int | None:
        """Return how many new servers fit; see ``rebalancing.Board``."""
        if not self._may_come(host, (*before, *coming)):
            return None
        if not self._may_come(host, (NEW,)):
            return 0 if self.takes(host, leaving, coming, before) else None
        key = self._key(host, leaving, coming, before)
        if key not in self._rooms:
            self._rooms[key] = self._count(host, leaving, coming, before)
        return self._rooms[key]

    def _may_come(self, host: str, coming: tuple[str, ...]) -> bool:
        """Whether nothing but what is in use would keep servers away.

        This is what hosts of one key can differ in: the other filters tell
        them apart for one server and not for another one.
        """
        return all(self._is_able(host, each) for each in coming)

    def _is_able(self, host: str, server: str) -> bool:
        key = host, self.wants(server)
        if key not in self._able:
            mover = self.mover(server)
            self._able[key] = (
                mover.only is None or host in mover.only
            ) and mover.explainer.passes_others(self._hosts[host].state)
        return self._able[key]

    def _key(self, host: str, leaving: frozenset[str],
             coming: tuple[str, ...], before: tuple[str, ...]) -> Hashable:
        """Return what decides an answer.

        Where nobody comes who must not meet others, it is that of each equal
        host, unless what those give back who leave is known of one only.
        """
        movers = [self.mover(each) for each in (*before, *coming)]
        kinds = (tuple(map(self.wants, before)),
                 tuple(map(self.wants, coming)))
        key, freed = self._keys[host]
        if any(each.group for each in movers) or (leaving and not freed):
            return host, leaving, kinds
        return key, freed(leaving) if leaving and freed else None, kinds

    def mover(self, server: str) -> Mover:
        """Return a server that can move, or the new one."""
        if server not in self._known:
            self._known[server] = self._movers.of(server)
        return self._known[server]

    def _count(self, name: str, leaving: frozenset[str],
               coming: tuple[str, ...],
               before: tuple[str, ...]) -> int | None:
        host = self._ask(name, leaving, coming, before)
        if host is None:
            return None
        if coming:
            publish(host.state)
        number = 0
        while self._place(host, self.mover(NEW)):
            number += 1
        return number

    def _ask(self, name: str, leaving: frozenset[str],
             coming: tuple[str, ...],
             before: tuple[str, ...]) -> ExplainedHost | None:
        """Return a host after the moves, None where one does not fit."""
        if not before:
            host = self._without(self._hosts[name], leaving)
        else:
            host = fresh(self._hosts[name])
            if not self._place_all(name, frozenset(), before, (), host):
                return None
            self._leave(name, leaving, host.state)
        return host if self._place_all(name, leaving, coming, before,
                                       host) else None

    def _place_all(self, name: str, leaving: frozenset[str],
                   coming: tuple[str, ...], there: tuple[str, ...],
                   host: ExplainedHost) -> bool:
        """Place servers one after the other; each keeps what it gets."""
        for number, server in enumerate(coming):
            mover = self.mover(server)
            if number:
                publish(host.state)
            if not (self._apart(name, leaving, (*there, *coming[:number]),
                                mover) and self._place(host, mover)):
                return False
        return True

    def _leave(self, name: str, leaving: frozenset[str],
               state: State) -> None:
        """Have servers leave a host that others have come to."""
        asked = self._hosts[name]
        gone = asked.without(sorted(leaving)).state
        if state.pci_stats is not None:
            publish(state, changing.free_after(
                stats_of(fresh(asked).state), stats_of(state),
                stats_of(gone)))
        for server in leaving:
            _give_back(state, self.mover(server))

    def _place(self, host: ExplainedHost, mover: Mover) -> bool:
        """Place a server on a host that takes it."""
        left = room.free(host.state)
        if left is not None and left.short_of(mover.need):
            return False
        # Placement would be asked anew; its candidates are not those.
        host.state.allocation_candidates = [{'mappings': {}}]
        if not mover.explainer.take(host):
            return False
        room.placed(host.state, mover.need)
        return True

    def _apart(self, host: str, leaving: frozenset[str],
               before: tuple[str, ...], mover: Mover) -> bool:
        """Whether the group of a server lets it come."""
        if mover.group is None:
            return True
        there = self._movers.members(mover.group, host) - leaving
        return len(there) + sum(
            self.mover(each).group == mover.group for each in before
        ) < mover.group.most

    def _without(self, host: ExplainedHost,
                 leaving: frozenset[str]) -> ExplainedHost:
        found = fresh(host.without(sorted(leaving)) if leaving else host)
        for server in leaving:
            _give_back(found.state, self.mover(server))
        return found


def _give_back(state: State, mover: Mover) -> None:
    """Free what a server has beside devices."""
    room.give_back(state, mover.need)
    room.unpin(state, mover.pinned)
