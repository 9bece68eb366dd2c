# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.handing_out import host_counts
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import GroupCounts
from nova_pci_ext.model.host_counts import HostCounts
from nova_pci_ext.model.host_counts import UnhealthyCard
from nova_pci_ext.model.view import Use

GPU = DeviceClass(vendor_id='10de', product_id='20b0', dev_type='type-PCI')
NIC = DeviceClass(vendor_id='15b3', product_id='101e', dev_type='type-VF')


def group(name, size):
    return 'nvlink', f'{name}:{size}'


@pytest.mark.parametrize(('status', 'is_drained', 'is_held', 'expected'), [
    ('available', False, False, Use.FREE),
    ('available', True, False, Use.DRAINED),
    ('available', False, True, Use.DEPENDENT),
    ('available', True, True, Use.DRAINED),
    ('claimed', False, False, Use.OWNED),
    ('allocated', True, True, Use.OWNED),
    ('unclaimable', False, False, Use.DEPENDENT),
    ('unavailable', False, False, Use.DEPENDENT),
    ('unavailable', True, False, Use.DRAINED)])
def test_what_has_become_of_a_device(status, is_drained, is_held, expected):
    assert host_counts.use_of(status, is_drained=is_drained,
                              is_held=is_held) is expected


def test_each_state_of_a_device_that_is_there_is_counted_once():
    counter = host_counts.HostCounter()
    there = [state for state in ClaimState if state not in GONE]
    for state in there:
        counter.add(GPU, 0, state)
    ((_, counts),) = counter.counts()
    assert counts.devices == len(there)


def test_devices_are_counted_by_class():
    counter = host_counts.HostCounter()
    counter.add(NIC, 1, 'available')
    counter.add(NIC, None, 'available', is_unhealthy=True)
    counter.add(NIC, 0, 'available')
    counter.add(GPU, 0, 'allocated', is_drained=True, is_unhealthy=True)
    counter.add(GPU, 0, 'available', is_drained=True)
    assert counter.counts() == (
        (GPU, ClassCounts(used=1, drained=1, drained_used=1, unhealthy=1)),
        (NIC, ClassCounts(free=3, unhealthy=1,
                          free_by_node=((0, 1), (1, 1), (None, 1)))))


def test_of_hosts_with_as_many_free_devices_healthy_ones_are_first():
    hosts = [HostCounts(host=name, disabled=False, classes=((
        GPU, ClassCounts(free=free, used=2 - free, unhealthy=ill)),))
        for name, free, ill in (('h1', 1, 0), ('h2', 2, 1), ('h3', 2, 0))]
    assert [each.hosts for each in host_counts.fold(hosts)] == [
        ('h3',), ('h2',), ('h1',)]


def test_a_group_is_whole_while_all_its_members_can_be_had():
    counter = host_counts.HostCounter()
    for name, states in {
            'free': ['available'] * 2, 'owned': ['available', 'allocated'],
            'short': ['available']}.items():
        for state in states:
            counter.add(GPU, 0, state, groups=[group(name, 2)])
    for is_drained in (False, True):
        counter.add(GPU, 0, 'available', is_drained=is_drained,
                    groups=[group('drained', 2)])
    ((_, counts),) = counter.counts()
    assert counts.groups == (GroupCounts(
        type='nvlink', size=2, whole=1, declared=4),)
    assert counter.group_counts() == counts.groups


def test_a_group_of_two_classes_counts_for_both():
    counter = host_counts.HostCounter()
    counter.add(GPU, 0, 'available', groups=[('rail', 'a:2')])
    counter.add(NIC, 0, 'available', groups=[('rail', 'a:2')])
    counter.add(NIC, 0, 'available', groups=[('rail', 'b:1')])
    rail = GroupCounts(type='rail', size=2, whole=1, declared=1)
    assert [counts.groups for _, counts in counter.counts()] == [
        (rail,), (GroupCounts(type='rail', size=1, whole=1, declared=1),
                  rail)]


def test_groups_are_those_of_a_place():
    assert list(host_counts.groups_of({
        'device_group_nvlink': 'a:2,quad:4', 'pcie_root': '0000:00:01.0',
        'device_group_rail': 'later than we know'})) == [
        ('nvlink', 'a:2'), ('nvlink', 'quad:4')]


def counted(name, *counts, disabled=False):
    return HostCounts(host=name, disabled=disabled, classes=tuple(
        zip((GPU, NIC), counts, strict=False)))


def test_equal_hosts_are_one():
    free, used = ClassCounts(free=2), ClassCounts(used=2)
    hosts = [counted('n-10', free), counted('n-9', used),
             counted('n-2', free), counted('n-1', free, disabled=True),
             counted('n-3', free, used)]
    folded = host_counts.fold(hosts)
    assert [(each.hosts, each.disabled) for each in folded] == [
        (('n-2', 'n-10'), False), (('n-9',), False), (('n-1',), True),
        (('n-3',), False)]
    apart = host_counts.fold(hosts, keep_apart=True)
    assert sorted(each.hosts for each in apart) == sorted(
        (host.host,) for host in hosts)


@pytest.mark.parametrize('names', [
    ['a', 'a1', 'a2', 'a10', 'b'], ['1', '2', 'x'], ['n-1.z', 'n-2.a'],
    ['', '\u0661', '\u0662'], ['9' * 40, 'a'],
], ids=['numbers', 'only a number', 'two parts', 'other digits', 'long'])
def test_names_are_in_the_order_of_their_numbers(names):
    assert sorted(reversed(names), key=host_counts.natural) == names


def test_cards_stay_with_the_host_that_has_them():
    """Two cells may have a host of one name."""
    cards = [UnhealthyCard(host='h', address=f'0000:0{number}:00.0', kind=GPU,
                           faults='link', devices=1) for number in (1, 2)]
    hosts = [HostCounts(host='h', unhealthy=(card,)) for card in cards]
    (both,) = host_counts.fold(hosts)
    assert (both.hosts, both.unhealthy) == (('h', 'h'), tuple(cards))
    apart = host_counts.fold(hosts, keep_apart=True)
    assert [each.unhealthy for each in apart] == [(card,) for card in cards]
