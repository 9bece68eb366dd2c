# SPDX-License-Identifier: Apache-2.0

"""Nova's ``PciDeviceStats`` on our engine, for scheduler and compute."""

import typing
from collections.abc import Hashable
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Sequence

from nova import exception
from nova.objects import pci_device_pool
from nova.pci import whitelist
from oslo_config import cfg
from oslo_log import log as logging

from nova_pci_ext import novaobj
from nova_pci_ext.matching import decision
from nova_pci_ext.matching import demands
from nova_pci_ext.matching import rules
from nova_pci_ext.matching import wording
from nova_pci_ext.model import truth
from nova_pci_ext.model.pool import Pool
from nova_pci_ext.model.verdict import Shortage
from nova_pci_ext.model.verdict import Verdict
from nova_pci_ext.novaobj import damaged_pools
from nova_pci_ext.novaobj import qos_interfaces
from nova_pci_ext.stats import device_pools

CONF = cfg.CONF
LOG = logging.getLogger(__name__)

PoolDict = device_pools.PoolDict
Mapping = dict[str, list[str]] | None


class PciDeviceStats:
    """The free devices of one host, in pools.

    In the scheduler pools have counts only, as the compute published them;
    on the compute each pool has its devices.  Requests that were accepted by
    ``apply_requests`` are kept, and every later question is about them and
    the new ones together on the pools as they were: which devices earlier
    instances will get is not decided until their compute claims.

    Not thread-safe, as Nova's: the scheduler holds one for each host state,
    the compute uses it under its lock.

    :ivar numa_topology: the host's ``NUMATopology``, or None
    """

    def __init__(self, numa_topology: typing.Any,
                 stats: typing.Any = None,
                 dev_filter: typing.Any = None) -> None:
        self.numa_topology = numa_topology
        self._published = stats
        self._dev_filter = dev_filter
        self._table: device_pools.DevicePools | None = None
        self._compiled: tuple[Pool, ...] | None = None
        self._accepted: list[demands.Ask] = []
        self._view: list[PoolDict] | None = None
        self._answers: dict[Hashable, bool] = {}
        self._objects: dict[frozenset[tuple[str, typing.Any]],
                            typing.Any] = {}

    @classmethod
    def adopt(cls, stats: typing.Any) -> 'PciDeviceStats':
        """Return ours in the place of Nova's, on the same pools."""
        ours = cls(stats.numa_topology, dev_filter=stats.dev_filter)
        ours.pools = stats.pools
        return ours

    # The pools

    @property
    def dev_filter(self) -> typing.Any:
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
        if self._view is not None:
            return self._view
        self._compiled = None
        return self._devices.pools

    @pools.setter
    def pools(self, pools: list[PoolDict]) -> None:
        self._table = device_pools.DevicePools(pools)
        self._changed()

    @property
    def _devices(self) -> device_pools.DevicePools:
        if self._table is None:
            pools = [pool.to_dict() for pool in damaged_pools.readable(
                self.published or ())]
            self._table = device_pools.DevicePools(sorted(pools, key=len))
        return self._table

    def _changed(self) -> None:
        """Forget what was derived from the pools, after they changed.

        What was accepted on the old pools is already out of the view.
        """
        if self._view is not None:
            self._table = device_pools.DevicePools(self._view)
            self._view = None
        self._accepted.clear()
        self._answers.clear()
        self._compiled = None

    def compiled(self) -> tuple[Pool, ...]:
        """Return the pools that questions are about, for ``matching``."""
        if self._compiled is None:
            self._answers.clear()
            # The order of published pools is not that of ``pools``.
            self._compiled = (
                novaobj.pools_from_objects(self.published or ())
                if self._table is None and self._published
                else novaobj.pools_from_dicts(self._devices.pools))
        return self._compiled

    @property
    def published(self) -> list[typing.Any] | None:
        """The ``PciDevicePool`` objects as the compute published them.

        None once anything was accepted, changed or looked at here.
        """
        if self._table is not None:
            return None
        return (novaobj.pool_objects(self._published)
                if self._published is not None else [])

    @property
    def has_accepted(self) -> bool:
        """Whether instances were accepted that the pools still hold."""
        return bool(self._accepted)

    def remaining(self) -> tuple[Pool, ...]:
        """Return what the accepted requests leave, for ``matching``."""
        if self._view is None:
            return self.compiled()
        return novaobj.pools_from_dicts(self._view)

    def __iter__(self) -> Iterator[PoolDict]:
        for pool in self.pools:
            if pool['count']:
                yield {key: value for key, value in pool.items()
                       if key != 'devices'}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, PciDeviceStats):
            return NotImplemented
        return self.pools == other.pools

    __hash__ = None  # type: ignore[assignment]

    def to_device_pools_obj(self) -> typing.Any:
        """Return the pools for publishing; empty ones are not published.

        Nova asks three times in one claim, and a claim changes two pools:
        the objects of the others are those of the last time.
        """
        last, self._objects = self._objects, {}
        for pool in self:
            key = frozenset(pool.items())
            self._objects[key] = (
                last.get(key) or pci_device_pool.PciDevicePool.from_dict(pool))
        return pci_device_pool.PciDevicePoolList(
            objects=list(self._objects.values()))

    def clear(self) -> None:
        """Forget all pools."""
        self.pools = []

    # Questions

    def ask(self, requests: Iterable[typing.Any],
            provider_mapping: Mapping = None,
            numa_cells: Sequence[typing.Any] | None = None) -> demands.Ask:
        """Translate what Nova asks about one instance."""
        return demands.Ask(
            requests=novaobj.device_requests(
                requests, provider_mapping, qos_interfaces.INTERFACES.of),
            cells=novaobj.guest_cells(numa_cells, self.numa_topology))

    def refusal(self, ask: demands.Ask) -> Shortage | None:
        """Return why an instance does not fit with those accepted so far."""
        return decision.decide(demands.merge([*self._accepted, ask]),
                               self.compiled())

    def verdict(self, ask: demands.Ask) -> Verdict:
        """Return the devices an instance would get, or why it gets none.

        With earlier instances accepted, the assignment is that of all.
        """
        return decision.search_demands(
            demands.merge([*self._accepted, ask]), self.compiled())

    def support_requests(self, requests: Iterable[typing.Any],
                         provider_mapping: Mapping,
                         numa_cells: Sequence[typing.Any] | None = None,
                         ) -> bool:
        """Whether the host can serve the requests.

        :param requests: ``InstancePCIRequest`` objects of one instance
        :param provider_mapping: Placement's request groups and providers
        :param numa_cells: ``InstanceNUMACell`` objects with host cell ids
        """
        # NUMATopologyFilter asks about every permutation of cells, and only
        # the set of cells matters.
        question = novaobj.question(requests, provider_mapping, numa_cells)
        pools = self.compiled()
        answer = self._answers.get(question)
        if answer is None:
            # Nova asks for no reason: explaining a refusal costs as much as
            # deciding it.
            ask = self.ask(requests, provider_mapping, numa_cells)
            answer = self._answers[question] = decision.can_serve(
                demands.merge([*self._accepted, ask]), pools)
        return answer

    def apply_requests(self, requests: Iterable[typing.Any],
                       provider_mapping: Mapping,
                       numa_cells: Sequence[typing.Any] | None = None,
                       ) -> None:
        """Accept the requests of an instance, all or none.

        :raises nova.exception.PciDeviceRequestFailed: if they do not fit
        """
        ask = self.ask(requests, provider_mapping, numa_cells)
        if self._table is None:
            # Positions of an assignment must be those of ``pools``.
            self._table = self._devices
            self._compiled = None
        if self.refusal(ask) is not None:
            raise exception.PciDeviceRequestFailed(requests=requests)
        self._accepted.append(ask)
        self._answers.clear()
        found = decision.assign(demands.merge(self._accepted),
                              self.compiled())
        self._view = self._devices.without(found)

    # Devices, on the compute

    def consume_requests(self, pci_requests: Iterable[typing.Any],
                         numa_cells: Sequence[typing.Any] | None = None,
                         ) -> list[typing.Any]:
        """Take the devices of the requests out of the pools, all or none.

        Relatives that can no longer be given out leave the pools too.

        :returns: ``PciDevice`` objects with their request ids set, in the
            order of the requests
        :raises nova.exception.PciDeviceRequestFailed: if they do not fit
        """
        requests = list(pci_requests)
        if self._view is not None:
            self._changed()
        found = decision.search_demands(
            demands.merge([self.ask(requests, None, numa_cells)]),
            self.compiled())
        if isinstance(found, Shortage):
            # Another server was faster; Nova tries the next host.
            LOG.info('The claim for PCI devices failed, although the host '
                     'was chosen for it: %s', wording.shortage_text(found))
            raise exception.PciDeviceRequestFailed(requests=pci_requests)
        position = {request.request_id: number
                    for number, request in enumerate(requests)}
        devices = self._devices.hand_out(sorted(
            found.takes, key=lambda take: position[take.request_id]))
        self._changed()
        return devices

    def _create_pool_keys_from_dev(self, dev: typing.Any) -> PoolDict | None:
        """Return the properties of the pool of a device.

        :returns: None for a device that no device_spec entry hands out
        """
        # Nova's own tests know this step by its name.
        spec = self.dev_filter.get_devspec(dev)
        return device_pools.properties(dev, spec) if spec else None

    def add_device(self, dev: typing.Any) -> None:
        """Add a free device, if a device_spec entry hands it out."""
        properties = self._create_pool_keys_from_dev(dev)
        if properties is not None:
            self._changed()
            self._devices.add(dev, properties)

    def remove_device(self, dev: typing.Any) -> None:
        """Take a device out of the pool that holds it.

        :raises nova.exception.PciDevicePoolEmpty: if none does although it
            could be handed out
        """
        pool = self._devices.home(dev)
        if pool is not None:
            self._changed()
            self._devices.remove(dev, pool)
        elif self._create_pool_keys_from_dev(dev) is not None:
            raise exception.PciDevicePoolEmpty(
                compute_node_id=dev.compute_node_id, address=dev.address)

    def update_device(self, dev: typing.Any) -> None:
        """Move a free device to the pool of its present properties."""
        pool = self._devices.home(dev)
        if pool is None:
            return
        properties = self._create_pool_keys_from_dev(dev)
        if properties is None or not self._devices.belongs(pool, properties):
            self._changed()
            self._devices.remove(dev, pool)
            if properties is not None:
                self._devices.add(dev, properties)

    def holds(self, dev: typing.Any) -> bool:
        """Whether a device is in a pool, by its address."""
        return self._devices.holds(dev.address)

    def get_free_devs(self) -> list[typing.Any]:
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
        for pool in self.pools:
            providers = {dev.extra_info['rp_uuid'] for dev in pool['devices']
                         if 'rp_uuid' in dev.extra_info}
            if len(providers) > 1:
                raise ValueError(
                    f'the devices of one pool have several providers, '
                    f'{", ".join(sorted(providers))}: {pool}')
            if providers:
                pool['rp_uuid'] = providers.pop()
        self._changed()
