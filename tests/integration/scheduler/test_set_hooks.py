# SPDX-License-Identifier: Apache-2.0

"""Device sets where Nova hands on the requests of a server and no more.

Each scene is one in which the requests alone would be served.
"""

import json
import uuid

import pytest
from nova import objects
from nova.conf import CONF
from nova.scheduler import filters as nova_filters
from nova.scheduler import host_manager
from nova.scheduler.filters import numa_topology_filter

from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.novaobj import asked_sets
from nova_pci_ext.novaobj import device_reports
from nova_pci_ext.scheduler import filters
from tests import device_rows
from tests import hgx_host
from tests import nova_hosts
from tests.nova_hosts import asked

pytestmark = pytest.mark.nova

GPU = {'vendor_id': '10de', 'product_id': '2330', 'dev_type': 'type-PF'}
SPEC = json.dumps({'vendor_id': '10de', 'product_id': '2330'})
#: A pair on two NUMA nodes, and one on each.
GROUPS = (('across', (1, 5)), ('first', (6, 7)), ('second', (2, 3)))


OURS = filters.PciPassthroughFilter
NUMA = numa_topology_filter.NUMATopologyFilter


class HostManager(host_manager.HostManager):
    """Nova's, with some filters; to make ours has installed the hooks."""

    def __init__(self, *classes):
        OURS()
        self.enabled_filters = [each() for each in classes]
        self.filter_handler = nova_filters.HostFilterHandler()


@pytest.fixture
def pools():
    """Return a function: what a host published of GPUs by module id."""
    pci_ext.register_opts(CONF)
    with device_rows.Rows().in_place(SPEC):
        yield published
    CONF.clear_override('device_group', 'pci_ext')


def published(groups, modules):
    """Return what the scheduler knows of a host with some of the GPUs.

    :param groups: (name, module ids) of each
    """
    addresses = {hgx_host.MODULES[module] for module in modules}
    CONF.set_override('device_group', [json.dumps(
        [{'type': 'nvlink', 'name': name, 'addresses': [
            hgx_host.MODULES[module] for module in members]}
         for name, members in groups])], 'pci_ext')
    started = device_rows.start([
        each for each in device_reports.passthrough_devices(
            hgx_host.host().devices) if each['address'] in addresses])
    started.stats.numa_topology = nova_hosts.topology(0, 1)
    return nova_hosts.scheduler_stats(started.stats)


def state(pci_stats):
    """Return a host of two NUMA nodes as the scheduler has it."""
    found = nova_hosts.host_state('hgx', pci_stats)
    found.numa_topology = objects.NUMATopology(cells=[objects.NUMACell(
        id=node, socket=node, cpuset={node}, pcpuset=set(), memory=1024,
        cpu_usage=0, memory_usage=0, mempages=[], pinned_cpus=set(),
        siblings=[]) for node in range(2)])
    found.cpu_allocation_ratio = found.ram_allocation_ratio = 16.0
    return found


def spec(count, numa=False, **sets):
    """Return a server that asks for GPUs.

    :param numa: whether it is a guest of one NUMA node, near its devices
    """
    topology = objects.InstanceNUMATopology(
        cells=[objects.InstanceNUMACell(
            id=0, cpuset={0}, pcpuset=set(), memory=512, cpu_policy=None,
            cpu_pinning=None, pagesize=None, cpu_thread_policy=None,
            cpuset_reserved=None)], emulator_threads_policy=None)
    return nova_hosts.request_spec(
        asked(GPU, count=count, alias='gpu',
              policy='required' if numa else None),
        instance_uuid=str(uuid.uuid4()),
        flavor=objects.Flavor(
            vcpus=1, memory_mb=512, root_gb=0, ephemeral_gb=0, swap=0,
            extra_specs={'pci_passthrough:alias': f'gpu:{count}', **{
                f'pci_passthrough:{name}': value
                for name, value in sets.items()}}),
        image=objects.ImageMeta(properties=objects.ImageMetaProps()),
        numa_topology=topology if numa else None,
        requested_destination=None, force_hosts=[], force_nodes=[],
        ignore_hosts=None, num_instances=1, scheduler_hints={})


def passes(host, server, *classes):
    """Whether a host passes filters as Nova's scheduler asks them.

    A filter that refuses a host leaves it no candidates.
    """
    host.allocation_candidates = [{'mappings': {}}]
    return HostManager(*classes).get_filtered_hosts([host], server) == [host]


@pytest.mark.parametrize(('modules', 'numa', 'kept'), [
    # The only free pair is on two nodes, and each node has two free GPUs.
    ((1, 2, 5, 6), False, True), ((1, 2, 5, 6), True, False),
    ((1, 2, 3, 5, 6), True, True)])
def test_a_guest_on_a_numa_node_with_a_set_there(pools, modules, numa, kept):
    host = state(pools(GROUPS, modules))
    server = spec(2, numa, group='nvlink:gpu')
    assert passes(host, server, OURS)
    assert passes(host, server, OURS, NUMA) is kept
    assert passes(host, server, NUMA) is kept


def test_servers_of_one_request_each_take_a_set(pools):
    """Four free GPUs, and one pair of them: for one server, not for two."""
    host = state(pools(GROUPS[:1], (1, 2, 5, 6)))
    server = spec(2, group='nvlink:gpu')
    assert passes(host, server, OURS)
    host.consume_from_request(server)
    assert not passes(host, server, OURS)
    # Of the others a server without sets gets two, and no third.
    assert passes(host, spec(2), OURS)
    assert not passes(host, spec(3), OURS)


def test_sets_that_cannot_be_read_are_for_the_filter_to_refuse(pools):
    host = state(pools(GROUPS, (1, 2)))
    server = spec(2, same='pf:nic')
    assert passes(host, server)
    assert not passes(host, server, OURS)
    # As where the flavor was changed in between; nothing is raised.
    host.consume_from_request(server)
    assert not passes(host, spec(1), OURS)
    assert asked_sets.current() == ()
