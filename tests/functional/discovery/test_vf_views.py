# SPDX-License-Identifier: Apache-2.0

"""Answers of the kernel about VFs, as bytes of netlink."""

import pytest
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

from nova_pci_ext import exceptions
from nova_pci_ext.discovery import vf_views
from nova_pci_ext.model.leavings import LinkState
from nova_pci_ext.model.leavings import VfView

UNKNOWN = 0xffffffff


def answer(*vfs):
    """Return a message that went through bytes, as from a socket."""
    made = ifinfmsg()
    made['index'] = 7
    made['attrs'] = [('IFLA_IFNAME', 'ens1')]
    if vfs:
        made['attrs'].append(('IFLA_VFINFO_LIST', {'attrs': [
            ('IFLA_VF_INFO', {'attrs': list(attributes)})
            for attributes in vfs]}))
    made.encode()
    read = ifinfmsg(made.data)
    read.decode()
    return read


def told(number, mac='00:00:00:00:00:00', vlan=0, qos=0, trust=0,
         spoofchk=1, rates=(0, 0), link_state=0):
    return [
        ('IFLA_VF_MAC', {'vf': number, 'mac': mac}),
        ('IFLA_VF_VLAN', {'vf': number, 'vlan': vlan, 'qos': qos}),
        ('IFLA_VF_TRUST', {'vf': number, 'trust': trust}),
        ('IFLA_VF_SPOOFCHK', {'vf': number, 'spoofchk': spoofchk}),
        ('IFLA_VF_RATE', {'vf': number, 'min_tx_rate': rates[0],
                          'max_tx_rate': rates[1]}),
        ('IFLA_VF_LINK_STATE', {'vf': number, 'link_state': link_state})]


def test_each_vf_has_what_its_card_was_told():
    assert vf_views.parse(answer(
        told(0),
        told(5, 'FA:16:3E:00:00:01', 123, 3, 1, 0, (10, 100), 2),
    )) == {
        0: VfView(trust=False, spoofchk=True, link_state=LinkState.AUTO),
        5: VfView(mac='fa:16:3e:00:00:01', vlan=123, qos=3, trust=True,
                  spoofchk=False, min_rate_mbps=10, max_rate_mbps=100,
                  link_state=LinkState.DISABLE)}


def test_what_a_driver_does_not_know_is_not_known():
    assert vf_views.parse(answer(told(
        0, trust=UNKNOWN, spoofchk=UNKNOWN, link_state=UNKNOWN))) == {
        0: VfView()}


def test_a_driver_that_says_nothing_but_a_mac():
    assert vf_views.parse(answer(told(0)[:1])) == {0: VfView()}
    assert vf_views.parse(answer(told(0)[1:])) == {}


def test_an_interface_without_vfs():
    assert vf_views.parse(answer()) == {}


def test_the_kernel_is_asked():
    """Number 1 is the loopback interface of every Linux."""
    assert vf_views.read(1) == {}
    with pytest.raises(exceptions.DiscoveryError) as error:
        vf_views.read(2 ** 31 - 1)
    assert str(error.value) == 'interface 2147483647: No such device'
