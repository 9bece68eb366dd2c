# SPDX-License-Identifier: Apache-2.0

"""Schedulers that keep things, asked beside one that has kept nothing.

Rows of compute nodes change as a test says, and filters and weigher see them
through Nova's own host states.
"""

import datetime
import random
import types
from unittest import mock

from nova import context
from nova import objects
from nova.db.main import models
from nova.scheduler import host_manager
from nova.scheduler.filters import numa_topology_filter

from benchmarks import realistic_flavors
from benchmarks import realistic_hosts
from benchmarks import realistic_placement
from nova_pci_ext.scheduler import filters
from nova_pci_ext.scheduler import host_cache
from nova_pci_ext.scheduler import weights

BEGIN = datetime.datetime(2026, 11, 27, 12, tzinfo=datetime.UTC)


class Rows:
    """Rows of some compute nodes, and what they have been.

    :param hosts: how many
    :param contents: how many contents a row has; a change takes the next
    """

    def __init__(self, hosts=3, contents=4, *, in_placement=False):
        self._in_placement = in_placement
        self._stamps = [0] * hosts
        self._at = [0] * hosts
        self._hosts = [realistic_hosts.Host(
            number, 8, 7, in_placement=in_placement)
            for number in range(hosts)]
        self._contents = [list(self._content_of(host, contents))
                          for host in self._hosts]
        self._hosts.append(_whole_host(in_placement=in_placement))
        self._contents.append([self._content(self._hosts[-1])])
        self._stamps.append(0)
        self._at.append(0)

    def _content_of(self, host, contents):
        dice = random.Random(host.name)
        for _ in range(contents):
            # Few devices are free, so that flavors are refused too.
            for pool in host.pools:
                pool.free = dice.choice((0, 1, pool.total))
            host.change(dice)
            yield self._content(host)

    def _content(self, host):
        return (host.published(), host.topology(), host.vcpus_used,
                host.memory_mb_used, [pool.free for pool in host.pools])

    def change(self, number, content, seconds):
        """Give a row one of its contents.

        :param seconds: that its stamp moves, forward or back or not at all
        """
        self._at[number] = content % len(self._contents[number])
        self._stamps[number] += seconds

    def states(self, flavor):
        """Return host states as Nova has them for one request, and it."""
        spec = realistic_flavors.spec_of(context.get_admin_context(), flavor)
        found = [self._state(number) for number in range(len(self._hosts))]
        if self._in_placement:
            self._place(found, spec)
        return found, spec

    def _state(self, number):
        host = self._hosts[number]
        pools, topology, vcpus, memory_mb, _ = self._contents[number][
            self._at[number]]
        found = host_manager.HostState(host.name, host.name, None)
        total = 2 * realistic_hosts.MEMORY_MB
        stamp = BEGIN + datetime.timedelta(seconds=self._stamps[number])
        found.update(compute=objects.ComputeNode._from_db_object(
            context.get_admin_context(), objects.ComputeNode(), {
                **dict.fromkeys(models.ComputeNode.__table__.columns.keys()),
                'id': number, 'uuid': host.uuid, 'host': host.name,
                'hypervisor_hostname': host.name, 'created_at': BEGIN,
                'updated_at': stamp.replace(tzinfo=None), 'deleted': 0,
                'free_disk_gb': 1000, 'disk_available_least': 1000,
                'local_gb': 1000, 'local_gb_used': 0, 'memory_mb': total,
                'memory_mb_used': memory_mb,
                'free_ram_mb': total - memory_mb,
                'vcpus': 2 * realistic_hosts.CPUS, 'vcpus_used': vcpus,
                'numa_topology': topology, 'pci_stats': pools,
                'host_ip': '192.0.2.1', 'hypervisor_type': 'QEMU',
                'hypervisor_version': 1, 'cpu_info': '{}',
                'supported_instances': '[["x86_64", "kvm", "hvm"]]',
                'stats': '{"failed_builds": "0"}', 'metrics': '[]',
                'cpu_allocation_ratio': 4.0, 'ram_allocation_ratio': 1.0,
                'disk_allocation_ratio': 1.0, 'mapped': 1}))
        found.allocation_candidates = [{
            'allocations': {host.uuid: {'resources': {'VCPU': 4}}},
            'mappings': {'': [host.uuid]}}]
        return found

    def _place(self, states, spec):
        for number, host in enumerate(self._hosts):
            frees = self._contents[number][self._at[number]][-1]
            for pool, free in zip(host.pools, frees, strict=True):
                pool.free = free
        requests, _, _ = realistic_placement.Placement(self._hosts).answer(
            types.SimpleNamespace(_rg_by_id={
                '': types.SimpleNamespace(resources={'VCPU': 4}),
                **{group.requester_id: group
                   for group in spec.requested_resources}}))
        for state in states:
            state.allocation_candidates = [
                request for request in requests
                if state.uuid in request['allocations']]


def _whole_host(*, in_placement):
    """Return a host that has whole cards of every kind, enough for anybody.

    What a card is like, the weigher learns from the most that it has ever
    seen of it: who has kept nothing learns it from this host.
    """
    found = realistic_hosts.Host(92, 24, 7, in_placement=in_placement)
    for number, pool in enumerate(found.pools):
        pool.free = pool.total
        if 'physical_network' in pool.properties:
            pool.properties['physical_network'] = realistic_hosts.NETWORKS[
                number % len(realistic_hosts.NETWORKS)]
    return found


class Worker:
    """A filter and a weigher of one process, with caches of their own."""

    def __init__(self):
        self._filter = filters.PciPassthroughFilter()
        self._weigher = weights.PciFitWeigher()
        self._numa = numa_topology_filter.NUMATopologyFilter()
        self._cache = host_cache.HostCache()
        self._filter._cache = self._weigher._hosts = self._cache

    def known(self, state):
        """Return what is known about a host."""
        return self._cache.host(state, state.pci_stats.published)

    def running(self):
        """Have what the process keeps be what this worker keeps."""
        return mock.patch.object(host_cache, 'WORKER', self._cache)

    def answer(self, states, spec, servers=1):
        """Return what is told of each host, for one server after the other.

        Each is accepted by the best host, as in one request for several.

        :returns: for each server, (host, weight, providers) of those that
            pass, the best first
        """
        told = []
        for _ in range(servers):
            passed = list(self._numa.filter_all(
                self._filter.filter_all(states, spec), spec))
            found = sorted(zip(
                self._weigher.weigh_objects([
                    types.SimpleNamespace(obj=state) for state in passed],
                    spec), passed, strict=True),
                key=lambda each: (-each[0], each[1].host))
            told.append([
                (state.host, weight,
                 [sorted(each['allocations'])
                  for each in state.allocation_candidates])
                for weight, state in found])
            if not found:
                break
            best = found[0][1]
            for group in spec.requested_resources:
                group.provider_uuids = best.allocation_candidates[0][
                    'mappings'][group.requester_id]
            best.consume_from_request(spec)
        return told
