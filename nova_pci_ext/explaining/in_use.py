# SPDX-License-Identifier: Apache-2.0

"""The devices of a cloud's host that instances own.

Computes publish free devices only. The rows of ``pci_devices`` have the
others too, but for their tags, which stand in the compute's ``device_spec``:
those are taken from free devices of the same kind, and from what the owner
asked for. So is the bandwidth budget of a PF that has nothing free; what is
left of it the rows say.

With the devices in Placement, the units that they take there come back too.
"""

import collections
import copy
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import cast

from nova import context as nova_context
from nova import exception
from nova import objects
from nova.objects import pci_device_pool

from nova_pci_ext import stats
from nova_pci_ext.compute import budgets
from nova_pci_ext.compute import devices
from nova_pci_ext.explaining import hosts
from nova_pci_ext.matching import bandwidth
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.device_set import BANDWIDTH_LEFT
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj.protocols import AllocationCandidate
from nova_pci_ext.novaobj.protocols import PciDevice
from nova_pci_ext.novaobj.protocols import PciDeviceList
from nova_pci_ext.scheduler import offers
from nova_pci_ext.stats import device_pools
from nova_pci_ext.stats import pool_properties
from nova_pci_ext.stats.device_pools import PoolDict

# What a request says of a device that is not a tag of its pool.
_NO_TAGS = frozenset({'vendor_id', 'product_id', 'dev_type', 'resource_class',
                      'traits', 'rp_uuids'})


