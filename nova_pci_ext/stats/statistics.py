# SPDX-License-Identifier: Apache-2.0

"""Nova's ``PciDeviceStats`` on our engine, for scheduler and compute."""

from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from nova import exception
from nova.pci import whitelist
from oslo_config import cfg
from oslo_log import log as logging

from nova_pci_ext import novaobj
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demanded
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import rules
from nova_pci_ext.matching import wording
from nova_pci_ext.model import truth
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.model.verdict import Take
from nova_pci_ext.model.verdict import Verdict
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import protocols
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.novaobj.requests import Mappings
from nova_pci_ext.stats import followed
from nova_pci_ext.stats import pool_properties
from nova_pci_ext.stats import publishing
from nova_pci_ext.stats.accepted_requests import AcceptedRequests
from nova_pci_ext.stats.device_pools import DevicePools
from nova_pci_ext.stats.device_pools import PoolDict
from nova_pci_ext.stats.published_pools import PublishedPools

CONF = cfg.CONF
pci_ext.register_opts(CONF)
LOG = logging.getLogger(__name__)

State = PublishedPools | AcceptedRequests | DevicePools
Cells = Sequence[protocols.InstanceNUMACell] | None


def _limit() -> int:
    """Return the steps that a decision may take."""
    found: int = CONF.pci_ext.search_steps
    return found


class _Answers:
    """Yes or no to questions about the same pools."""

    def __init__(self) -> None:
        self._pools: tuple[Pool, ...] | None = None
        self._found: dict[Hashable, bool] = {}

    def get(self, pools: tuple[Pool, ...], question: Hashable) -> bool | None:
        """Return what was answered, None if nothing was."""
        if self._pools is not pools:
            self._pools = pools
            self._found.clear()
        return self._found.get(question)

    def keep(self, question: Hashable, *, answer: bool) -> None:
        """Keep the answer about the pools of the last ``get``."""
        self._found[question] = answer


