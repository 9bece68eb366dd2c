# SPDX-License-Identifier: Apache-2.0

"""What each host says to a server that exists, asked as for any other.

A host where the server is, or that keeps devices for it, is asked without
what the server has there: its own devices, NUMA cells, vCPUs, memory and disk
do not stand in its way.  Placement is not asked about that host, for it would
take them for somebody else's; of all other hosts it is.
"""

import dataclasses
from collections.abc import Callable

from nova import context as nova_context
from nova import exception

from nova_pci_ext import exceptions
from nova_pci_ext.explaining import answers
from nova_pci_ext.explaining import databases
from nova_pci_ext.explaining import hosts
from nova_pci_ext.explaining import live
from nova_pci_ext.explaining import report
from nova_pci_ext.explaining import run
from nova_pci_ext.planning import fleet
from nova_pci_ext.planning import movers
from nova_pci_ext.planning import room
from nova_pci_ext.servers.asking import Asked
from nova_pci_ext.servers.record import Server

#: What refuses every host but one, past all filters.
FORCED = 'told to go to {}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What all hosts say.

    :ivar own: hosts that were asked without what the server has there
    :ivar weighed: hosts that pass, in the order of the scheduler's weighers;
        empty for a server that is nowhere
    """

    report: report.Report
    own: frozenset[str] = frozenset()
    weighed: tuple[str, ...] = ()

    @property
    def elsewhere(self) -> bool:
        """Whether a host takes it on which it is not yet."""
        return any(each.servers for each in self.report.answers
                   if each.host not in self.own)


def judge(server: Server, asked: Asked, *, host: str | None = None,
          told: Callable[[int], None] = lambda number: None) -> Judged:
    """Ask the hosts of the cloud.

    :param host: the only one to ask, None for all
    :param told: is told how many hosts have answered, after each
    :raises ServerRequestError: where the scheduler would not ask hosts, or no
        host has the name
    :raises DiscoveryError: if the database of a cell does not answer
    """
    databases.check_cells()
    try:
        return _Judge(server, asked).ask(host, told)
    except exception.NovaException as exc:
        # A host that it was told to go to, and that is gone.
        raise exceptions.ServerRequestError(exc.format_message()) from exc


class _Judge:
    def __init__(self, server: Server, asked: Asked) -> None:
        self._server = server
        self._asked = asked
        self._cloud = live.Cloud(nova_context.get_admin_context())
        # Nova asks no filter about a host that somebody named; devices and
        # nodes have to do for its compute.
        others = () if asked.forced else self._cloud.other_filters()
        self._explainer = answers.Explainer(asked.spec, others)
        self._at_home = answers.Explainer(
            movers.without_placement(asked.spec), others)
        self._nodes = frozenset(each.node for each in server.devices)
        self._passed: list[hosts.State] = []

    def ask(self, name: str | None,
            told: Callable[[int], None]) -> Judged:
        """Ask one host after the other."""
        own, found = set(), []
        for host in run.only(name, self._cloud.hosts(self._asked.spec)):
            if self._is_own(host):
                own.add(host.name)
            found.append(self._answer(host))
            told(len(found))
        return Judged(
            report=report.make(found, 1), own=frozenset(own),
            weighed=tuple(self._cloud.weighed(
                self._passed, self._asked.spec)) if self._passed else ())

    def _is_own(self, host: hosts.ExplainedHost) -> bool:
        server = self._server
        return not server.is_deleted and (
            host.name == server.host or host.state.uuid in self._nodes)

    def _answer(self, host: hosts.ExplainedHost) -> answers.Answer:
        forced = self._asked.forced.split(', ')
        if self._asked.forced and not (
                {host.name, host.state.nodename} & set(forced)):
            return answers.Answer(
                host=host.name, servers=0,
                refused_by=FORCED.format(self._asked.forced))
        explainer = self._explainer
        if self._is_own(host):
            host, explainer = self._without_itself(host), self._at_home
        kept = fleet.fresh(host).state if self._server.settled else None
        answer = explainer.answer(host, 1)
        if answer.servers and kept is not None:
            self._passed.append(kept)
        return answer

    def _without_itself(self,
                        host: hosts.ExplainedHost) -> hosts.ExplainedHost:
        """Return a host as it is once the server has left."""
        found = fleet.fresh(host.without([self._server.uuid]))
        # Placement would be asked anew; its candidates are not those.
        found.state.allocation_candidates = [{'mappings': {}}]
        if host.name == self._server.host and self._asked.held is not None:
            room.give_back(found.state, self._asked.held)
        room.unpin(found.state, self._asked.pinned.get(host.name))
        return found
