# SPDX-License-Identifier: Apache-2.0

"""Ports with a minimum bandwidth: what Nova asks Placement for, and finds.

Neutron gives the group of such a port an id of its own; Nova looks for that of
the port.
"""

import copy

import pytest
from nova import objects
from nova.compute import utils as compute_utils

from nova_pci_ext.compute import port_bandwidths
from nova_pci_ext.novaobj import port_groups
from nova_pci_ext.novaobj import wrapping
from tests import port_bandwidths as port_options

pytestmark = pytest.mark.nova

PF, OTHER = 'provider of ens1', 'provider of ens2'
NAMES = {PF: 'host-a:NIC Switch agent:ens1',
         OTHER: 'host-a:NIC Switch agent:ens2'}


class Placement:
    """Nova's client, as far as names are asked for."""

    def get_resource_provider_name(self, context, uuid):
        return NAMES[uuid]


class Bandwidths:
    """Gives ports a minimum bandwidth, and asks for them as a boot does."""

    def __init__(self, scene):
        self._scene = scene
        self._policies = []

    def port(self, kind, mbps, vnic_type='direct'):
        """Make a port with a minimum bandwidth, or without for None."""
        port = self._scene(kind, vnic_type)
        if mbps is not None:
            policy = port.client.create_qos_policy({'policy': {
                'name': f'{mbps}', 'tenant_id': port.network['tenant_id'],
            }})['policy']['id']
            port.client.create_minimum_bandwidth_rule(policy, {
                'minimum_bandwidth_rule': {
                    'min_kbps': 1000 * mbps, 'direction': 'egress'}})
            port.client.update_port(port.port_id, {
                'port': {'qos_policy_id': policy}})
        return port

    @staticmethod
    def requests(*ports):
        """Return the PCI requests of ports, and the groups for Placement."""
        found = objects.InstancePCIRequests(requests=[])
        _, groups, _ = ports[0].api.create_resource_requests(
            ports[0].context, objects.NetworkRequestList(objects=[
                objects.NetworkRequest(port_id=port.port_id)
                for port in ports]), found)
        return found.requests, groups


@pytest.fixture
def bandwidths(scene):
    return Bandwidths(scene)


@pytest.fixture
def ours(monkeypatch):
    """Nova's function with ours around it."""
    name = 'update_pci_request_with_placement_allocations'
    monkeypatch.setattr(compute_utils, name, getattr(compute_utils, name))
    port_bandwidths.install()
    with port_options.followed():
        yield getattr(compute_utils, name)


def interfaces(function, port, requests, providers):
    """Return the interfaces of the PFs that a function writes down."""
    asked = copy.deepcopy(requests)
    function(port.context, Placement(), asked, providers)
    return [each.spec[0].get('parent_ifname') for each in asked]


def test_a_port_is_on_the_pf_that_placement_chose(bandwidths, ours):
    """And with Nova's function alone, it may be on any."""
    first = bandwidths.port('vlan', 4000)
    without = bandwidths.port('vlan', None)
    second = bandwidths.port('vlan', 500, 'macvtap')
    requests, groups = bandwidths.requests(first, without, second)
    assert [sorted(group.resources.items()) for group in groups] == [
        [('NET_BW_EGR_KILOBIT_PER_SEC', 4000000)],
        [('NET_BW_EGR_KILOBIT_PER_SEC', 500000)]]
    assert {group.requester_id for group in groups}.isdisjoint(
        {first.port_id, second.port_id})
    providers = {groups[0].requester_id: [PF],
                 groups[1].requester_id: [OTHER]}
    assert interfaces(ours, first, requests, providers) == [
        'ens1', None, 'ens2']
    assert interfaces(wrapping.original(ours), first, requests,
                      providers) == [None] * 3


def test_the_scheduler_knows_the_groups_of_ports_that_ask_the_same(
        bandwidths):
    first = bandwidths.port('vlan', 4000)
    other = bandwidths.port('flat', 300)
    normal = bandwidths.port('vlan', 200, 'normal')
    requests, groups = bandwidths.requests(first, other, normal)
    assert (len(requests), len(groups)) == (2, 3)
    assert port_groups.pair(port_groups.ports(requests), groups) == {
        first.port_id: groups[0].requester_id,
        other.port_id: groups[1].requester_id}