class PciDeviceStats:
    """The free devices of one host, in pools.

    In the scheduler pools have counts only, as the compute published them;
    on the compute each pool has its devices.  Requests that were accepted by
    ``apply_requests`` are kept, and every later question is about them and
    the new ones together on the pools as they were: which devices earlier
    instances will get is not decided until their compute claims.

    Not thread-safe, as Nova's: the scheduler holds one for each host state,
    the compute uses it under its lock.

    The pools are in one of three states: as published (``PublishedPools``),
    with accepted requests (``AcceptedRequests``), or of devices
    (``DevicePools``).

    :ivar numa_topology: the host's ``NUMATopology``, or None
    """

    def __init__(self, numa_topology: protocols.NUMATopology | None,
                 stats: protocols.PciDevicePoolList | None = None,
                 dev_filter: protocols.DeviceFilter | None = None) -> None:
        self.numa_topology = numa_topology
        self._dev_filter = dev_filter
        self._state: State = PublishedPools(stats)
        self._answers = _Answers()
        self._publisher = publishing.Publisher()

    @classmethod
    def adopt(cls, stats: protocols.PciStats) -> 'PciDeviceStats':
        """Return ours in the place of Nova's, on the same pools."""
        ours = cls(stats.numa_topology, dev_filter=stats.dev_filter)
        ours.pools = stats.pools
        return ours

    # The pools

    @property
    def dev_filter(self) -> protocols.DeviceFilter:
        """The device_spec of this host; only the compute needs it."""
        if self._dev_filter is None:
            self._dev_filter = whitelist.Whitelist(CONF.pci.device_spec)
        return self._dev_filter

    @property
    def pools(self) -> list[PoolDict]:
        """The pools as Nova shows them, without what was accepted.

        A live view: whoever changes a pool through it is seen by the next
        question.
        """
        if isinstance(self._state, AcceptedRequests):
            return self._state.pools
        return self._devices().pools

    @pools.setter
    def pools(self, pools: list[PoolDict]) -> None:
        self._state = DevicePools(pools)

    def _devices(self) -> DevicePools:
        """Return pools that can be changed.

        What was accepted on the old ones is out of them for good.
        """
        state = self._state
        if isinstance(state, PublishedPools):
            state = DevicePools(state.dicts())
        elif isinstance(state, AcceptedRequests):
            state = DevicePools(state.pools)
        self._state = state
        return state

    def compiled(self) -> tuple[Pool, ...]:
        """Return the pools that questions are about, for ``matching``."""
        return self._state.compiled()

    @property
    def published(self) -> Sequence[protocols.PciDevicePool] | None:
        """The pools as the compute published them, as text where they are.

        None once anything was accepted, changed or looked at here.
        """
        return (self._state.objects
                if isinstance(self._state, PublishedPools) else None)

    def together(self, ask: demands.Ask) -> demanded.Demands:
        """Return what ``compiled`` has to serve if another instance asks."""
        return self._state.together(ask)

    def accepted_units(self) -> dict[str, int]:
        """Return how many devices of each provider were accepted."""
        state = self._state
        return (state.units() if isinstance(state, AcceptedRequests) else {})

    @property
    def has_accepted(self) -> bool:
        """Whether instances were accepted that the pools still hold."""
        return isinstance(self._state, AcceptedRequests)

    def remaining(self) -> tuple[Pool, ...]:
        """Return what the accepted requests leave, for ``matching``."""
        return self._state.remaining()

    def free_by_node(self) -> dict[int | None, int]:
        """Return how many devices each NUMA node of the host has free."""
        found: dict[int | None, int] = {}
        for pool in self.remaining():
            node = pool.kind.numa_node
            found[node] = found.get(node, 0) + pool.free
        return found

    def __iter__(self) -> Iterator[PoolDict]:
        state = self._state
        for pool in (state.pools if isinstance(state, AcceptedRequests)
                     else self._devices().shown()):
            if pool['count']:
                yield {key: value for key, value in pool.items()
                       if key != 'devices'}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PciDeviceStats):
            return NotImplemented
        return self.pools == other.pools

    __hash__ = None  # type: ignore[assignment]

    def to_device_pools_obj(self) -> protocols.PciDevicePoolList:
        """Return the pools for publishing; empty ones are not published."""
        return self._publisher.publish(self)

    def clear(self) -> None:
        """Forget all pools."""
        self.pools = []

    # Questions

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
        self._answers = _Answers()

    # Devices, on the compute

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
               ) -> list[tuple[protocols.PciDevice, str | None]]:
        """Choose devices for the requests, and leave everything as it is.

        :returns: those that ``consume_requests`` would take, each with the
            id of its request
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

    def _create_pool_keys_from_dev(self, dev: protocols.PciDevice,
                                   ) -> PoolDict | None:
        """Return the properties of the pool of a device.

        :returns: None for a device that no device_spec entry hands out
        """
        # Nova's own tests know this step by its name.
        spec = self.dev_filter.get_devspec(dev)
        return (pool_properties.properties(dev, spec.get_tags() or {}) if spec
                else None)

    def add_device(self, dev: protocols.PciDevice) -> None:
        """Add a free device, if a device_spec entry hands it out."""
        properties = self._create_pool_keys_from_dev(dev)
        if properties is not None:
            self._devices().add(dev, properties)

    def remove_device(self, dev: protocols.PciDevice) -> None:
        """Take a device out of the pool that holds it.

        :raises nova.exception.PciDevicePoolEmpty: if none does although it
            could be handed out
        """
        table = self._devices()
        if table.home(dev) is not None:
            table.remove([dev])
        elif self._create_pool_keys_from_dev(dev) is not None:
            raise exception.PciDevicePoolEmpty(
                compute_node_id=dev.compute_node_id, address=dev.address)

    def take_out(self, devices: Iterable[protocols.PciDevice]) -> None:
        """Have none of these devices in the pools; empty pools go too."""
        self._devices().remove(devices)

    def update_device(self, dev: protocols.PciDevice) -> None:
        """Move a free device to the pool of its present properties."""
        table = self._devices()
        table.forget(dev.address)
        pool = table.home(dev)
        if pool is None:
            return
        properties = self._create_pool_keys_from_dev(dev)
        if properties is None:
            table.remove([dev])
        else:
            table.move(dev, pool, properties)

    def give_back(self, dev: protocols.PciDevice, address: str) -> None:
        """Have a device in its pool that was there before it was claimed.

        :param dev: of whose changes ``update_device`` has told
        :param address: of the device
        """
        table = self._devices()
        if not table.holds(address) and not table.give_back(dev, address):
            self.add_device(dev)

    def forget(self, addresses: Iterable[str]) -> None:
        """Forget devices that are gone for good."""
        table = self._devices()
        for address in addresses:
            table.forget(address)

    def forget_entries(self) -> None:
        """Ask ``dev_filter`` anew for the entry of each device."""
        self._devices().forget_all()

    def get_free_devs(self) -> list[protocols.PciDevice]:
        """Return all free devices, pool by pool."""
        return [dev for pool in self.pools for dev in pool['devices']]

    def has_remote_managed_device_pools(self) -> bool:
        """Whether the host has remote-managed devices, free or not."""
        return any(truth.is_true(pool.kind.tag(rules.REMOTE_MANAGED))
                   for pool in self.compiled())

    def populate_pools_metadata_from_assigned_devices(self) -> None:
        """Copy the Placement provider of the devices to their pools.

        :raises ValueError: if the devices of a pool have several
        """
        for pool in self._devices().pools:
            providers = {dev.extra_info['rp_uuid'] for dev in pool['devices']
                         if 'rp_uuid' in dev.extra_info}
            if len(providers) > 1:
                raise ValueError(
                    f'the devices of one pool have several providers, '
                    f'{", ".join(sorted(providers))}: {pool}')
            if providers:
                pool['rp_uuid'] = providers.pop()
