# SPDX-License-Identifier: Apache-2.0

"""Groups that are suggested for a host."""

import pytest

from nova_pci_ext.handing_out import suggested_groups
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.partition import Partition
from tests import bond_host
from tests import device_scenes
from tests import hgx_host

HGX = hgx_host.host().devices
MODULES = {module: PciAddress.parse(address)
           for module, address in hgx_host.MODULES.items()}


def plain(groups):
    """Return groups as the option has them."""
    return [{'type': group.type, 'name': group.name,
             'addresses': list(map(str, group.addresses))}
            for group in groups]


def partition(*modules, **fields):
    return Partition(**{'number': 3, 'modules': modules,
                        'size': len(modules), **fields})


def of_partitions(*partitions, modules=MODULES, devices=HGX):
    found = suggested_groups.of_partitions(partitions, modules, devices)
    return plain(found.groups), found.left_out


def test_the_switches_of_an_hgx():
    found = suggested_groups.of_topology(HGX)
    assert plain(found.groups)[0] == {
        'type': 'switch', 'name': '0000-0d-00.0', 'addresses': [
            '0000:0d:00.0', '0000:0e:00.0', '0000:0f:00.0', '0000:10:00.0']}
    assert (len(found.groups), found.left_out) == (4, ())


def test_what_is_not_handed_out_is_in_no_group():
    found = suggested_groups.of_topology(HGX, frozenset(MODULES.values()))
    assert [group['addresses'] for group in plain(found.groups)] == [
        ['0000:0f:00.0', '0000:10:00.0'], ['0000:41:00.0', '0000:44:00.0'],
        ['0000:86:00.0', '0000:87:00.0'], ['0000:b8:00.0', '0000:bb:00.0']]


def test_a_nic_alone_is_no_group():
    assert suggested_groups.of_topology(bond_host.host().devices).groups == ()


@pytest.mark.parametrize('fields', [
    ({}, {}), ({'serial': 'S'}, {'serial': 'S'})])
def test_the_ports_of_a_card(fields):
    one, two = fields
    other = '0000:0b:00.0' if one else '0000:0a:00.1'
    found = suggested_groups.of_topology([
        device_scenes.pf('0000:0a:00.0', **one),
        device_scenes.pf(other, **two),
        device_scenes.device('0000:0c:00.0', class_code='010802', **one)])
    assert plain(found.groups) == [{
        'type': 'card', 'name': '0000-0a-00.0',
        'addresses': ['0000:0a:00.0', other]}]


def test_the_partitions_of_an_hgx():
    groups, left_out = of_partitions(*(
        partition(*modules, number=number)
        for number, modules in hgx_host.PARTITIONS.items()))
    assert groups == [{**group, 'addresses': sorted(group['addresses'])}
                      for group in hgx_host.groups()]
    assert left_out == ()


def test_an_address_of_the_table_serves_as_well():
    addresses = tuple((module, MODULES[module]) for module in (1, 3))
    assert of_partitions(partition(1, 3, addresses=addresses), modules={})[
        0] == [{'type': 'nvlink', 'name': 'p3',
                'addresses': ['0000:b8:00.0', '0000:bb:00.0']}]


@pytest.mark.parametrize(('given', 'why'), [
    pytest.param({'modules': {1: MODULES[1]}},
                 'no address is known of module 3', id='no address'),
    pytest.param({'devices': [each for each in HGX
                              if each.address != MODULES[3]]},
                 'the host has no 0000:bb:00.0, which is module 3',
                 id='no such device'),
    pytest.param({'fields': {'size': 4}},
                 'the table lists 2 of its 4 GPUs', id='a table cut short'),
    pytest.param({'fields': {'addresses': ((1, MODULES[2]),)}},
                 'module 1 is 0000:b8:00.0 in the map, and 0000:86:00.0 in '
                 'the table', id='a map of another board'),
    pytest.param({'modules': {1: MODULES[1]},
                  'fields': {'addresses': ((3, MODULES[1]),)}},
                 'two of its modules have one address', id='one address')])
def test_a_partition_is_left_out_and_never_made_smaller(given, why):
    fields = given.pop('fields', {})
    assert of_partitions(partition(1, 3, **fields), **given) == (
        [], (f'partition 3: {why}',))


def test_a_partition_of_nothing_is_left_out():
    assert of_partitions(partition()) == (
        [], ('partition 3: the table lists 0 of its 0 GPUs',))
