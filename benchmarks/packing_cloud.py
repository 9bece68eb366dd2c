# SPDX-License-Identifier: Apache-2.0

"""Hosts and servers for the packing benchmarks, as Nova's own objects."""

import datetime
import itertools

from nova import objects
from nova.scheduler import host_manager
from oslo_utils import uuidutils

from nova_pci_ext import stats
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.scheduler import filters
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import rooms

objects.register_all()
_IDS = itertools.count(1)
LONG_AGO = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


class Filter(filters.PciPassthroughFilter):
    """Our filter in a process where Nova's classes stay in place."""

    def __init__(self):
        self._cache = host_cache.HostCache()


def pool(group, dev_type, count, product, node=None, **tags):
    """Return a pool as a compute publishes it."""
    return {'vendor_id': '10de', 'product_id': product,
            'dev_type': f'type-{dev_type}', 'numa_node': node,
            'address': group, 'count': count, **tags}


def host(name, vcpus, memory_mb, pools, make=stats.PciDeviceStats):
    """Return an idle ``HostState`` that was read from a ``ComputeNode``.

    :param make: the class of its statistics
    """
    compute = objects.ComputeNode(
        uuid=uuidutils.generate_uuid(), host=name, hypervisor_hostname=name,
        vcpus=vcpus, vcpus_used=0, memory_mb=memory_mb, memory_mb_used=0,
        free_ram_mb=memory_mb, local_gb=1, local_gb_used=0, free_disk_gb=1,
        disk_available_least=None, updated_at=None, numa_topology=None,
        pci_device_pools=objects.PciDevicePoolList(objects=[
            objects.PciDevicePool.from_dict(found) for found in pools]),
        host_ip=None, hypervisor_type='QEMU', hypervisor_version=1,
        cpu_info='', supported_hv_specs=[], stats={}, metrics='[]',
        cpu_allocation_ratio=1.0, ram_allocation_ratio=1.0,
        disk_allocation_ratio=1.0)
    state = host_manager.HostState(name, name, None)
    state.update(compute=compute)
    _publish(state, compute.pci_device_pools, make)
    return state


def _publish(state, pools, make):
    """Write a new row of the compute node, and read it."""
    # No server is being built any more.
    state.num_io_ops = 0
    state.pci_stats = make(None, pools)
    state.updated = LONG_AGO + datetime.timedelta(seconds=next(_IDS))


def offer(states, spec):
    """Yield the hosts that Placement would offer, devices not looked at."""
    for state in states:
        if has_room(state, spec):
            # The filter removes what a host cannot serve.
            state.allocation_candidates = [{'mappings': {}}]
            yield state


def server(vcpus, memory_mb, asked=(), alias='a', extra_specs=None):
    """Return the ``RequestSpec`` of a server.

    :param asked: (count, properties, ...) of each request for devices; more
        properties are alternatives
    :param alias: the name of all requests
    :param extra_specs: of the flavor
    """
    requests = [
        objects.InstancePCIRequest(
            request_id=f'00000000-0000-0000-0000-{next(_IDS):012}',
            alias_name=alias, count=count, spec=alternatives)
        for count, *alternatives in asked]
    return objects.RequestSpec(
        flavor=objects.Flavor(vcpus=vcpus, memory_mb=memory_mb, root_gb=0,
                              ephemeral_gb=0, swap=0,
                              extra_specs=extra_specs or {}),
        numa_topology=None, requested_resources=[], instance_group=None,
        image=None,
        pci_requests=objects.InstancePCIRequests(requests=requests))


def has_room(state, spec):
    """Whether a host has vCPUs and memory for a server."""
    return (rooms.free_vcpus(state) >= spec.vcpus
            and rooms.free_memory_mb(state) >= spec.memory_mb)


def place(state, spec):
    """Put a server on a host, and publish what is left as a compute does."""
    with asked_sets.asked_by(spec):
        state.consume_from_request(spec)
    _publish(state, state.pci_stats.to_device_pools_obj(),
             type(state.pci_stats))


def free_addresses(state):
    """Return the addresses in the pools that a host publishes."""
    return {pool.tags['address'] for pool
            in state.pci_stats.to_device_pools_obj().objects}
