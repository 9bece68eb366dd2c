# SPDX-License-Identifier: Apache-2.0

"""Where devices are: roots, switches, cards and groups."""

import pytest

from nova_pci_ext.handing_out import places
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device_group import DeviceGroup
from tests import bond_host
from tests import device_scenes
from tests import hgx_host

ROOT = ('pci0000:00', '0000:00:01.0')


def found(*devices, groups=()):
    """Return the tags of each device by its address, as text."""
    return {str(address): dict(tags) for address, tags
            in places.find(devices, groups).items()}


def behind(*bridges, address, **fields):
    """Return a device below bridges that are below a root port."""
    return device_scenes.device(address, pci_path=(*ROOT, *bridges), **fields)


def group(name, *addresses, kind='nvlink'):
    return DeviceGroup(type=kind, name=name, addresses=tuple(
        sorted(map(PciAddress.parse, addresses))))


@pytest.mark.parametrize(('path', 'tags'), [
    pytest.param((), {}, id='unknown'),
    pytest.param(('pci0000:40',), {'pcie_root': 'pci0000:40'},
                 id='on the root bus'),
    pytest.param(('pci0000:40', '0000:40:00.0'),
                 {'pcie_root': '0000:40:00.0'}, id='below a root port'),
    pytest.param(('pci0000:40', '0000:40:00.0', '0000:41:00.0',
                  '0000:42:00.0'), {'pcie_root': '0000:40:00.0'},
                 id='below a switch that nobody shares')])
def test_the_root_of_a_device(path, tags):
    device = device_scenes.device('0000:43:00.0', pci_path=path)
    assert found(device) == {'0000:43:00.0': tags}


def test_a_vf_is_where_its_pf_is():
    pf = device_scenes.pf(pci_path=('pci0000:00', '0000:00:02.0'))
    vf = device_scenes.vf(pci_path=('pci0000:00', '0000:00:07.0'))
    assert found(vf, pf)['0000:0a:10.0'] == {'pcie_root': '0000:00:02.0'}


def test_a_vf_without_its_pf_is_where_it_is_itself():
    vf = device_scenes.vf(pci_path=('pci0000:00', '0000:00:07.0'))
    assert found(vf) == {'0000:0a:10.0': {'pcie_root': '0000:00:07.0'}}


def switched(upstream, *addresses, above=(), **fields):
    """Return devices below one switch, each at a port of its own."""
    bus = PciAddress.parse(upstream).bus + 1
    return [behind(*above, upstream, f'0000:{bus:02x}:{port:02x}.0',
                   address=address, **fields)
            for port, address in enumerate(addresses)]


def switches(*devices):
    return {address: tags.get('pcie_switch')
            for address, tags in found(*devices).items()}


def test_a_switch_is_shared_by_what_is_at_its_ports():
    assert switches(*switched('0000:02:00.0', '0000:04:00.0',
                              '0000:05:00.0')) == {
        '0000:04:00.0': '0000:02:00.0', '0000:05:00.0': '0000:02:00.0'}


@pytest.mark.parametrize('devices', [
    pytest.param([
        behind('0000:02:00.0', '0000:03:00.0', address='0000:04:00.0'),
        behind('0000:02:00.0', '0000:03:00.0', address='0000:04:00.1')],
        id='two functions at one port'),
    pytest.param(switched('0000:02:00.0', '0000:04:00.0', '0000:05:00.0',
                          serial='A1'), id='all has one serial number')])
def test_a_switch_of_a_card_is_none_that_is_shared(devices):
    assert set(switches(*devices).values()) == {None}


def test_two_cards_with_serial_numbers_share_a_switch():
    one, = switched('0000:02:00.0', '0000:04:00.0', serial='A1')
    other = behind('0000:02:00.0', '0000:03:01.0', address='0000:05:00.0',
                   serial='A2')
    assert set(switches(one, other).values()) == {'0000:02:00.0'}


def test_the_lowest_shared_switch_counts():
    """Two switches below one, and a card with a switch of its own.

    ::

      root port - 02 -- 04 -- 06, 07
                     |- 08 -- 0a (a card's own) -- 0c, 0d
    """
    low = switched('0000:04:00.0', '0000:06:00.0', '0000:07:00.0',
                   above=('0000:02:00.0', '0000:03:00.0'))
    card = switched('0000:0a:00.0', '0000:0c:00.0', '0000:0d:00.0',
                    above=('0000:02:00.0', '0000:03:01.0'), serial='A1')
    assert switches(*low, *card) == {
        '0000:06:00.0': '0000:04:00.0', '0000:07:00.0': '0000:04:00.0',
        '0000:0c:00.0': '0000:02:00.0', '0000:0d:00.0': '0000:02:00.0'}


