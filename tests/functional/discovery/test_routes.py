# SPDX-License-Identifier: Apache-2.0

"""The routes that lead out of a host."""

import ipaddress

import pytest

from nova_pci_ext.discovery import routes
from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.discovery.routes import Route
from tests.sysfs_tree import Tree

DEFAULT = '0' * 32


def network(text):
    return ipaddress.ip_network(text)


def read(tmp_path, ipv4='', ipv6=''):
    tree = Tree(tmp_path)
    tree.add('proc/net/route', ipv4)
    tree.file('proc/net/ipv6_route', ipv6)
    return routes.read(Root(tmp_path))


def ipv4(name, address, mask, flags='0003'):
    return f'{name}\t{address}\t0\t{flags}\t0\t0\t0\t{mask}\t0\t0\t0\n'


def ipv6(address, length, name, flags='00000001'):
    return (f'{address} {length} {DEFAULT} 00 {DEFAULT} 00000400 00000001 '
            f'00000000 {flags} {name}\n')


def test_addresses_are_little_endian(tmp_path):
    assert read(tmp_path, ipv4('eth0', '0002000A', '00FFFFFF')) == (
        Route(interface='eth0', network=network('10.0.2.0/24')),)


@pytest.mark.parametrize(('v4', 'v6'), [
    (ipv4('lo', '00000000', '00000000'), ''),
    (ipv4('eth0', '0000FEA9', '0000FFFF'), ''),
    (ipv4('eth0', '00000000', '00000000', '0002'), ''),
    (ipv4('eth0', '00000000', '00000000', '0203'), ''),
    (ipv4('eth0', 'zz', '00000000'), 'broken\n'),
    ('', ipv6('fe80' + '0' * 28, '40', 'eth0')),
    ('', ipv6('ff00' + '0' * 28, '08', 'eth0')),
    ('', ipv6('2001' + '0' * 28, '80', 'eth0', '80200001')),
], ids=['loopback', 'link-local', 'down', 'reject', 'broken',
        'link-local of IPv6', 'multicast', 'an address of the host'])
def test_what_leads_nowhere(v4, v6, tmp_path):
    assert read(tmp_path, v4, v6) == ()


def test_the_longest_prefix_wins(tmp_path):
    found = read(tmp_path, ipv4('eth0', '00000000', '00000000')
                 + ipv4('eth1', '0002000A', '00FFFFFF'),
                 ipv6('2001' + '0' * 28, '10', 'eth2'))
    assert [(route.interface, route.is_default) for route in found] == [
        ('eth0', True), ('eth1', False), ('eth2', False)]
    near = [routes.find(found, address) for address in (
        '10.0.2.9', '10.0.3.9', '2001::1', '3001::1', 'no address')]
    assert [route and route.interface for route in near] == [
        'eth1', 'eth0', 'eth2', None, None]
