# SPDX-License-Identifier: Apache-2.0

"""What counts as left on a VF."""

import pytest

from nova_pci_ext.handing_out import leavings
from nova_pci_ext.model.leavings import Before
from nova_pci_ext.model.leavings import Interface
from nova_pci_ext.model.leavings import Kind
from nova_pci_ext.model.leavings import LinkState
from nova_pci_ext.model.leavings import VfState
from nova_pci_ext.model.leavings import VfView

CLEAN = {'trust': False, 'spoofchk': True, 'link_state': LinkState.AUTO}
MAC, OTHER = '02:00:00:00:00:01', '02:00:00:00:00:02'


def state(checks_spoofing=True, interface=None, **told):
    return VfState(number=0, pf_index=3, view=VfView(**{**CLEAN, **told}),
                   checks_spoofing=checks_spoofing, interface=interface)


def own(is_up=False, mac=MAC, users=()):
    return Interface(name='ens1v0', index=7, is_up=is_up, mac=mac,
                     users=users)


def found(*args, **more):
    return [(each.kind, each.text) for each in leavings.find(*args, **more)]


@pytest.mark.parametrize(('told', 'expected'), [
    ({}, []),
    ({'mac': MAC}, [(Kind.MAC, f'administrative MAC {MAC}')]),
    ({'vlan': 7}, [(Kind.VLAN, 'VLAN 7')]),
    ({'qos': 3}, [(Kind.VLAN, 'VLAN 0 of priority 3')]),
    ({'trust': True}, [(Kind.TRUST, 'trust on')]),
    ({'spoofchk': False}, [(Kind.SPOOFCHK, 'spoof checking off')]),
    ({'min_rate_mbps': 5}, [(Kind.RATE, 'rate limits 5 to 0 Mb/s')]),
    ({'max_rate_mbps': 5}, [(Kind.RATE, 'rate limits 0 to 5 Mb/s')]),
    ({'link_state': LinkState.DISABLE},
     [(Kind.LINK_STATE, 'link state disable')]),
    ({'trust': None, 'spoofchk': None, 'link_state': None}, []),
], ids=lambda value: ' '.join(value) if isinstance(value, dict) else '')
def test_what_the_card_was_told(told, expected):
    """Nothing is known of the time before; None is what no driver knows."""
    assert found(state(**told), Before()) == expected


@pytest.mark.parametrize('told', [
    {'trust': True}, {'spoofchk': False}, {'max_rate_mbps': 5},
    {'link_state': LinkState.ENABLE}], ids=lambda value: ' '.join(value))
def test_what_an_operator_has_set_before_stays_and_its_end_is_seen(told):
    before = Before(view=VfView(**{**CLEAN, **told}))
    assert found(state(**told), before) == []
    assert len(found(state(), before)) == 1


@pytest.mark.parametrize('told', [{'mac': MAC}, {'vlan': 7}])
def test_mac_and_vlan_are_never_an_operators(told):
    before = Before(view=VfView(**{**CLEAN, **told}))
    assert len(found(state(**told), before)) == 1


def test_a_card_that_checks_no_vf_for_spoofing_comes_like_that():
    assert found(state(checks_spoofing=False, spoofchk=False), Before()) == []


@pytest.mark.parametrize(('interface', 'before', 'expected'), [
    (own(is_up=True), Before(is_up=False),
     [(Kind.INTERFACE, f'interface ens1v0 up, with MAC {MAC}')]),
    (own(is_up=True), Before(is_up=True), []),
    (own(is_up=True), Before(), []),
    (own(), Before(is_up=False, mac=OTHER), []),
    (own(users=('br0', 'left0')), Before(is_up=False),
     [(Kind.USED, 'interface ens1v0 in use by br0, left0')]),
    (None, Before(is_up=False, mac=OTHER), []),
], ids=['up', 'up before', 'not known', 'a new MAC', 'used', 'none'])
def test_the_interface(interface, before, expected):
    assert found(state(interface=interface), before) == expected


def test_an_interface_with_the_mac_of_the_port():
    """The driver of the VF has taken what the card was told."""
    assert [kind for kind, _ in found(
        state(mac=MAC, interface=own()), Before(mac=OTHER))] == [
        Kind.MAC, Kind.INTERFACE]
    assert [kind for kind, _ in found(
        state(mac=MAC, interface=own()), Before(mac=MAC))] == [Kind.MAC]


def test_a_mac_that_the_driver_of_the_vf_keeps_is_its_own():
    own_mac = state(mac=MAC, interface=own())
    assert found(own_mac, Before(), was_tried=True) == []
    assert len(found(state(mac=MAC, interface=own(mac=OTHER)), Before(),
                     was_tried=True)) == 1


def test_a_card_that_cannot_be_asked():
    assert found(VfState(number=0, unread='no PF'), Before()) == [
        (Kind.UNREAD, 'its card cannot be asked: no PF')]


def test_what_an_interface_becomes_again():
    assert leavings.as_before(own(is_up=True), Before(
        is_up=False, mac=OTHER)) == own(mac=OTHER)
    assert leavings.as_before(own(is_up=True), Before(is_up=True)) == own(
        is_up=True)
