# SPDX-License-Identifier: Apache-2.0

"""Nova's network code and ours against Neutron's real SR-IOV driver.

The hosts: host-a and host-b run an agent, host-c does not. physnet1 has a
VLAN network and physnet2 a flat one; a third network is a VXLAN tunnel.
"""

import json
import uuid
from unittest import mock

import pytest
from nova import exception
from nova import objects
from nova.network import neutron
from nova.pci import utils as pci_utils

from nova_pci_ext.virt import vif as our_vif
from tests.neutron.conftest import PROJECT

pytestmark = pytest.mark.nova

NETWORKS = {
    'vlan': {'provider:network_type': 'vlan',
             'provider:physical_network': 'physnet1',
             'provider:segmentation_id': 42},
    'flat': {'provider:network_type': 'flat',
             'provider:physical_network': 'physnet2'},
    'vxlan': {'provider:network_type': 'vxlan',
              'provider:segmentation_id': 7},
}
BUS = {'vlan': 0x81, 'flat': 0x82, 'vxlan': 0x81}
TAG = {'vlan': 42, 'flat': 0}
SLOT = {'host-a': 0x10, 'host-b': 0x11, 'host-c': 0x12}
DETAILS = {'port_filter': False, 'connectivity': 'l2'}
PF_MAC = 'a0:36:9f:09:00:00'
VNIC_TYPES = ('direct', 'macvtap', 'direct-physical')
WITHOUT_AGENT = {'direct': 'binding_failed', 'macvtap': 'binding_failed',
                 'direct-physical': 'hostdev_physical'}


class Scene:
    """One server with one port, and the devices claimed for it."""

    def __init__(self, api, context, kind, vnic_type, profile=None):
        self.api, self.context = api, context
        self.kind, self.vnic_type = kind, vnic_type
        self.client = neutron.get_client(context, admin=True)
        self.network = self._network()
        self.port_id = self.client.create_port({'port': {
            'network_id': self.network['id'], 'tenant_id': PROJECT,
            'binding:vnic_type': vnic_type,
            'binding:profile': profile or {}}})['port']['id']
        self.request = self._request()
        self.instance = objects.Instance(
            uuid=str(uuid.uuid4()), project_id=PROJECT, hostname='guest',
            availability_zone='nova', task_state=None, display_name='guest',
            flavor=objects.Flavor(extra_specs={}, vcpus=1),
            migration_context=None,
            pci_requests=objects.InstancePCIRequests(
                requests=[self.request]))

    def _network(self):
        for network in self.client.list_networks(name=self.kind)['networks']:
            return network
        return self.client.create_network({'network': {
            'name': self.kind, 'tenant_id': PROJECT,
            **NETWORKS[self.kind]}})['network']

    def _request(self):
        requests = objects.InstancePCIRequests(requests=[])
        self.api.create_resource_requests(
            self.context, objects.NetworkRequestList(objects=[
                objects.NetworkRequest(port_id=self.port_id)]), requests)
        (request,) = requests.requests
        return request

    def claim(self, host, capabilities=()):
        """A free device of the host, claimed as the tracker would."""
        whole = self.vnic_type == 'direct-physical'
        address = f'0000:{BUS[self.kind]:02x}:{SLOT[host]:02x}.0'
        extra = {'mac_address': PF_MAC} if whole else {
            'capabilities': json.dumps({
                'network': list(capabilities),
                'sriov': {'pf_mac_address': PF_MAC, 'vf_num': 3}})}
        return objects.PciDevice(
            compute_node_id=1, address=address, vendor_id='8086',
            product_id='10c9' if whole else '10ca', extra_info=extra,
            dev_type='type-PF' if whole else 'type-VF',
            parent_addr=None, request_id=self.request.request_id)

    def own(self, device):
        self.instance.pci_devices = objects.PciDeviceList(objects=[device])

    def bind(self, host, device):
        """Bind the port as Nova does when it builds a server."""
        self.own(device)
        body = {'port': {
            'device_id': self.instance.uuid, 'device_owner': 'compute:nova',
            'binding:profile': self.port()['binding:profile']}}
        self.api._populate_neutron_extension_values(
            self.context, self.instance, self.request.request_id, body,
            network=self.network, neutron=self.client, bind_host_id=host)
        self.client.update_port(self.port_id, body)

    def move(self, host, device):
        """Bind the port anew as Nova does when it has moved a server."""
        migration = objects.Migration(
            migration_type='migration', status='finished')
        self.instance.migration_context = objects.MigrationContext(
            old_pci_devices=self.instance.pci_devices,
            new_pci_devices=objects.PciDeviceList(objects=[device]))
        self.api._update_port_binding_for_instance(
            self.context, self.instance, host, migration)
        self.own(device)

    def unbind(self):
        self.api._unbind_ports(self.context, [self.port_id], self.client)

    def port(self):
        return self.client.show_port(self.port_id)['port']

    def bound(self):
        """What Neutron answered, without its own book-keeping."""
        port = self.port()
        details = {key: value
                   for key, value in port['binding:vif_details'].items()
                   if key != 'bound_drivers'}
        return port['binding:host_id'], port['binding:vif_type'], details

    def config(self):
        """The element that our VIF driver makes of the answer."""
        vif = self.api._build_vif_model(
            self.context, self.client, self.port(), [self.network], [])
        with mock.patch.object(pci_utils, 'get_ifname_by_pci_address',
                               return_value='ens1v3'):
            return our_vif.PciVifDriver().get_config(
                self.instance, vif, objects.ImageMeta.from_dict({}),
                self.instance.flavor, 'kvm').to_xml()


