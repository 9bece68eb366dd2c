# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts as their computes would publish them.

The compute's own classes read the devices, so what a recording offers is what
the host would offer under the same ``[pci] device_spec``.
"""

import contextlib
import copy
import dataclasses
import functools
import json
from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Hashable
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence
from typing import cast

import nova.conf
from nova import objects
from nova.scheduler import host_manager
from oslo_log import log as logging

from nova_pci_ext import stats
from nova_pci_ext.compute import budgets
from nova_pci_ext.compute import device_filter
from nova_pci_ext.compute import device_groups
from nova_pci_ext.compute import devices
from nova_pci_ext.compute import notices
from nova_pci_ext.compute import reports
from nova_pci_ext.explaining import hosts
from nova_pci_ext.explaining import providers
from nova_pci_ext.handing_out.host_lookup import InventoryLookup
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.novaobj import device_reports
from nova_pci_ext.novaobj import drain_notes
from nova_pci_ext.novaobj import topology
from nova_pci_ext.novaobj.protocols import AllocationCandidate
from nova_pci_ext.novaobj.protocols import InstancePCIRequest
from nova_pci_ext.novaobj.protocols import PciDevice
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.scheduler import placement_hooks
from nova_pci_ext.stats import pool_properties

LOG = logging.getLogger(__name__)
CONF = nova.conf.CONF


class RecordedFilter(device_filter.DeviceFilter):
    """The entries of ``[pci] device_spec`` on a recorded host."""

    def __init__(self, found: Inventory) -> None:
        self.host = InventoryLookup(found.devices)
        super().__init__(CONF.pci.device_spec)


def read_host(found: Inventory, spec: RequestSpec) -> hosts.ExplainedHost:
    """Return a recorded host.

    :param spec: what is asked of it, and of Placement where that is asked
    """
    return RecordedHost(found).host(spec)


class RecordedHost:
    """A recorded host that is read once, for many questions.

    Its CPUs and its memory are all free; devices with an owner are not, nor
    are those that an owned PF or VF excludes.
    """

    def __init__(self, found: Inventory) -> None:
        self._found = found
        self._filter = RecordedFilter(found)
        self._numa_topology = (topology.numa_topology(found.numa_cells)
                               if found.numa_cells else None)
        self._index = tracked_devices(found, self._filter)
        self._kept: dict[frozenset[str], tuple[
            hosts.State, Sequence[providers.Provider]]] = {}

    def content(self) -> Hashable:
        """Return what decides each answer, equal for equal hosts.

        The names of the host and of its owners are not in it.
        """
        return self._found.numa_cells, tuple(sorted((
            (dev.address, dev.status, drain_notes.reason(dev.extra_info) or '',
             json.dumps([self._properties(dev), dev.extra_info],
                        sort_keys=True, default=str)
             if CONF.pci.report_in_placement
             else json.dumps(self._properties(dev), sort_keys=True,
                             default=str)))
            for dev in self._index)), tuple(
                device for device in self._found.devices
                if CONF.pci.report_in_placement)

    def _properties(self, dev: PciDevice) -> Mapping[str, object]:
        entry = self._filter.get_devspec(dev)
        return pool_properties.properties(
            dev, entry.get_tags() if entry else {})

    def addresses(self, owners: Collection[str]) -> frozenset[str]:
        """Return the addresses of what owners have."""
        return frozenset(str(device.address) for device in self._found.devices
                         if device.owner in owners)

    def host(self, spec: RequestSpec,
             left: frozenset[str] = frozenset()) -> hosts.ExplainedHost:
        """Return the host for one request.

        Whatever uses up its state copies the state before, with its pools.

        :param left: owners that have left it
        """
        if left not in self._kept:
            self._kept[left] = self._read(left)[:2]
        kept, offered = self._kept[left]
        state = copy.copy(kept)
        state.allocation_candidates = _candidates(
            spec, self._found.host, offered)
        return hosts.ExplainedHost(
            name=self._found.host, state=state,
            claim=_Claims(lambda: self._read(left)[2]).claim,
            owners=lambda: tuple(sorted({
                device.owner for device in self._found.devices
                if device.owner and device.owner not in left})),
            without=lambda owners: self.host(spec, left.union(owners)),
            drained=lambda: {
                str(device.address): device.drained
                for device in self._found.devices
                if device.drained is not None and (
                    device.owner is None or device.owner in left)},
            undrained=functools.partial(_undrained, self._found, spec))

    def _read(self, left: frozenset[str]) -> tuple[
            hosts.State, Sequence[providers.Provider], stats.PciDeviceStats]:
        """Return state, Placement and compute once owners have left."""
        compute = stats.PciDeviceStats(self._numa_topology,
                                       dev_filter=self._filter)
        with _left(self._index, left):
            free = [dev for dev in self._index
                    if dev.status == ClaimState.AVAILABLE
                    and drain_notes.reason(dev.extra_info) is None]
            offered = (providers.stamp(free, self._found, self._filter)
                       if CONF.pci.report_in_placement else ())
            for dev in free:
                compute.add_device(dev)
            # What owners take of budgets is not recorded.
            budgets.Budgets().follow(self._index, compute, LOG)
        state = host_manager.HostState(
            self._found.host, self._found.host, None)
        state.uuid = self._found.host
        state.numa_topology = self._numa_topology
        state.cpu_allocation_ratio = (CONF.cpu_allocation_ratio
                                      or CONF.initial_cpu_allocation_ratio)
        state.ram_allocation_ratio = (CONF.ram_allocation_ratio
                                      or CONF.initial_ram_allocation_ratio)
        state.pci_stats = stats.PciDeviceStats(
            self._numa_topology, stats=compute.to_device_pools_obj())
        return state, offered, compute


class _Claims:
    """The compute of a host, read once something is claimed there."""

    def __init__(self, read: Callable[[], stats.PciDeviceStats]) -> None:
        self._read = read
        self._compute: stats.PciDeviceStats | None = None

    def claim(self, requests: list[InstancePCIRequest],
              cells: hosts.Cells) -> list[PciDevice]:
        """Take devices; see ``ExplainedHost``."""
        if self._compute is None:
            self._compute = self._read()
        found: list[PciDevice] = self._compute.consume_requests(
            requests, cells)
        return found


@contextlib.contextmanager
def _left(index: devices.DeviceIndex,
          owners: Collection[str]) -> Iterator[None]:
    """Have devices free that some owners have, for a moment."""
    freed = [dev for dev in index if dev.instance_uuid in owners]
    if not freed:
        yield
        return
    before = [(dev, dev.status, dev.instance_uuid, dev.extra_info)
              for dev in index]
    try:
        for dev in freed:
            dev.status = ClaimState.AVAILABLE.value
            dev.instance_uuid = None
        index.settle([dev.address for dev in freed])
        yield
    finally:
        for dev, status, owner, extra_info in before:
            if (dev.status, dev.instance_uuid) != (status, owner):
                dev.status, dev.instance_uuid = status, owner
            dev.extra_info = extra_info


def _candidates(spec: RequestSpec, host: str,
                offered: Sequence[providers.Provider],
                ) -> list[AllocationCandidate]:
    """Return what a host state has of Placement before it is filtered."""
    if not CONF.filter_scheduler.pci_in_placement:
        # Placement that is not asked has nothing against a host.
        return [{'mappings': {}}]
    if placement_hooks.ours() and providers.flavor_requests(spec):
        return cast(list[AllocationCandidate],
                    providers.offered(spec, host, offered))
    return cast(list[AllocationCandidate], providers.candidates(
        spec.requested_resources or [], offered))


def _undrained(found: Inventory, spec: RequestSpec,
               addresses: Collection[str]) -> hosts.ExplainedHost:
    """Return a recorded host with some drained devices in service."""
    return read_host(dataclasses.replace(found, devices=tuple(
        dataclasses.replace(device, drained=None)
        if str(device.address) in addresses else device
        for device in found.devices)), spec)


def tracked_devices(found: Inventory,
                    dev_filter: RecordedFilter) -> devices.DeviceIndex:
    """Return Nova's objects of the devices that are handed out."""
    report = reports.read(
        device_reports.passthrough_devices(found.devices), dev_filter,
        notices.Notices(LOG), device_groups.declared())
    index = devices.DeviceIndex(objects.PciDeviceList(objects=[
        objects.PciDevice.create(None, {
            'compute_node_id': 0, **properties,
            **report.places.get(properties['address'], {})})
        for properties in report.devices]))
    for device in found.devices:
        dev = index.get(str(device.address))
        if dev is not None:
            drain_notes.put(dev, drain_notes.REASON, device.drained)
        if device.owner and dev is not None:
            dev.status = ClaimState.ALLOCATED.value
            dev.instance_uuid = device.owner
    index.settle([dev.address for dev in index])
    return index