class DevicesInUse:
    """The rows of one compute node, read when they are asked for.

    :param context: of an administrator, targeted at the cell of the host
    :param state: the HostState, of our statistics; not changed
    :param beside: returns what Placement offers of the host beside devices;
        nothing where devices are not asked of it, or where it lacks the rest
    """

    def __init__(self, context: nova_context.RequestContext,
                 state: hosts.State,
                 beside: Callable[[], Sequence[offers.Offer]] = tuple,
                 ) -> None:
        self._context = context
        self._state = state
        self._beside = beside
        # Filters take candidates out of a state that they refuse.
        self._candidates = list(state.allocation_candidates)
        self._rows: PciDeviceList | None = None

    def owners(self) -> tuple[str, ...]:
        """Return the instances that own devices, sorted."""
        return tuple(sorted({
            dev.instance_uuid for dev in self._read()
            if dev.status in OWNED and dev.instance_uuid}))

    def without(self, owners: Collection[str]) -> hosts.State:
        """Return a copy of the host state as it is once owners have left."""
        index = devices.DeviceIndex(copy.deepcopy(self._read()))
        freed = {dev.address: dev for dev in index
                 if dev.instance_uuid in owners}
        tags = {address: self._tags(dev) for address, dev in freed.items()}
        busy = {dev.address for dev in index
                if dev.status != ClaimState.AVAILABLE}
        for dev in freed.values():
            dev.status = ClaimState.AVAILABLE.value
            dev.instance_uuid = dev.request_id = None
        index.settle(freed)
        return self._with(index, {
            dev.address: tags.get(dev.address) or self._tags(dev)
            for dev in index
            if dev.address in busy and dev.status == ClaimState.AVAILABLE
            and drain_notes.reason(dev.extra_info) is None},
            freed.values())

    def drained(self) -> dict[str, str]:
        """Return the free devices that are out of service, with reasons."""
        return {dev.address: reason for dev in self._read()
                if dev.status == ClaimState.AVAILABLE and (
                    reason := drain_notes.reason(dev.extra_info)) is not None}

    def undrained(self, addresses: Collection[str]) -> hosts.State:
        """Return a copy of the host state with some of those in service."""
        index = devices.DeviceIndex(copy.deepcopy(self._read()))
        return self._with(index, {
            dev.address: self._tags(dev) for dev in index
            if dev.address in addresses}, reserved=True)

    def _read(self) -> PciDeviceList:
        if self._rows is None:
            node = objects.ComputeNode.get_by_uuid(
                self._context, self._state.uuid)
            self._rows = objects.PciDeviceList.get_by_compute_node(
                self._context, node.id)
        return self._rows

    def _with(self, index: devices.DeviceIndex,
              more: Mapping[str, Mapping[str, str | None]],
              given_back: Iterable[PciDevice] = (), *,
              reserved: bool = False) -> hosts.State:
        """Return a copy of the host state that has more free devices.

        :param index: the rows as they are then
        :param more: tags of the devices that are free then, by address
        :param given_back: the devices whose owners give back what they took
            of budgets
        :param reserved: whether Placement has them reserved, and not used
        """
        known = hosts.stats_of(self._state)
        # A device that comes back joins the pool of those like it.
        pools = device_pools.DevicePools(
            [{**pool, 'devices': []} for pool in known.pools])
        units: collections.Counter[str] = collections.Counter()
        for address, tags in more.items():
            dev = index[address]
            pools.add(dev, pool_properties.properties(dev, tags))
            if provider := dev.extra_info.get('rp_uuid'):
                units[provider] += 1
        for dev in (*given_back, *map(index.__getitem__, more)):
            whole = self._budget_of(dev)
            if whole is not None:
                group = budgets.group_of(dev)
                pools.set_budget(group, str(
                    budgets.left_of(index, group, whole)))
        state = copy.copy(self._state)
        state.allocation_candidates = self._offered(units, reserved=reserved)
        state.pci_stats = stats.PciDeviceStats(
            known.numa_topology,
            stats=pci_device_pool.PciDevicePoolList(objects=[
                pci_device_pool.PciDevicePool.from_dict(
                    {key: value for key, value in pool.items()
                     if key != 'devices'}) for pool in pools.pools]))
        return state

    def _offered(self, units: Mapping[str, int], *,
                 reserved: bool) -> list[AllocationCandidate]:
        """Return what Placement offers once devices have come free.

        :param units: how many of them, by the UUID of their provider
        """
        beside = self._beside() if units else ()
        if not beside:
            return list(self._candidates)
        return [cast(AllocationCandidate, offers.with_units(
            offer, units, reserved=reserved))
                for offer in beside]

    def _budget_of(self, dev: PciDevice) -> int | None:
        """Return the budget of a device's PF, None where it has none.

        The pools of the PF say it, else those of devices like this one.
        """
        group = budgets.group_of(dev)
        of_pf = [pool for pool in hosts.stats_of(self._state).pools
                 if pool.get('address') == group]
        for pool in of_pf or self._alike(dev):
            found = bandwidth.read(pool.get(BANDWIDTH_LEFT, ''))
            return found.whole if found else None
        return None

    def _tags(self, dev: PciDevice) -> dict[str, str | None]:
        """Return what is known of the tags of a device's entry."""
        return {**self._of_kind(dev), **self._asked(dev)}

    def _alike(self, dev: PciDevice) -> list[PoolDict]:
        """Return the pools of free devices like it, of the same card first."""
        alike = [pool for pool in hosts.stats_of(self._state).pools
                 if all(pool.get(key) == getattr(dev, key) for key in (
                     'vendor_id', 'product_id', 'dev_type'))]
        return sorted(alike, key=lambda pool: (
            pool.get('address') != budgets.group_of(dev)))

    def _of_kind(self, dev: PciDevice) -> dict[str, str | None]:
        """Return the tags of free devices like it."""
        alike = self._alike(dev)
        return {key: value for key, value in (alike[0] if alike else {}
                                              ).items()
                if key != 'parent_ifname'}

    def _asked(self, dev: PciDevice) -> dict[str, str | None]:
        """Return the tags in the owner's request for the device."""
        if not dev.instance_uuid or not dev.request_id:
            return {}
        try:
            asked = objects.InstancePCIRequests.get_by_instance_uuid(
                self._context, dev.instance_uuid)
        except exception.InstanceNotFound:
            return {}
        return {key: value for request in asked.requests
                if request.request_id == dev.request_id
                and len(request.spec) == 1
                for key, value in request.spec[0].items()
                if key not in _NO_TAGS}