@pytest.fixture
def scene(api, context):
    made = []

    def make(*args, **kwargs):
        made.append(Scene(api, context, *args, **kwargs))
        return made[-1]
    yield make
    for each in made:
        each.client.delete_port(each.port_id)


def profile(device, kind, vnic_type):
    identity = {
        'pci_slot': device.address,
        'pci_vendor_info': f'{device.vendor_id}:{device.product_id}',
        'physical_network': NETWORKS[kind]['provider:physical_network']}
    if vnic_type == 'direct-physical':
        return {**identity, 'device_mac_address': PF_MAC}
    return {**identity, 'pf_mac_address': PF_MAC, 'vf_num': 3,
            'capabilities': []}


HOSTDEV = """\
<hostdev mode="subsystem" type="pci" managed="yes">
  <source>
    <address domain="0x0000" bus="0x{bus}" slot="0x{slot}" \
function="0x{function}"/>
  </source>
</hostdev>
"""
MACVTAP = """\
<interface type="direct">
  <mac address="{mac}"/>
  <model type="virtio"/>
  <driver name="vhost"/>
  <source dev="ens1v3" mode="passthrough"/>
  <vlan>
    <tag id="{tag}"/>
  </vlan>
</interface>
"""
VF = """\
<interface type="hostdev" managed="yes">
  <mac address="{mac}"/>
  <source>
    <address type="pci" domain="0x0000" bus="0x{bus}" slot="0x{slot}" \
function="0x{function}"/>
  </source>
  <vlan>
    <tag id="{tag}"/>
  </vlan>
</interface>
"""


def element(device, kind, vnic_type, mac):
    text = {'direct-physical': HOSTDEV, 'macvtap': MACVTAP}.get(vnic_type, VF)
    _, bus, slot = device.address.split(':')
    slot, _, function = slot.partition('.')
    return text.format(mac=mac, tag=TAG[kind], bus=bus, slot=slot,
                       function=function)


@pytest.mark.parametrize('kind', ['vlan', 'flat'])
@pytest.mark.parametrize('vnic_type', VNIC_TYPES)
def test_a_port_is_bound_moved_and_unbound(installed, scene, kind,
                                           vnic_type):
    vif_type = ('hostdev_physical' if vnic_type == 'direct-physical'
                else 'hw_veb')
    details = {**DETAILS, 'vlan': str(TAG[kind])}
    port = scene(kind, vnic_type)
    for host, step in (('host-a', port.bind), ('host-b', port.move)):
        device = port.claim(host)
        step(host, device)
        assert port.bound() == (host, vif_type, details)
        assert port.port()['binding:profile'] == profile(
            device, kind, vnic_type)
        assert port.config() == element(
            device, kind, vnic_type, port.port()['mac_address'])
    port.unbind()
    assert port.bound() == ('', 'unbound', {})
    assert port.port()['binding:profile'] == {}


@pytest.mark.parametrize('kind', ['vlan', 'flat'])
@pytest.mark.parametrize('vnic_type', VNIC_TYPES)
def test_only_a_whole_pf_is_bound_without_an_agent(installed, scene, kind,
                                                   vnic_type):
    port = scene(kind, vnic_type)
    port.bind('host-c', port.claim('host-c'))
    assert port.bound()[1] == WITHOUT_AGENT[vnic_type]


@pytest.mark.parametrize('kind, host', [
    pytest.param('vlan', 'host-c', id='no agent on the host'),
    pytest.param('vxlan', 'host-a', id='a tunnel, which no VF carries'),
])
def test_what_neutron_refuses_is_said_plainly(installed, scene, kind, host):
    port = scene(kind, 'direct')
    port.bind(host, port.claim(host))
    with pytest.raises(exception.InvalidInput) as caught:
        port.config()
    assert str(caught.value) == (
        f'Invalid input received: port {port.port_id}: vif_type: expected a '
        "bound port, got 'binding_failed': no driver took vnic_type direct "
        'on this host (set by the Neutron mechanism driver)')


def leftovers(scene):
    """A port whose last device could switchdev gets one that cannot."""
    port = scene('vlan', 'direct', profile={'capabilities': ['switchdev']})
    port.bind('host-a', port.claim('host-a'))
    return port.bound()[1]


def test_capabilities_of_the_last_device_do_not_count(installed, scene):
    assert leftovers(scene) == 'hw_veb'


def test_nova_alone_is_refused_for_them(scene):
    assert leftovers(scene) == 'binding_failed'


def test_the_driver_refuses_a_vf_with_switchdev(installed, scene):
    port = scene('vlan', 'direct')
    port.bind('host-a', port.claim('host-a', ['switchdev']))
    assert port.bound()[1] == 'binding_failed'
