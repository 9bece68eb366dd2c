# SPDX-License-Identifier: Apache-2.0

"""Nova's ``PciDeviceStats`` on our engine, for scheduler and compute."""

from collections.abc import Iterable
from collections.abc import Sequence

from nova import exception
from oslo_config import cfg
from oslo_log import log as logging

from nova_pci_ext import novaobj
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import wording
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.model.verdict import Take
from nova_pci_ext.model.verdict import Verdict
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.novaobj.requests import Mappings
from nova_pci_ext.stats import followed
from nova_pci_ext.stats.accepted_requests import AcceptedRequests
from nova_pci_ext.stats.answers import Answers
from nova_pci_ext.stats.device_pools import Chosen
from nova_pci_ext.stats.free_devices import FreeDevices

CONF = cfg.CONF
pci_ext.register_opts(CONF)
LOG = logging.getLogger(__name__)

Cells = Sequence[protocols.InstanceNUMACell] | None


def _limit() -> int:
    """Return the steps that a decision may take."""
    found: int = CONF.pci_ext.search_steps
    return found


class PciDeviceStats(FreeDevices):
    """The free devices of one host, in pools.

    In the scheduler pools have counts only, as the compute published them;
    on the compute each pool has its devices.  Requests that were accepted by
    ``apply_requests`` are kept, and every later question is about them and
    the new ones together on the pools as they were: which devices earlier
    instances will get is not decided until their compute claims.

    Not thread-safe, as Nova's: the scheduler holds one for each host state,
    the compute uses it under its lock.

    ``HostPools`` are the pools, ``FreeDevices`` how devices come and go; here
    are the questions and what follows from them.

    :ivar numa_topology: the host's ``NUMATopology``, or None
    """

    def __init__(self, numa_topology: protocols.NUMATopology | None,
                 stats: protocols.PciDevicePoolList | None = None,
                 dev_filter: protocols.DeviceFilter | None = None) -> None:
        super().__init__(stats, dev_filter)
        self.numa_topology = numa_topology
        self._answers = Answers()

    @classmethod
    def adopt(cls, stats: protocols.PciStats) -> 'PciDeviceStats':
        """Return ours in the place of Nova's, on the same pools."""
        ours = cls(stats.numa_topology, dev_filter=stats.dev_filter)
        ours.pools = stats.pools
        return ours

    def ask(self, requests: Iterable[protocols.InstancePCIRequest],
            provider_mapping: Mappings | None = None,
            numa_cells: Cells = None) -> demands.Ask:
        """Translate what Nova asks about one instance."""
        requests = list(requests)
        found = novaobj.device_requests(
            requests, provider_mapping, qos_interfaces.INTERFACES.of)
        asked = demands.Ask(
            requests=found, constraints=asked_sets.bound(found),
            cells=novaobj.guest_cells(numa_cells, self.numa_topology))
        return (followed.bind(asked, requests, self.compiled())
                if followed.is_followed() else asked)

    def refusal(self, ask: demands.Ask) -> Shortage | None:
        """Return why an instance does not fit with those accepted so far."""
        if self._fits_beside(ask):
            return None
        return decision.decide(self._state.together(ask), self.compiled(),
                               _limit())

    def verdict(self, ask: demands.Ask) -> Verdict:
        """Return the devices an instance would get, or why it gets none.

        With earlier instances accepted, the assignment is that of all.
        """
        return decision.search_demands(self._state.together(ask),
                                       self.compiled(), _limit())

    def support_requests(
            self, requests: Sequence[protocols.InstancePCIRequest],
            provider_mapping: Mappings | None,
            numa_cells: Cells = None) -> bool:
        """Whether the host can serve the requests.

        :param requests: of one instance
        :param provider_mapping: Placement's request groups and providers
        :param numa_cells: their ids are those of host cells
        """
        # NUMATopologyFilter asks about every permutation of cells, and only
        # the set of cells matters.
        question = (asked_sets.current(), novaobj.question(
            requests, provider_mapping, numa_cells))
        pools = self.compiled()
        answer = self._answers.get(pools, question)
        if answer is None:
            # Nova asks for no reason: explaining a refusal costs as much as
            # deciding it.
            ask = self.ask(requests, provider_mapping, numa_cells)
            answer = self._fits_beside(ask) or decision.can_serve(
                self._state.together(ask), pools, _limit())
            self._answers.keep(question, answer=answer)
        return answer

    def _fits_beside(self, ask: demands.Ask) -> bool:
        """Whether an instance fits without moving those accepted so far."""
        return (isinstance(self._state, AcceptedRequests)
                and self._state.fits_beside(ask, _limit()))

    def apply_requests(
            self, requests: Sequence[protocols.InstancePCIRequest],
            provider_mapping: Mappings | None,
            numa_cells: Cells = None) -> None:
        """Accept the requests of an instance, all or none.

        :raises nova.exception.PciDeviceRequestFailed: if they do not fit
        """
        ask = self.ask(requests, provider_mapping, numa_cells)
        state = self._state
        if not isinstance(state, AcceptedRequests):
            state = AcceptedRequests(self._devices())
        if not state.accept(ask, _limit()):
            raise exception.PciDeviceRequestFailed(requests=requests)
        self._state = state
        self._answers = Answers()

    def consume_requests(
            self, pci_requests: Iterable[protocols.InstancePCIRequest],
            numa_cells: Cells = None) -> list[protocols.PciDevice]:
        """Take the devices of the requests out of the pools, all or none.

        Relatives that can no longer be given out leave the pools too.

        :returns: ``PciDevice`` objects with their request ids set, in the
            order of the requests
        :raises nova.exception.PciDeviceRequestFailed: if they do not fit
        """
        return self._devices().hand_out(
            self._takes(pci_requests, numa_cells))

    def choose(self, pci_requests: Iterable[protocols.InstancePCIRequest],
               numa_cells: Cells = None,
               ) -> list[Chosen]:
        """Choose devices for the requests, and leave everything as it is.

        :returns: those that ``consume_requests`` would take
        :raises nova.exception.PciDeviceRequestFailed: if they do not fit
        """
        return self._devices().choose(self._takes(pci_requests, numa_cells))

    def _takes(self, pci_requests: Iterable[protocols.InstancePCIRequest],
               numa_cells: Cells) -> list[Take]:
        """Decide what to take, in the order of the requests."""
        requests = list(pci_requests)
        found = self.verdict(self.ask(requests, None, numa_cells))
        if isinstance(found, Shortage):
            # Another server was faster; Nova tries the next host.
            LOG.info('The claim for PCI devices failed, although the host '
                     'was chosen for it: %s', wording.shortage_text(found))
            raise exception.PciDeviceRequestFailed(requests=pci_requests)
        position = {request.request_id: number
                    for number, request in enumerate(requests)}
        return sorted(found.takes,
                      key=lambda take: position[take.request_id])
