# SPDX-License-Identifier: Apache-2.0

"""What the host itself needs.

    0000:10:00.0 root port - 0000:11:00.0 PF - 0000:11:00.2 VF
    0000:20:00.5 VMD controller - 10000:00:02.0 root port - 10000:01:00.0 disk
    0000:30:00.0 NIC
"""

import dataclasses

import pytest

from nova_pci_ext.handing_out import needs
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.inventory import Unfollowed
from tests import handed_out
from tests.handed_out import device
from tests.handed_out import PF
from tests.handed_out import VF

HOST = (
    device('0000:10:00.0', '1000', class_code='060400',
           pci_path=('pci0000:10',)),
    device('0000:11:00.0', '1100', PF, class_code='020000',
           pci_path=('pci0000:10', '0000:10:00.0')),
    device('0000:11:00.2', '1102', VF, '0000:11:00.0', class_code='020000',
           pci_path=('pci0000:10', '0000:10:00.0')),
    device('0000:20:00.5', '2005', class_code='010400',
           pci_path=('pci0000:20',)),
    device('10000:00:02.0', '0002', class_code='060400',
           pci_path=('pci0000:20', '0000:20:00.5', 'pci10000:00')),
    device('10000:01:00.0', '0100', class_code='010802', pci_path=(
        'pci0000:20', '0000:20:00.5', 'pci10000:00', '10000:00:02.0')),
    device('0000:30:00.0', '3000', class_code='020000'))
LEAVE = 'expected an entry that leaves this device out'


def host(**uses):
    """Let the host use a device, by its product id."""
    return [dataclasses.replace(each, host_uses=tuple(
        uses.get(f'p{each.product_id}', ()))) for each in HOST]


@pytest.mark.parametrize(('uses', 'entry', 'said'), [
    pytest.param({'p3000': ['default route', 'route to 10.0.0.0/8']},
                 '"product_id": "3000"', ['0000:30:00.0', 'default route'],
                 id='a device itself'),
    pytest.param({'p1102': ['default route']}, '"product_id": "1102"',
                 ['0000:11:00.2', 'default route'], id='a VF'),
    pytest.param({'p1102': ['default route']}, '"product_id": "1100"',
                 ['0000:11:00.0', 'default route over 0000:11:00.2'],
                 id='the PF of a VF'),
    pytest.param({'p1102': ['swap', 'system disk']}, '"product_id": "1000"',
                 ['0000:10:00.0', 'swap over 0000:11:00.2, system disk over '
                  '0000:11:00.2'], id='the root port above a VF'),
    pytest.param({'p0100': ['system disk']}, '"product_id": "2005"',
                 ['0000:20:00.5', 'system disk over 10000:01:00.0'],
                 id='the VMD controller above a disk'),
    pytest.param({'p0100': ['system disk']}, '"product_id": "0100"',
                 ['10000:01:00.0', 'system disk'],
                 id='a disk that Nova has no room for'),
    pytest.param({'p1100': ['default route']}, '"product_id": "1102"', None,
                 id='other VFs of a PF that is needed'),
    pytest.param({'p3000': ['route to 10.0.0.0/8']}, '"product_id": "3000"',
                 None, id='one network of several'),
])
def test_what_the_host_cannot_do_without(uses, entry, said):
    covered = handed_out.cover(host(**uses), f'{{{entry}}}')
    assert handed_out.lines(needs.host_devices(covered)) == ([] if not said
        else [f'[pci] device_spec[0]: hands out {said[0]}, which the host '
              f'needs itself ({said[1]}); {LEAVE}'])


@pytest.mark.parametrize(('uses', 'said'), [
    pytest.param(['route to 10.0.0.0/8', 'route to fd00::/8'], [
        '[pci] device_spec[0]: hands out 0000:30:00.0, over which the host '
        'reaches 10.0.0.0/8, fd00::/8; the host does not while a guest has '
        'the device'], id='networks'),
    pytest.param(['default route', 'route to 10.0.0.0/8'], [],
                 id='that it is needed is said already'),
    pytest.param([], [], id='none'),
])
def test_a_network_that_is_reached_over_a_device(uses, said):
    covered = handed_out.cover(host(p3000=uses), '{"product_id": "3000"}')
    assert handed_out.lines(needs.routes(covered)) == said


@pytest.mark.parametrize(('use', 'product', 'concerned'), [
    pytest.param('system disk', '0100', False, id='no disk that Nova tracks'),
    pytest.param('system disk', '2005', True, id='a controller for disks'),
    pytest.param('system disk', '3000', True, id='disks over the network'),
    pytest.param('default route', '2005', False, id='no route over disks'),
    pytest.param('default route', '1100', True, id='a route over a NIC'),
    pytest.param('default route', '1102', False, id='a VF is for guests'),
    pytest.param('swap', '1000', False, id='neither disk nor NIC'),
])
def test_a_use_that_could_not_be_followed(use, product, concerned):
    inventory = Inventory(host='h', devices=HOST, unfollowed=(
        Unfollowed(use=use, reason='/ is on ZFS'),))
    covered = handed_out.cover(HOST, f'{{"product_id": "{product}"}}')
    address = next(each.address for each in HOST
                    if each.product_id == product)
    assert handed_out.lines(needs.unfollowed(covered, inventory)) == (
        [f'host: {use}: / is on ZFS; make sure that it does not need '
         f'{address}'] if concerned else [])


@pytest.mark.parametrize(('addresses', 'said'), [
    pytest.param({'[DEFAULT] my_ip': '10.1.2.3', '[vnc] server_listen':
                  '0.0.0.0'}, '[DEFAULT] my_ip = 10.1.2.3', id='one of two'),
    pytest.param({'[DEFAULT] my_ip': 'fd00::7'}, '[DEFAULT] my_ip = fd00::7',
                 id='IPv6'),
    pytest.param({'[DEFAULT] my_ip': '192.168.0.1'}, None,
                 id='of another network'),
    pytest.param({'[DEFAULT] my_ip': '$other'}, None, id='no address'),
])
def test_an_address_that_the_services_listen_on(addresses, said):
    covered = handed_out.cover(
        host(p3000=['route to 10.0.0.0/8', 'route to fd00::/8']),
        '{"product_id": "3000"}')
    assert handed_out.lines(needs.service_addresses(covered, addresses)) == (
        ['[pci] device_spec[0]: hands out 0000:30:00.0, which the host needs '
         f'itself ({said}); {LEAVE}'] if said else [])


def test_devices_are_looked_up_by_name_and_not_gone_through(monkeypatch):
    """A host of 8,000 VFs took minutes."""
    vfs = [device(f'0000:11:{slot:02x}.{function}', '1102', VF, '0000:11:00.0')
           for slot in range(1, 26) for function in range(8)]
    known = {each.address: each for each in [
        *host(p1102=['default route'], p3000=['swap']), *vfs]}
    written = []
    as_text = PciAddress.__str__
    monkeypatch.setattr(PciAddress, '__str__', lambda address: (
        written.append(address) or as_text(address)))
    assert set(map(as_text, needs.needed(known))) == {
        '0000:10:00.0', '0000:11:00.0', '0000:11:00.2', '0000:30:00.0'}
    assert len(written) < 2 * len(known)
