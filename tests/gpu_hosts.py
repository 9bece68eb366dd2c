# SPDX-License-Identifier: Apache-2.0

"""Hosts of GPUs in a real Placement, and Nova's scheduler on them.

What Nova's scheduler does with candidates is Nova's code; the hosts come from
here instead of a database.
"""

import collections
import itertools
import json
import uuid
from unittest import mock

from nova import context as nova_context
from nova import objects
from nova.pci import request as pci_request
from nova.scheduler import manager
from nova.scheduler import request_filter
from nova.scheduler import weights
from nova.scheduler.filters import numa_topology_filter
from oslo_messaging.rpc import dispatcher as rpc_dispatcher
from oslo_utils import uuidutils

from nova_pci_ext.scheduler import filters
from nova_pci_ext.stats import PciDeviceStats
from tests import nova_hosts

GPU = 'CUSTOM_PCI_10DE_1DB6'
ROOM = {'VCPU': 128, 'MEMORY_MB': 1 << 20, 'DISK_GB': 1 << 20}


class GpuHost:
    """A host with GPUs, half of them on each of two NUMA nodes.

    :ivar root: UUID of the compute node
    :ivar gpus: (provider, address, node) of each
    """

    def __init__(self, name, count=8):
        self.name = name
        self.root = str(uuid.uuid4())
        self.gpus = [(str(uuid.uuid4()), f'0000:{0x10 + number:02x}:00.0',
                      int(number >= count // 2)) for number in range(count)]
        self.taken = set()

    def tree(self):
        """Return the tree as ``RealPlacement.add`` wants it."""
        return self.root, ROOM, [
            (provider, GPU, 1, 0, ()) for provider, _, _ in self.gpus]

    def state(self):
        """Return the host state of a new request."""
        topology = objects.NUMATopology(cells=[
            objects.NUMACell(
                id=node, socket=node, cpuset=set(range(
                    node * 32, node * 32 + 32)), pcpuset=set(),
                memory=262144, cpu_usage=0, memory_usage=0, mempages=[],
                pinned_cpus=set(), siblings=[]) for node in (0, 1)])
        pools = [objects.PciDevicePool(
            vendor_id='10de', product_id='1db6', numa_node=node, count=1,
            tags={'dev_type': 'type-PCI', 'address': address,
                  'rp_uuid': provider})
            for provider, address, node in self.gpus
            if provider not in self.taken]
        found = nova_hosts.host_state(self.name, PciDeviceStats(
            topology, stats=objects.PciDevicePoolList(objects=pools)))
        found.uuid = self.root
        found.cell_uuid = 'cell'
        found.numa_topology = topology
        found.cpu_allocation_ratio = found.ram_allocation_ratio = 1.0
        found.limits = {}
        return found


def without_database():
    """Return a patch for a request filter that counts computes of cells."""
    # Nova 33 has no such filter.
    return mock.patch.object(request_filter, '_should_filter_by_owner',
                             lambda context: False, create=True)


class HostManager:
    """What the scheduler asks of its host manager."""

    def __init__(self, hosts):
        self._hosts = {host.root: host for host in hosts}
        self._filters = (filters.PciPassthroughFilter(),
                         numa_topology_filter.NUMATopologyFilter())
        self.seen = self.passed = 0

    def get_host_states_by_uuids(self, context, uuids, spec):
        """Yield new host states."""
        return iter([self._hosts[uuid].state() for uuid in uuids
                     if uuid in self._hosts])

    def get_filtered_hosts(self, hosts, spec, index):
        """Return the hosts that pass."""
        found = list(hosts)
        self.seen = len(found)
        for each in self._filters:
            found = list(each.filter_all(found, spec))
        self.passed = len(found)
        return found

    def get_weighed_hosts(self, hosts, spec):
        """Return the hosts, none better than another."""
        return [weights.WeighedHost(host, 1.0) for host in hosts]


class Scheduler(manager.SchedulerManager):
    """Nova's scheduler on some hosts and one Placement."""

    def __init__(self, client, hosts):
        self._client = client
        self.host_manager = HostManager(hosts)

    @property
    def placement_client(self):
        """The client of our Placement."""
        return self._client

    def _select_destinations(self, context, spec, instance_uuids,
                             alloc_reqs_by_rp_uuid, provider_summaries,
                             version=None, return_alternates=False):
        return self._schedule(
            context, spec, instance_uuids, alloc_reqs_by_rp_uuid,
            provider_summaries, version, return_alternates)

    def place(self, spec, instances=None, alternates=False):
        """Place servers; return Selection objects, a list for each.

        :raises NoValidHost: as Nova's scheduler does
        """
        try:
            return self.select_destinations(
                nova_context.get_admin_context(), spec_obj=spec,
                instance_uuids=instances or [uuidutils.generate_uuid()],
                return_objects=True, return_alternates=alternates)
        except rpc_dispatcher.ExpectedException as expected:
            raise expected.exc_info[1] from None


def alias_spec(alias, extra_specs=(), instances=1, requests=None):
    """Return the request spec of servers with an alias of the configuration.

    :param requests: ``InstancePCIRequest`` objects in the place of the alias
    """
    extra = {'pci_passthrough:alias': alias, **dict(extra_specs)}
    flavor = objects.Flavor(
        id=1, flavorid='f', name='f', vcpus=2, memory_mb=512, root_gb=1,
        ephemeral_gb=0, swap=0, extra_specs=extra)
    numa = None
    if 'hw:numa_nodes' in extra:
        numa = objects.InstanceNUMATopology(cells=[
            objects.InstanceNUMACell(
                id=0, cpuset={0, 1}, pcpuset=set(), memory=512,
                pagesize=None)])
    asked = (pci_request.get_pci_requests_from_flavor(
        flavor, extra.get('hw:pci_numa_affinity_policy'))
        if requests is None
        else objects.InstancePCIRequests(requests=requests))
    return objects.RequestSpec.from_components(
        nova_context.get_admin_context(), uuidutils.generate_uuid(),
        objects.ImageMeta(properties=objects.ImageMetaProps()), flavor, numa,
        asked, {}, None, None, project_id='project', user_id='user',
        port_resource_requests=[],
        request_level_params=objects.RequestLevelParams())


def held(selection):
    """Return the providers of devices that a server was given, with units."""
    return collections.Counter(itertools.chain.from_iterable(
        uuids for group, uuids in json.loads(
            selection.allocation_request)['mappings'].items() if group))
