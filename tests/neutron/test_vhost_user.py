# SPDX-License-Identifier: Apache-2.0

"""Ports of a switch in user space, bound by Neutron's openvswitch driver.

Its agents report the data path ``netdev``, as those of Open vSwitch with DPDK
do; no switch runs. The switch on host switch-connects connects to the socket
of QEMU, that on switch-listens makes it.
"""

import os_vif
import pytest
from nova.virt.libvirt import vif as libvirt_vif

from tests import libvirt_tools

pytestmark = pytest.mark.nova

ELEMENT = """\
<interface type="vhostuser">
  <mac address="{mac}"/>
  <model type="virtio"/>
  <source type="unix" mode="{mode}" path="{socket}"/>
  <target dev="{name}"/>
</interface>
"""
MODES = {'switch-connects': 'server', 'switch-listens': 'client'}


@pytest.fixture(autouse=True, scope='module')
def tools():
    libvirt_tools.require()
    # As nova-compute does when it starts.
    os_vif.initialize()


def test_a_port_is_bound_moved_and_unbound(installed, scene, tmp_path):
    port = scene('vlan', 'normal')
    socket = f'/run/vhu/vhu{port.port_id[:11]}'
    assert port.request is None
    for (host, mode), step in zip(MODES.items(), (port.bind, port.move),
                                  strict=True):
        step(host, port.claim(host))
        assert port.bound() == (host, 'vhostuser', {
            'port_filter': False, 'ovs_hybrid_plug': False,
            'vhostuser_ovs_plug': True, 'vhostuser_mode': mode,
            'vhostuser_socket': socket, 'datapath_type': 'netdev',
            'bridge_name': 'br-int'})
        element = port.config()
        assert element == ELEMENT.format(
            mac=port.port()['mac_address'], mode=mode, socket=socket,
            name=f'vhu{port.port_id[:11]}')
        assert libvirt_tools.validate(element, tmp_path) == ''
        shown, error = libvirt_tools.define(element, tmp_path)
        assert error is None
        assert libvirt_tools.lost(element, shown) == []
    port.unbind()
    assert port.bound() == ('', 'unbound', {})
    assert port.port()['binding:profile'] == {}


@pytest.mark.parametrize('host', MODES)
def test_nova_alone_writes_the_same(installed, scene, host):
    port = scene('vlan', 'normal')
    port.bind(host, None)
    assert port.written_by(libvirt_vif.LibvirtGenericVIFDriver(None)) == (
        port.config())


@pytest.mark.parametrize('vnic_type', ['direct', 'macvtap'])
def test_no_vf_is_bound_to_the_switch(installed, scene, vnic_type):
    port = scene('vlan', vnic_type)
    port.bind('switch-connects', port.claim('host-a'))
    assert port.bound()[1] == 'binding_failed'
