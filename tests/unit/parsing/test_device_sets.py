# SPDX-License-Identifier: Apache-2.0

"""One set of devices: what is taken, and the message for what is not."""

import json

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import schema

EXPECTED = {rule: schema.expected(schema.DEVICE_SETS, key)
            for rule, key in device_sets.KEYS.items()}
ATTRIBUTES = ('expected one of numa_node, pcie_root, pcie_switch, pf, card, '
              'or the name of a tag in [pci] device_spec')


def one(rule, attribute, *members):
    return DeviceSet(rule=rule, attribute=attribute, members=members)


@pytest.mark.parametrize(('rule', 'text', 'expected'), [
    pytest.param('same', 'numa_node:gpu', [('numa_node', 'gpu')],
                 id='one member'),
    pytest.param('same', 'pcie_switch:gpu,nic',
                 [('pcie_switch', 'gpu', 'nic')], id='two members'),
    pytest.param('same', ' PCIe_Root : big gpu , ports ;numa_node:nic',
                 [('pcie_root', 'big gpu', 'ports'), ('numa_node', 'nic')],
                 id='two sets, blanks, and capitals in the attribute'),
    pytest.param('distinct', 'pf:ports@PhysNet-1,ports@net@2',
                 [('pf', 'ports@PhysNet-1', 'ports@net@2')],
                 id='ports of two networks'),
    pytest.param('distinct', 'Rack:Ports', [('Rack', 'Ports')],
                 id='capitals of a tag, and an alias that is nearly ports'),
    pytest.param('same', 'physical_network:ports',
                 [('physical_network', 'ports')], id='a known tag'),
    pytest.param('distinct', 'p0:a;fp:b', [('p0', 'a'), ('fp', 'b')],
                 id='tags of two letters'),
    pytest.param('pair', 'card:gpu,ports', [('card', 'gpu', 'ports')],
                 id='a pair'),
    pytest.param('group', 'NVLink:gpu;bond:ports',
                 [('nvlink', 'gpu'), ('bond', 'ports')], id='two groups'),
    pytest.param('bandwidth', ' 2500 : nic ,ports@net ;1:storage',
                 [('2500', 'nic'), ('2500', 'ports@net'), ('1', 'storage')],
                 id='bandwidths, each member by itself'),
    pytest.param('group', 'numa:gpu', [('numa', 'gpu')],
                 id='a type of groups is free'),
])
def test_a_value_is_taken(rule, text, expected):
    faults = parsing.Faults()
    assert device_sets.read_value(SetRule(rule), text, faults) == tuple(
        one(SetRule(rule), *each) for each in expected)
    assert (faults.errors, faults.warnings) == ([], [])


def no_set(text, rule='same'):
    return f'"{text}" is not a set of devices; {EXPECTED[SetRule(rule)]}'