def test_bridges_themselves_are_no_parts_of_a_card():
    """The same card, with its bridges among the devices of the host."""
    card = switched('0000:0a:00.0', '0000:0c:00.0', '0000:0d:00.0',
                    above=('0000:02:00.0', '0000:03:01.0'), serial='A1')
    bridges = [
        behind(address='0000:02:00.0'),
        behind('0000:02:00.0', address='0000:03:01.0'),
        behind('0000:02:00.0', '0000:03:01.0', address='0000:0a:00.0'),
        behind('0000:02:00.0', '0000:03:01.0', '0000:0a:00.0',
               address='0000:0b:00.0'),
        behind('0000:02:00.0', '0000:03:01.0', '0000:0a:00.0',
               address='0000:0b:01.0')]
    assert set(switches(*card, *bridges).values()) == {None}


@pytest.mark.parametrize(('devices', 'cards'), [
    pytest.param([('0000:41:00.0', 'A1', '8086'),
                  ('0000:41:00.1', 'A1', '8086')], [None, None],
                 id='one slot is a card without being called one'),
    pytest.param([('0000:41:00.0', 'A1', '8086'),
                  ('0000:42:00.0', 'a1', '8086')], ['a1', 'a1'],
                 id='a serial number in two slots'),
    pytest.param([('0000:41:00.0', 'A1', '8086'),
                  ('0000:42:00.0', 'A2', '8086')], [None, None],
                 id='two serial numbers'),
    pytest.param([('0000:41:00.0', '', '8086'),
                  ('0000:42:00.0', '', '8086')], [None, None],
                 id='an empty one is none'),
    pytest.param([('0000:41:00.0', 'blanked', '8086'),
                  ('0000:42:00.0', 'blanked', '8086')], [None, None],
                 id='all had this one in older recordings'),
    pytest.param([('0000:41:00.0', '0', '8086'),
                  ('0000:42:00.0', '0', '15b3')], [None, None],
                 id='two vendors make no card')])
def test_a_serial_number_ties_slots_to_a_card(devices, cards):
    tags = found(*(device_scenes.device(address, serial=serial,
                                        vendor_id=vendor)
                   for address, serial, vendor in devices))
    assert [each.get('card') for each in tags.values()] == cards


def test_a_vf_is_on_the_card_of_its_pf():
    pfs = [device_scenes.pf(f'0000:{bus}:00.0', serial='A1')
           for bus in ('0a', '0b')]
    assert found(*pfs, device_scenes.vf())['0000:0a:10.0']['card'] == 'a1'


def test_groups_of_a_device_stand_by_type_and_name():
    tags = found(
        device_scenes.pf(pci_path=()), device_scenes.vf(),
        groups=[group('p2', '0000:0a:00.0'),
                group('p1', '0000:0a:00.0', '0000:0b:00.0'),
                group('b', '0000:0a:10.0', kind='rail')])
    assert tags == {
        '0000:0a:00.0': {'device_group_nvlink': 'p1:2,p2:1'},
        '0000:0a:10.0': {'device_group_rail': 'b:1'}}


def test_a_group_without_one_of_its_devices_is_of_no_use():
    whole, broken = group('p1', '0000:0a:00.0'), group(
        'p2', '0000:0a:00.0', '0000:0c:00.0', '0000:0b:00.0')
    assert places.unusable([whole, broken], {'0000:0a:00.0'}) == {
        broken: ('0000:0b:00.0', '0000:0c:00.0')}


def test_an_hgx_has_four_switches():
    tags = found(*hgx_host.host().devices)
    gpus = {bus: tags[f'0000:{bus}:00.0'] for bus in
            ('0f', '10', '41', '44', '86', '87', 'b8', 'bb')}
    assert {bus: place['pcie_switch'] for bus, place in gpus.items()} == {
        '0f': '0000:0b:00.0', '10': '0000:0b:00.0', '41': '0000:3d:00.0',
        '44': '0000:3d:00.0', '86': '0000:81:00.0', '87': '0000:81:00.0',
        'b8': '0000:b3:00.0', 'bb': '0000:b3:00.0'}
    assert tags['0000:0d:00.3'] == {
        'pcie_root': '0000:0a:01.0', 'pcie_switch': '0000:0b:00.0'}


def test_a_bond_has_two_roots():
    tags = found(*bond_host.host().devices)
    assert tags['0000:17:01.0'] == {'pcie_root': '0000:16:02.0'}
    assert tags['0000:b3:01.0'] == {'pcie_root': '0000:b2:02.0'}
