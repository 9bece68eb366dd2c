# SPDX-License-Identifier: Apache-2.0

"""Which device each kind of port may get, from Neutron's port to the pools.

The host of all rows::

    0000:05:00.0  PF of a NIC, physnet1         physnet_pf
      05:10.x     its VFs, physnet1             physnet_vf
    0000:06:00.0  PF of a NIC, a DPU
      06:10.x     its VFs, managed by the DPU   dpu_vf
    0000:07:10.x  VFs of a NIC, "physical_network": null   tunnel_vf
    0000:08:10.x  VFs of a NIC that nobody tagged          untagged_vf
    0000:09:00.x  vDPA devices, physnet1        vdpa
    0000:0a:10.x  trusted VFs, physnet1         trusted_vf
    0000:0b:10.x  VFs of a GPU                  gpu_vf
    0000:0c:00.0  a GPU                         gpu
    0000:0d:00.0  a NIC without SR-IOV, physnet1           plain_nic
"""

import nova.conf
import pytest
from nova import context as nova_context
from nova import objects
from nova.network import neutron
from oslo_config import fixture as config_fixture

from nova_pci_ext import stats

pytestmark = pytest.mark.nova
objects.register_all()

PHYSNET = {'physical_network': 'physnet1'}
VF = {'vendor_id': '8086', 'product_id': '10ca', 'dev_type': 'type-VF'}
POOLS = {
    'physnet_pf': {'product_id': '10c9', 'dev_type': 'type-PF', **PHYSNET},
    'physnet_vf': {**PHYSNET, 'parent_ifname': 'ens1'},
    'dpu_vf': {'physical_network': None, 'remote_managed': 'true'},
    'tunnel_vf': {'physical_network': None},
    'untagged_vf': {'parent_ifname': 'ens4'},
    'vdpa': {'dev_type': 'vdpa', **PHYSNET},
    'trusted_vf': {**PHYSNET, 'trusted': 'true'},
    'gpu_vf': {'vendor_id': '10de', 'product_id': '2235'},
    'gpu': {'vendor_id': '10de', 'product_id': '2236',
            'dev_type': 'type-PCI'},
    'plain_nic': {'product_id': '10d3', 'dev_type': 'type-PCI', **PHYSNET},
}


class OneNetwork:
    """Neutron with one port on one network."""

    def __init__(self, vnic_type, tunnel, profile):
        self._port = {
            'id': 'port', 'network_id': 'net',
            'binding:vnic_type': vnic_type, 'binding:profile': profile}
        self._network = {
            'id': 'net',
            'provider:physical_network': None if tunnel else 'physnet1',
            'provider:network_type': 'vxlan' if tunnel else 'vlan'}

    def list_extensions(self, **_):
        return {'extensions': []}

    def show_port(self, port_id, **_):
        return {'port': self._port}

    def show_network(self, network_id, **_):
        return {'network': self._network}


def requests_of(monkeypatch, vnic_type, tunnel, profile=None):
    """The requests that Nova makes of a server with one port."""
    client = OneNetwork(vnic_type, tunnel, profile or {})
    monkeypatch.setattr(neutron, 'get_client', lambda *_, **__: client)
    nova.conf.CONF([], project='nova', default_config_files=[])
    requests = objects.InstancePCIRequests(requests=[])
    with config_fixture.Config(nova.conf.CONF):
        neutron.API().create_resource_requests(
            nova_context.RequestContext(),
            objects.NetworkRequestList(
                objects=[objects.NetworkRequest(port_id='port')]), requests)
    return requests.requests


def accepted(requests):
    """Names of the pools that can serve the requests, each alone."""
    found = []
    for number, (name, keys) in enumerate(POOLS.items(), start=5):
        pool = objects.PciDevicePool.from_dict({
            **VF, 'numa_node': None, 'remote_managed': 'false', 'count': 1,
            'address': f'0000:{number:02x}:00.0', **keys})
        host = stats.PciDeviceStats(
            None, objects.PciDevicePoolList(objects=[pool]))
        if host.support_requests(requests, None):
            found.append(name)
    return found


@pytest.mark.parametrize('vnic_type, physnet, tunnel', [
    ('direct', ['physnet_vf', 'trusted_vf'], ['tunnel_vf', 'untagged_vf']),
    ('macvtap', ['physnet_vf', 'trusted_vf'], ['tunnel_vf', 'untagged_vf']),
    ('virtio-forwarder', ['physnet_vf', 'trusted_vf'],
     ['tunnel_vf', 'untagged_vf']),
    ('direct-physical', ['physnet_pf'], []),
    ('vdpa', ['vdpa'], []),
    ('remote-managed', [], ['dpu_vf']),
])
def test_a_port_accepts_only_its_devices(monkeypatch, vnic_type, physnet,
                                         tunnel):
    assert accepted(requests_of(monkeypatch, vnic_type, False)) == physnet
    assert accepted(requests_of(monkeypatch, vnic_type, True)) == tunnel


@pytest.mark.parametrize('trusted, expected', [
    pytest.param('true', ['trusted_vf'], id='trust is asked'),
    pytest.param('false', [], id='a VF without trust, so tagged, is asked'),
])
def test_trust_is_a_tag_like_others(monkeypatch, trusted, expected):
    requests = requests_of(monkeypatch, 'direct', False,
                           {'trusted': trusted})
    assert accepted(requests) == expected


@pytest.mark.parametrize('vnic_type', ['normal', 'baremetal'])
def test_other_ports_ask_for_no_device(monkeypatch, vnic_type):
    assert requests_of(monkeypatch, vnic_type, False) == []


def test_an_alias_still_gets_what_it_names():
    request = objects.InstancePCIRequest(
        count=1, alias_name='gpu', request_id='r',
        spec=[{'vendor_id': '10de', 'product_id': '2235'}])
    assert accepted([request]) == ['gpu_vf']
