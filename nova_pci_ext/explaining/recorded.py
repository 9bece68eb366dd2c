# SPDX-License-Identifier: Apache-2.0

"""Recorded hosts as their computes would publish them.

The compute's own classes read the devices, so what a recording offers is what
the host would offer under the same ``[pci] device_spec``.
"""

import dataclasses
import functools
from collections.abc import Collection
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
from nova_pci_ext.novaobj.protocols import RequestSpec
from nova_pci_ext.scheduler import placement_hooks

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

    Its CPUs and its memory are all free; devices with an owner are not, nor
    are those that an owned PF or VF excludes.
    """
    numa_topology = (topology.numa_topology(found.numa_cells)
                     if found.numa_cells else None)
    dev_filter = RecordedFilter(found)
    compute = stats.PciDeviceStats(numa_topology, dev_filter=dev_filter)
    index = tracked_devices(found, dev_filter)
    free = [dev for dev in index
            if dev.status == ClaimState.AVAILABLE
            and drain_notes.reason(dev.extra_info) is None]
    offered = (providers.stamp(free, found, dev_filter)
               if CONF.pci.report_in_placement else ())
    for dev in free:
        compute.add_device(dev)
    # What owners take of budgets is not recorded.
    budgets.Budgets().follow(index, compute, LOG)
    state = host_manager.HostState(found.host, found.host, None)
    state.uuid = found.host
    state.numa_topology = numa_topology
    state.cpu_allocation_ratio = (CONF.cpu_allocation_ratio
                                  or CONF.initial_cpu_allocation_ratio)
    state.ram_allocation_ratio = (CONF.ram_allocation_ratio
                                  or CONF.initial_ram_allocation_ratio)
    state.pci_stats = stats.PciDeviceStats(
        numa_topology, stats=compute.to_device_pools_obj())
    state.allocation_candidates = _candidates(spec, found.host, offered)
    return hosts.ExplainedHost(
        name=found.host, state=state, claim=compute.consume_requests,
        owners=lambda: tuple(sorted({
            device.owner for device in found.devices if device.owner})),
        without=functools.partial(_without, found, spec),
        drained=lambda: {
            str(device.address): device.drained for device in found.devices
            if device.drained is not None and device.owner is None},
        undrained=functools.partial(_undrained, found, spec))


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


def _without(found: Inventory, spec: RequestSpec,
             owners: Collection[str]) -> hosts.ExplainedHost:
    """Return a recorded host as it is once some owners have left."""
    return read_host(dataclasses.replace(found, devices=tuple(
        dataclasses.replace(device, owner=None)
        if device.owner in owners else device for device in found.devices)),
        spec)


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
