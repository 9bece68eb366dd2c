# SPDX-License-Identifier: Apache-2.0

"""Whether each host can take the servers, decided by the scheduler's code.

The filters are asked about a host as Nova asks them. What is said beside, such
as the devices or what would help, comes from the same engine and pools.
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Sequence

from nova.scheduler.filters import numa_topology_filter

from nova_pci_ext import exceptions
from nova_pci_ext import novaobj
from nova_pci_ext.explaining import corrections
from nova_pci_ext.explaining import hosts
from nova_pci_ext.explaining import placing
from nova_pci_ext.matching import counterfactual
from nova_pci_ext.matching import demands
from nova_pci_ext.model.change import Changes
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.request import GuestCells
from nova_pci_ext.model.verdict import Assignment
from nova_pci_ext.model.verdict import ORDER
from nova_pci_ext.model.verdict import Reason
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.novaobj.protocols import HostFilter
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.scheduler import filters
from nova_pci_ext.scheduler import host_notices

#: What refuses a host that would pass, had Placement's answer not been cut.
LIMIT = '[scheduler] max_placement_results'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What one host says to a server.

    :ivar servers: how many it can take, of those that were asked for unless
        all were to be counted
    :ivar used: pools that the first of them would use; None where there is
        no first
    :ivar devices: (request, address) that it would get, where devices are
        known
    :ivar shortage: why it cannot take even one; None if it can, or if
        devices are not the reason
    :ivar refused_by: the scheduler's filter that has another reason, or
        ``LIMIT``
    :ivar changes: the smallest ones that would let it take one more
    :ivar in_use: whether it could take one if nobody owned a device
    :ivar drained: devices that are out of service, with the reasons, where
        it could take one if those with one reason were not, or all of them
    :ivar leavers: instances of which each makes room when it leaves
    """

    host: str
    servers: int
    used: Assignment | None = None
    devices: tuple[tuple[str, str], ...] = ()
    shortage: Shortage | None = None
    refused_by: str | None = None
    changes: tuple[Changes, ...] = ()
    in_use: bool = False
    leavers: tuple[str, ...] = ()
    drained: tuple[tuple[str, str], ...] = ()


