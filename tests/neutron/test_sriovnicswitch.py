# SPDX-License-Identifier: Apache-2.0

"""Nova's network code and ours against Neutron's real SR-IOV driver.

The hosts: host-a and host-b run an agent, host-c does not.
"""

import pytest
from nova import exception

from tests.neutron.scene import NETWORKS
from tests.neutron.scene import PF_MAC
from tests.neutron.scene import TAG

pytestmark = pytest.mark.nova

DETAILS = {'port_filter': False, 'connectivity': 'l2'}
VNIC_TYPES = ('direct', 'macvtap', 'direct-physical')
WITHOUT_AGENT = {'direct': 'binding_failed', 'macvtap': 'binding_failed',
                 'direct-physical': 'hostdev_physical'}


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
