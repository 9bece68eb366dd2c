# SPDX-License-Identifier: Apache-2.0

"""Packets of guests go through a switch in user space, Open vSwitch with DPDK.

Neutron's openvswitch driver binds the ports, Nova's os-vif makes them on the
switch, our VIF driver writes the elements, libvirt starts the guests. Of one
port the switch connects to the socket of QEMU, of the other QEMU to that of
the switch. Neutron's agent does not run: nothing gives the ports of one VLAN
their tag.
"""

import contextlib

import pytest

from nova_pci_ext.virt import vif as our_vif

pytestmark = [pytest.mark.nova, pytest.mark.timeout(900)]

#: Agents by what their switch does, see tests/neutron/server.py; what Open
#: vSwitch calls the port; and the addresses of the guests.
GUESTS = {
    'switch-connects': ('dpdkvhostuserclient', '10.0.0.1', '10.0.0.2'),
    'switch-listens': ('dpdkvhostuser', '10.0.0.2', '10.0.0.1')}


@contextlib.contextmanager
def plugged(port):
    """Let the port of a server be on the switch, as nova-compute does."""
    driver, vif = our_vif.PciVifDriver(), port.vif()
    driver.plug(port.instance, vif)
    yield
    driver.unplug(port.instance, vif)


def test_guests_of_both_modes_answer_each_other(installed, scene, host):
    ports = {}
    with contextlib.ExitStack() as later:
        for name, (_, own, peer) in GUESTS.items():
            port = ports[name] = scene('vlan', 'normal')
            port.bind(name, port.claim(name))
            later.enter_context(plugged(port))
            host.start(name, port.config(), own, peer)
            later.callback(host.end, name)
        for name, (_, own, peer) in GUESTS.items():
            host.wait(f'an answer for {name}', lambda words=(
                f'{peer} answered {own}'), name=name: words
                in host.console(name))
        assert host.interfaces() == {
            f'vhu{port.port_id[:11]}': GUESTS[name][0]
            for name, port in ports.items()}
        assert host.learned('br-int') >= {
            port.port()['mac_address'] for port in ports.values()}
    assert host.interfaces() == {}