@pytest.mark.parametrize(('rule', 'text', 'report'), [
    pytest.param('same', '', [no_set('')], id='nothing'),
    pytest.param('same', 'numa_node', [no_set('numa_node')], id='no members'),
    pytest.param('same', 'numa_node:', [no_set('numa_node:')],
                 id='an empty member'),
    pytest.param('same', ':gpu', [no_set(':gpu')], id='no attribute'),
    pytest.param('same', 'numa_node:gpu,', [no_set('numa_node:gpu,')],
                 id='a comma too many'),
    pytest.param('same', 'numa_node:gpu:nic', [no_set('numa_node:gpu:nic')],
                 id='a colon too many'),
    pytest.param('same', 'numa node:gpu', [no_set('numa node:gpu')],
                 id='a blank in the attribute'),
    pytest.param('same', 'a,b:gpu', [no_set('a,b:gpu')],
                 id='two attributes'),
    pytest.param('same', ';', [no_set(''), no_set('')],
                 id='a semicolon alone'),
    pytest.param('distinct', 'pf:ports@', [no_set('pf:ports@', 'distinct')],
                 id='no network'),
    pytest.param('distinct', 'pf:ports@ p1',
                 [no_set('pf:ports@ p1', 'distinct')],
                 id='a blank before the network'),
    pytest.param('pair', 'card:gpu',
                 [f'"card:gpu" has 1 member; {EXPECTED[SetRule.PAIR]}'],
                 id='half a pair'),
    pytest.param('pair', 'card:a,b,c',
                 [f'"card:a,b,c" has 3 members; {EXPECTED[SetRule.PAIR]}'],
                 id='three in a pair'),
    pytest.param('group', 'nv/link:a', [no_set('nv/link:a', 'group')],
                 id='a type that no group has'),
    pytest.param('group', 'n' * 65 + ':a',
                 ['"' + 'n' * 59 + f'... is not a set of devices; '
                  f'{EXPECTED[SetRule.GROUP]}'], id='a type that is too long'),
    pytest.param('group', 'nvlink:a,b',
                 [f'"nvlink:a,b" has 2 members; {EXPECTED[SetRule.GROUP]}'],
                 id='two members of a group'),
    pytest.param('same', 'address:gpu',
                 ['"address" is not an attribute that devices are compared '
                  f'by; {ATTRIBUTES}'], id='no tag'),
    pytest.param('same', 'resource_class:gpu',
                 ['"resource_class" is not an attribute that devices are '
                  f'compared by; {ATTRIBUTES}'], id="a tag for Placement"),
    pytest.param('same', 'dev_type:gpu',
                 ['"dev_type" is not an attribute that devices are compared '
                  f'by; {ATTRIBUTES}'], id='a reserved name'),
])
def test_a_value_is_refused(rule, text, report):
    faults = parsing.Faults()
    assert device_sets.read_value(SetRule(rule), text, faults) == ()
    assert [str(fault) for fault in faults.errors] == [
        f'pci_passthrough:{rule}: {line}' for line in report]
    assert {fault.fault for fault in faults.errors} == {Fault.REFUSED}


@pytest.mark.parametrize(('word', 'meant'), [
    ('pcie_swich', 'pcie_switch'), ('pci_switch', 'pcie_switch'),
    ('numa', 'numa_node'), ('numa-node', 'numa_node'), ('pfs', 'pf'),
    ('root_port', 'pcie_root'), ('cards', 'card'),
    ('phsical_network', 'physical_network'),
    ('Trusted', 'trusted')])
def test_a_slip_of_an_attribute_is_known(word, meant):
    faults = parsing.Faults()
    assert device_sets.read_value(SetRule.PAIR, f'{word}:a,b', faults) == ()
    assert [str(fault) for fault in faults.errors] == [
        f'pci_passthrough:pair: unknown attribute "{word}"; did you mean '
        f'{meant}?']
    assert faults.errors[0].fault is Fault.TYPO


@pytest.mark.parametrize(('rule', 'word', 'meant'), [
    ('same', 'device_group_nvlink', 'nvlink'),
    ('group', 'device_group_nvlink', 'nvlink'),
    ('group', 'device_group_', 'TYPE')])
def test_the_tag_of_groups_is_not_an_attribute(rule, word, meant):
    faults = parsing.Faults()
    assert device_sets.read_value(SetRule(rule), f'{word}:a', faults) == ()
    assert [str(fault) for fault in faults.errors] == [
        f'pci_passthrough:{rule}: unknown attribute "{word}"; did you mean '
        f'pci_passthrough:group = {meant}:MEMBER?']


@pytest.mark.parametrize(('members', 'message'), [
    ('gpu,nic,gpu', '"pf:gpu,nic,gpu" has the member "gpu" twice'),
    ('ports,ports@p1',
     '"pf:ports,ports@p1" has ports twice: in "ports" and in "ports@p1"'),
    ('ports@P1,ports@p1',
     '"pf:ports@P1,ports@p1" has ports twice: in "ports@P1" and in '
     '"ports@p1"')])
