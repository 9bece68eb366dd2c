# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.cli import fleet_rows
from nova_pci_ext.model.host_counts import ClassCounts
from nova_pci_ext.model.host_counts import DeviceClass
from nova_pci_ext.model.host_counts import DrainedDevice
from nova_pci_ext.model.host_counts import EqualHosts
from nova_pci_ext.model.host_counts import GroupCounts
from nova_pci_ext.model.host_counts import UnhealthyCard

GPU = DeviceClass(vendor_id='10de', product_id='20b0', dev_type='type-PCI')
PAIRS = GroupCounts(type='nvlink', size=2, whole=1, declared=4)
QUADS = GroupCounts(type='nvlink', size=4, whole=0, declared=2)
RAIL = GroupCounts(type='rail', size=3, whole=1, declared=1)


NIC = DeviceClass(vendor_id='8086', product_id='10ca', dev_type='type-VF')


def hosts(*names, disabled=False, cards=(), out=(), **counts):
    return EqualHosts(hosts=names, disabled=disabled, classes=(
        (GPU, ClassCounts(**counts)),), unhealthy=tuple(cards),
        drained=tuple(out))


@pytest.mark.parametrize(('equal', 'row'), [
    (hosts('a', free=2), ['a', '10de:20b0 PCI', 2, 2, 0, 0, 0]),
    (hosts('a-1', 'a-2', disabled=True, used=3, drained=1),
     ['a-[1-2] (disabled) x2', '10de:20b0 PCI', 0, 4, 3, 1, 0]),
    (hosts('a', used=3, drained=1, drained_used=2, unhealthy=4),
     ['a', '10de:20b0 PCI', 0, 4, 3, '1 (+2)', 4]),
], ids=['one', 'several', 'drained'])
def test_a_row_of_the_table(equal, row):
    assert fleet_rows.table([equal]) == (fleet_rows.SHORT, [row])


def test_the_table_has_groups_where_some_are_declared():
    columns, rows = fleet_rows.table([
        hosts('a', free=2, groups=(PAIRS, QUADS, RAIL)), hosts('b', free=1)])
    assert columns[-1] == 'whole groups'
    assert [row[-1] for row in rows] == ['nvlink 2:1/4 4:0/2, rail 3:1/1', '']


@pytest.mark.parametrize(('as_text', 'name', 'nodes', 'groups'), [
    (False, None, [{'numa_node': 0, 'free': 2}, {'numa_node': None,
                                                 'free': 1}],
     [{'type': 'nvlink', 'size': 2, 'whole': 1, 'declared': 4}]),
    (True, '', '0=2 -=1', 'nvlink of 2: 1 of 4 whole')])
def test_formats_without_lists_get_words(as_text, name, nodes, groups):
    equal = hosts('a-1', 'b', free=3, free_by_node=((0, 2), (None, 1)),
                  groups=(PAIRS,))
    (row,) = fleet_rows.full_rows([equal], {}, as_text=as_text)
    assert row == ['a-1 b' if as_text else ['a-1', 'b'], False, '10de:20b0',
                   'type-PCI', name, 3, 3, 0, 0, 0, 0, 0, nodes, groups, 2,
                   '' if as_text else []]


def test_lines_have_the_sum_first_and_no_control_characters():
    every = [hosts('a', 'b', free=1000, used=1), hosts('\x1b', used=1),
             EqualHosts(hosts=('c',))]
    assert list(fleet_rows.lines(every[1:], every, {GPU: 'A\u202e'})) == [
        '4 hosts', '  10de:20b0 PCI A\\u202e: 2,000 of 2,003 free', '',
        '\\x1b', '  10de:20b0 PCI: 0 of 1 free, 1 used', '', 'c',
        '  no PCI devices']


def bad(host, number, faults='lost its driver'):
    return UnhealthyCard(host=host, address=f'0000:{number:02x}:00.0',
                         kind=GPU, faults=faults, devices=1)


def test_each_card_that_is_not_healthy_is_named_with_what_is_wrong():
    cards = [bad('a', 1), bad('a', 2, 'link \x1b'), bad('b', 3)]
    one = [hosts('a', free=2, unhealthy=2, cards=cards[:2])]
    assert list(fleet_rows.lines(one, one, {})) == [
        'a', '  10de:20b0 PCI: 2 of 2 free, 2 unhealthy',
        '    0000:01:00.0 is not healthy: lost its driver',
        '    0000:02:00.0 is not healthy: link \\x1b']
    two = [hosts('a', 'b', free=2, unhealthy=2, cards=cards)]
    assert list(fleet_rows.lines(two, two, {}))[-3:] == [
        '    a 0000:01:00.0 is not healthy: lost its driver',
        '    a 0000:02:00.0 is not healthy: link \\x1b',
        '    b 0000:03:00.0 is not healthy: lost its driver']
    (row,) = fleet_rows.full_rows(two, {}, as_text=True)
    assert row[-1] == (
        'a 0000:01:00.0: lost its driver; a 0000:02:00.0: link \x1b; '
        'b 0000:03:00.0: lost its driver')


def test_of_one_host_all_are_named_and_of_many_some():
    found = [bad('a', number) for number in range(20)]
    one = [hosts('a', free=20, unhealthy=20, cards=found)]
    listed = list(fleet_rows.lines(one, one, {}))
    assert sum('is not healthy' in line for line in listed) == 20
    two = [hosts('a', 'b', free=20, unhealthy=20, cards=found)]
    *_, last = fleet_rows.lines(two, two, {})
    assert last == ('    4 more cards not healthy; --host NAME lists those '
                    'of a host')


def out(number, reason, host='a', kind=GPU, parent=None):
    return DrainedDevice(host=host, address=f'0000:{number:02x}:00.0',
                         kind=kind, reason=reason, parent=parent)


def drained(*found, names=('a',)):
    folded = [hosts(*names, out=found)]
    return [line for line in fleet_rows.lines(folded, folded, {},
                                              with_drained=True)
            if 'drained' in line]


def test_what_is_drained_is_named_once_for_each_reason():
    """A PF takes its VFs along; other classes were not asked for."""
    pf = '0000:01:00.0'
    along = f'its PF {pf} is drained: bad fan'
    assert drained(
        out(1, 'bad fan'), out(2, 'kernel \x1b'), out(3, along, parent=pf),
        out(4, along, parent=pf), out(5, 'bad port', kind=NIC)) == [
        '  0000:01:00.0 and 2 more are drained: bad fan',
        '  0000:02:00.0 is drained: kernel \\x1b']


def test_reasons_of_a_host_are_not_without_end():
    *shown, last = drained(*(out(number, f'not clean: {number}')
                             for number in range(18)))
    assert (len(shown), last) == (16, (
        '  2 more reasons; nova-pci drained --all-hosts lists them'))


def test_hosts_that_are_one_entry_are_told_apart():
    assert drained(out(1, 'x'), out(1, 'x', 'b'), names=('a', 'b')) == [
        '  a 0000:01:00.0 is drained: x', '  b 0000:01:00.0 is drained: x']