class Explainer:
    """Asks hosts about one request.

    :param spec: the RequestSpec
    :param others: more of the scheduler's filters, which only say yes or no
    :raises ServerRequestError: when the request is for no PCI device
    """

    def __init__(self, spec: RequestSpec,
                 others: Iterable[HostFilter] = ()) -> None:
        if not (spec.pci_requests and spec.pci_requests.requests):
            raise exceptions.ServerRequestError(
                'such a server asks for no PCI device, so that every host '
                'has what it needs')
        self._spec = spec
        with asked_sets.asked_by(spec):
            self._server = novaobj.ServerRequests(
                spec.pci_requests.requests, qos_interfaces.INTERFACES.of)
        self._requests = self._server.alone
        self._filter = filters.PciPassthroughFilter()
        self._numa = numa_topology_filter.NUMATopologyFilter()
        self._others = tuple(others)

    def answer(self, host: hosts.ExplainedHost, limit: int | None) -> Answer:
        """Ask one host; its state is used up.

        A host that cannot be asked is refused, as by the filter, and the
        others are asked.

        :param limit: servers to count at most, None for all that fit
        """
        try:
            with asked_sets.asked_by(self._spec):
                return self._answer(host, limit)
        except Exception as error:
            host_notices.WORKER.failed(host.name, 'Explaining', error,
                                       with_traceback=False)
            return Answer(host=host.name, servers=0,
                          shortage=Shortage(reason=Reason.HOST_ERROR))

    def take(self, host: hosts.ExplainedHost) -> bool:
        """Place one server on a host, if every filter lets it.

        :returns: whether it was placed; the host's state has less then
        """
        try:
            with asked_sets.asked_by(self._spec):
                return self._is_offered(host) and (
                    placing.take(host.state, self._spec) is not None)
        except Exception as error:
            host_notices.WORKER.failed(host.name, 'Explaining', error,
                                       with_traceback=False)
            return False

    def passes_others(self, state: hosts.State) -> bool:
        """Whether the filters that do not decide about devices pass it.

        A host of which one of them cannot tell is refused, and the others
        are asked.
        """
        try:
            with asked_sets.asked_by(self._spec):
                return all(list(other.filter_all([state], self._spec))
                           for other in self._others)
        except Exception as error:
            host_notices.WORKER.failed(state.host, 'Explaining', error,
                                       with_traceback=False)
            return False

    def _answer(self, host: hosts.ExplainedHost,
                limit: int | None) -> Answer:
        state = host.state
        pools = state.pci_stats.compiled() if state.pci_stats else None
        shortage, refused_by = self._refusal(state)
        if (shortage or refused_by) and host.beyond:
            state.allocation_candidates = list(host.beyond)
            shortage, refused_by = self._refusal(state)
            if not (shortage or refused_by):
                return Answer(host=host.name, servers=0, refused_by=LIMIT)
        if shortage or refused_by:
            drained = self._drained(host) if shortage else ()
            leavers = (self._leavers(host, shortage)
                       if shortage and not drained else None)
            if leavers is not None and shortage and _only_placement(shortage):
                # With them gone it has: devices were what it lacked.
                shortage = Shortage(reason=Reason.PLACEMENT)
            changes = () if refused_by else self._changes(state, pools, ())
            if (shortage and leavers is None and pools is not None
                    and not drained and not shortage.reason.not_now):
                # No device fits: more of them is not what is missing.
                changes = self._corrections(state, pools) or changes
            return Answer(
                host=host.name, servers=0, shortage=shortage,
                refused_by=refused_by, changes=changes,
                in_use=leavers is not None, leavers=leavers or (),
                drained=drained)
        used, devices = self._used(host)
        placed = placing.place(state, self._spec, limit, self._takes_more)
        short = limit is not None and len(placed) < limit
        return Answer(
            host=host.name, servers=len(placed), used=used, devices=devices,
            changes=self._changes(state, pools, placed) if short else ())

    def _takes_more(self, state: hosts.State) -> bool:
        """Whether devices and NUMA nodes allow another server."""
        return self._filter.refusal(state, self._spec) is None and bool(
            self._numa.host_passes(state, self._spec))

    def _refusal(self, state: hosts.State,
                 ) -> tuple[Shortage | None, str | None]:
        """Return why devices refuse the host, or which filter does."""
        shortage = self._filter.refusal(state, self._spec)
        if shortage is not None:
            return self._refusal_by_devices(state, shortage), None
        candidates = state.allocation_candidates
        if not self._numa.host_passes(state, self._spec):
            # The filter has removed those that do not fit: all of them.
            state.allocation_candidates = candidates
            shortage = self._refusal_by_nodes(state)
            if shortage is not None:
                return shortage, None
            return None, type(self._numa).__name__
        for other in self._others:
            if not list(other.filter_all([state], self._spec)):
                return None, type(other).__name__
        return None, None

    def _refusal_by_devices(self, state: hosts.State,
                            shortage: Shortage) -> Shortage:
        """Return why devices refuse a host that Placement does not offer.

        Placement never says why. Devices that it has given away are none that
        the compute publishes either.

        :returns: the same shortage where devices are not the reason
        """
        if not _only_placement(shortage):
            return shortage
        asked = hosts.stats_of(state).ask(
            hosts.requests_of(self._spec))
        found: Shortage | None = hosts.stats_of(state).refusal(
            asked)
        return found or shortage

    def _refusal_by_nodes(self, state: hosts.State) -> Shortage | None:
        """Return why devices refuse all nodes that have room for the guest.

        :returns: of all choices of nodes the one that came furthest; None
            where CPUs or memory refuse them
        """
        pci_stats = hosts.stats_of(state)
        found = [pci_stats.verdict(placing.ask(state, self._spec, cells))
                 for cells in placing.cell_choices(state, self._spec)]
        refused = [verdict for verdict in found
                   if isinstance(verdict, Shortage)]
        if len(refused) < len(found) or not refused:
            return None
        return max(refused, key=lambda verdict: ORDER[verdict.reason])

    def _leavers(self, host: hosts.ExplainedHost,
                 shortage: Shortage) -> tuple[str, ...] | None:
        """Return the owners of whom each makes room by leaving.

        A compute publishes pools with free devices only, so devices that
        would fit and are in use look as if they were not there at all.

        :param shortage: why the host refuses; where Placement alone does, it
            has to offer the host without them
        :returns: None where the host would refuse even if all left
        """
        passes = (self._is_offered if _only_placement(shortage)
                  else self._passes)
        owners = host.owners()
        if not owners or not passes(host.without(owners)):
            return None
        return tuple(owner for owner in owners
                     if passes(host.without([owner])))

    def _is_offered(self, host: hosts.ExplainedHost) -> bool:
        return self._refusal(host.state) == (None, None)

    def _drained(self, host: hosts.ExplainedHost,
                 ) -> tuple[tuple[str, str], ...]:
        """Return the devices that would be enough, were they in service."""
        found, undrained = host.drained(), host.undrained
        if not found or undrained is None or not self._passes(
                undrained(found)):
            return ()
        by_reason: dict[str, list[str]] = {}
        for address, reason in found.items():
            by_reason.setdefault(reason, []).append(address)
        enough = [address for addresses in by_reason.values()
                  if self._passes(undrained(addresses))
                  for address in addresses]
        return tuple(sorted((address, found[address])
                            for address in enough or found))

    def _passes(self, host: hosts.ExplainedHost) -> bool:
        shortage, refused_by = self._refusal(host.state)
        # A host that Placement does not offer yet, but whose devices fit.
        return refused_by is None and (
            shortage is None or _only_placement(shortage))

    def _used(self, host: hosts.ExplainedHost) -> tuple[
            Assignment | None, tuple[tuple[str, str], ...]]:
        """Return what the first server would get."""
        cells = placing.chosen_cells(host.state, self._spec)
        verdict = hosts.stats_of(host.state).verdict(
            placing.ask(host.state, self._spec, cells))
        found = verdict if isinstance(verdict, Assignment) else None
        if host.claim is None:
            return found, ()
        names = {request.request_id: request.name
                 for request in self._requests}
        claimed = host.claim(hosts.requests_of(self._spec), cells)
        return found, tuple(sorted(
            (names[dev.request_id], dev.address) for dev in claimed))

    def _changes(self, state: hosts.State, pools: Sequence[Pool] | None,
                 placed: Iterable[demands.Ask]) -> tuple[Changes, ...]:
        """Return the smallest changes for one more server."""
        if pools is None:
            return ()
        nodes = self._cells(state)
        return counterfactual.smallest_changes(
            self._requests, pools, nodes, placed,
            self._server.constraints) if nodes else ()

    def _corrections(self, state: hosts.State,
                     pools: Sequence[Pool]) -> tuple[Changes, ...]:
        """Return what was probably meant, where the host has that."""
        return corrections.find(self._requests, pools, self._cells(state))

    def _cells(self, state: hosts.State) -> list[GuestCells | None]:
        """Return the choices of host nodes that the guest could use."""
        return [novaobj.guest_cells(
            cells, hosts.stats_of(state).numa_topology)
                for cells in placing.cell_choices(state, self._spec)]


def _only_placement(shortage: Shortage) -> bool:
    """Whether Placement offers nothing, and nothing else is known."""
    return shortage.reason is Reason.NO_CANDIDATES