def test_a_member_that_comes_twice_is_refused(members, message):
    faults = parsing.Faults()
    assert device_sets.read_value(
        SetRule.SAME, f'pf:{members}', faults) == ()
    assert [str(fault) for fault in faults.errors] == [
        f'pci_passthrough:same: {message}']
    assert faults.errors[0].fault is Fault.DUPLICATE


@pytest.mark.parametrize('word', [
    'nvlink', 'NV-Link_2.0', 'n' * 64, 'n' * 65, 'nv link', 'nv/link',
    '\u00e4', 'a=b'])
def test_a_type_is_what_a_compute_can_declare(word):
    on_sets, on_groups = parsing.Faults(), parsing.Faults()
    sets = device_sets.read_value(SetRule.GROUP, f'{word}:a', on_sets)
    groups = parsing.parse_device_groups(parsing.option_values(
        'device_group', [json.dumps({
            'type': word, 'name': 'p1', 'addresses': ['0000:01:00.0']})]),
        on_groups)
    assert [each.attribute for each in sets] == [
        group.type for group in groups]


@pytest.mark.parametrize('text', [
    '0:nic', '-1:nic', '2.5:nic', '2500', '2500:', ':nic', 'fast:nic',
    '1000000000:nic', '2500:nic;', '\u0662:nic', '02500:nic', '5:ports@'])
def test_a_bandwidth_is_a_whole_number_of_mbps(text):
    faults = parsing.Faults()
    device_sets.read_value(SetRule.BANDWIDTH, text, faults)
    assert EXPECTED[SetRule.BANDWIDTH] in str(faults.errors[0])
    assert schema.expected(schema.DEVICE_SETS, device_sets.KEYS[
        SetRule.BANDWIDTH])


@pytest.mark.parametrize(('text', 'message'), [
    ('5:nic;6:nic', '"nic" takes 6 Mbit/s, and "nic" 5'),
    ('5:ports;5:ports@net', '"ports@net" takes 5 Mbit/s, and "ports" 5')])
def test_a_device_takes_bandwidth_once(text, message):
    faults = parsing.Faults()
    device_sets.read_value(SetRule.BANDWIDTH, text, faults)
    assert [str(each) for each in faults.errors] == [
        f'pci_passthrough:bandwidth: {message}; expected each device in one '
        'member']


def test_all_faults_of_a_value_are_told():
    faults = parsing.Faults()
    assert device_sets.read_value(
        SetRule.SAME, 'numa:a; pf:a; address:a,a;', faults) == (
            one(SetRule.SAME, 'pf', 'a'),)
    assert [fault.message for fault in faults.errors] == [
        'unknown attribute "numa"',
        '"address" is not an attribute that devices are compared by',
        '"address:a,a" has the member "a" twice',
        '"" is not a set of devices']


def test_a_value_that_nova_cannot_keep_is_refused():
    faults = parsing.Faults()
    longest = 'pf:' + 'a' * 252
    assert device_sets.read_value(SetRule.SAME, longest, faults) != ()
    assert device_sets.read_value(SetRule.SAME, longest + 'a', faults) == ()
    assert [str(fault) for fault in faults.errors] == [
        'pci_passthrough:same: has 256 characters; expected at most 255, '
        'which is what Nova keeps']


def test_a_value_that_is_no_text_is_refused():
    faults = parsing.Faults()
    assert device_sets.read_value(SetRule.GROUP, None, faults) == ()
    assert [str(fault) for fault in faults.errors] == [
        f'pci_passthrough:group: is NoneType; {EXPECTED[SetRule.GROUP]}']


def test_sets_come_in_the_order_of_the_rules():
    faults = parsing.Faults()
    assert device_sets.read({
        'pci_passthrough:group': 'nvlink:a', 'hw:numa_nodes': '2',
        'pci_passthrough:same': 'pf:b;card:a'}, faults) == (
            one(SetRule.SAME, 'pf', 'b'), one(SetRule.SAME, 'card', 'a'),
            one(SetRule.GROUP, 'nvlink', 'a'))
