# SPDX-License-Identifier: Apache-2.0

"""The two dictionaries of a port, key by key."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.binding import sides
from nova_pci_ext.model.binding import BoundPort
from nova_pci_ext.model.binding import MacvtapMode
from nova_pci_ext.model.binding import SocketMode
from nova_pci_ext.model.truth import FALSE_WORDS
from nova_pci_ext.model.truth import TRUE_WORDS


def side(**details):
    return sides.details_of(port(vif_details=details))


def port(**more):
    return BoundPort(**{
        'port_id': 'p1', 'mac': 'fa:16:3e:00:00:01', 'vnic_type': 'direct',
        'vif_type': 'hw_veb', 'vif_details': {}, 'profile': {}, **more})


@pytest.mark.parametrize(('value', 'number'), [
    (5, 5), ('5', 5), (0, 0), (4094, 4094)], ids=repr)
def test_numbers(value, number):
    assert side(vlan=value).vlan() == number


@pytest.mark.parametrize(('details', 'got'), [
    ({'vlan': 4095}, 'got 4095'), ({'vlan': -1}, 'got -1'),
    ({'vlan': True}, 'got True'), ({'vlan': '5x'}, "got '5x'"),
    ({'vlan': None}, 'but it is missing'), ({}, 'but it is missing'),
], ids=repr)
def test_what_is_no_number(details, got):
    with pytest.raises(exceptions.BindingError) as raised:
        side(**details).vlan()
    assert str(raised.value) == (
        f'port p1: vif_details.vlan: expected a VLAN id from 0 to 4094, '
        f'{got} (set by the Neutron mechanism driver)')


def test_yes_and_no_are_the_words_of_nova():
    for word in TRUE_WORDS:
        assert side(key=f' {word.upper()} ').truth('key') is True
    for word in FALSE_WORDS:
        assert side(key=word).truth('key') is False
    assert side(key=None).truth('key') is False
    assert side(key=True).truth('key') is True
    with pytest.raises(exceptions.BindingError,
                       match="expected true or false, got 'maybe'"):
        side(key='maybe').truth('key')


def test_modes():
    assert side().macvtap_mode(MacvtapMode.PASSTHROUGH) == 'passthrough'
    assert side(macvtap_mode='bridge').macvtap_mode(None) == 'bridge'
    assert side().socket_mode() is SocketMode.SERVER
    assert side(vhostuser_mode='client').socket_mode() == 'client'
    with pytest.raises(exceptions.BindingError,
                       match='expected client or server'):
        side(vhostuser_mode='x').socket_mode()


@pytest.mark.parametrize(('path', 'expected'), [
    ('run/a', 'expected the absolute path of a socket'),
    ('/run/../a', "expected a path without '..'"),
    ('/' + 'x' * 200, 'expected a path of at most'),
], ids=['relative', 'up', 'long'])
def test_sockets(path, expected):
    assert side(key='/run/a').socket('key') == '/run/a'
    with pytest.raises(exceptions.BindingError, match=expected):
        side(key=path).socket('key')


def test_a_mac_address_is_neutrons():
    assert sides.mac_of(port()) == 'fa:16:3e:00:00:01'
    with pytest.raises(exceptions.BindingError) as raised:
        sides.mac_of(port(mac='x'))
    assert str(raised.value) == (
        "port p1: mac_address: expected a MAC address, got 'x' "
        '(set by Neutron)')


def test_who_writes_the_profile():
    bound = port(profile={'a': 1})
    for setter, found in ((sides.NOVA, sides.profile_of(bound)),
                          (sides.OPERATOR,
                           sides.profile_of(bound, sides.OPERATOR))):
        assert str(found.refuse('a', 'b')) == (
            f'port p1: profile.a: expected b, got 1 (set by {setter})')
