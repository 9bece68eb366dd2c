# SPDX-License-Identifier: Apache-2.0

"""The sets of a flavor, together and with its aliases."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.device_set import DeviceSet
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.model.spec import AliasCount
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import whole_flavor


def flavor(alias=None, **sets):
    specs = {f'pci_passthrough:{rule}': text for rule, text in sets.items()}
    return specs if alias is None else {
        **specs, 'pci_passthrough:alias': alias}


def faults_of(**specs):
    faults = parsing.Faults()
    whole_flavor.read(flavor(**specs), faults)
    return faults


def test_a_flavor_with_sets_of_each_rule():
    assert parsing.parse_device_sets(flavor(
        'gpu:4,nic:2,nic:2', pair='pcie_switch:gpu,nic', group='nvlink:gpu',
        distinct='pf:ports@p1', same='pcie_root:gpu;numa_node:gpu,ports',
    )) == tuple(
        DeviceSet(rule=rule, attribute=attribute, members=members)
        for rule, attribute, members in (
            (SetRule.SAME, 'pcie_root', ('gpu',)),
            (SetRule.SAME, 'numa_node', ('gpu', 'ports')),
            (SetRule.DISTINCT, 'pf', ('ports@p1',)),
            (SetRule.PAIR, 'pcie_switch', ('gpu', 'nic')),
            (SetRule.GROUP, 'nvlink', ('gpu',))))


@pytest.mark.parametrize('specs', [
    {}, {'hw:numa_nodes': '2'}, {'pci_passthrough:alias': 'gpu:0'}],
    ids=['nothing', 'another key', 'an alias that is for others to refuse'])
def test_a_flavor_without_sets_is_not_read(specs):
    assert parsing.parse_device_sets(specs) == ()


def test_sets_of_ports_need_no_alias():
    assert parsing.parse_device_sets(flavor(distinct='pf:ports')) == (
        DeviceSet(rule=SetRule.DISTINCT, attribute='pf', members=('ports',)),)


@pytest.mark.parametrize(('specs', 'report'), [
    pytest.param(
        {'alias': 'gpu:4,nic:4', 'same': 'pf:gpuu'},
        ['pci_passthrough:same: the flavor asks for no alias "gpuu"; did you '
         'mean gpu?'], id='a slip of an alias'),
    pytest.param(
        {'alias': 'gpu:4', 'same': 'pf:port@p1'},
        ['pci_passthrough:same: the flavor asks for no alias "port@p1"; did '
         'you mean ports@p1?'], id='a slip of ports'),
    pytest.param(
        {'alias': 'gpu:4,nic:4', 'group': 'nvlink:accelerator'},
        ['pci_passthrough:group: the flavor asks for no alias "accelerator"; '
         'expected one of gpu, nic, ports, or add the alias to '
         'pci_passthrough:alias'], id='an alias of other flavors'),
    pytest.param(
        {'distinct': 'pf:accelerator'},
        ['pci_passthrough:distinct: the flavor asks for no alias '
         '"accelerator"; set pci_passthrough:alias in the same call, or '
         'before'], id='no alias yet'),
    pytest.param(
        {'alias': 'ports:2', 'distinct': 'pf:ports'},
        ['pci_passthrough:distinct: "ports" is an alias of the flavor too; in '
         'a set "ports" stands for ports; the alias needs another name'],
        id='an alias with the name of ports'),
    pytest.param(
        {'alias': 'gpu:4,nic:1,nic:1', 'pair': 'card:gpu,nic'},
        ['pci_passthrough:pair: "card:gpu,nic" pairs 4 of "gpu" with 2 of '
         '"nic"; expected equal numbers'], id='unequal numbers'),
    pytest.param(
        {'alias': 'gpu', 'same': 'numa:accelerator'},
        ['pci_passthrough:alias: "gpu" is not a request; expected name:count '
         'with count from 1',
         'pci_passthrough:same: unknown attribute "numa"; did you mean '
         'numa_node?'], id='no word about members of an alias with a fault'),
])
def test_a_flavor_is_refused(specs, report):
    with pytest.raises(exceptions.ConfigErrors) as caught:
        parsing.parse_device_sets(flavor(**specs))
    assert str(caught.value).splitlines() == report


def test_a_pair_with_ports_is_counted_when_the_server_is_known():
    assert faults_of(alias='gpu:3', pair='pcie_root:gpu,ports').count == 0


@pytest.mark.parametrize('rule', ['same', 'distinct'])
def test_a_set_of_one_device_is_noted(rule):
    faults = faults_of(alias='gpu:1', **{rule: 'pf:gpu'})
    assert [str(fault) for fault in faults.warnings] == [
        f'pci_passthrough:{rule}: "pf:gpu" is about one device only']
    assert faults.warnings[0].fault is Fault.NO_EFFECT
    assert faults.errors == []


def test_a_set_that_stands_there_twice_is_noted():
    faults = faults_of(alias='gpu:2', same='pf:gpu; card:gpu; PF: gpu')
    assert [str(fault) for fault in faults.warnings] == [
        'pci_passthrough:same: "pf:gpu" stands there twice']
    assert faults.warnings[0].fault is Fault.DUPLICATE
    assert faults.errors == []


HOSTS = whole_flavor.Known(
    tags=['Rack', 'trusted'], networks=['physnet1', 'physnet2'],
    groups={'nvlink': {1, 2, 4}, 'island': {2}})


@pytest.mark.parametrize(('attribute', 'report'), [
    ('Rack', []), ('CARD', []),
    ('rack', ['pci_passthrough:same: no entry of [pci] device_spec has a tag '
              '"rack"; did you mean Rack?']),
    ('island', ['pci_passthrough:same: no entry of [pci] device_spec has a '
                'tag "island"; no device of this configuration is in such a '
                'set'])])
def test_attributes_where_all_tags_are_known(attribute, report):
    faults = parsing.Faults()
    sets = parsing.parse_device_sets(flavor('a:2', same=f'{attribute}:a',
                                            group='island:a'))
    whole_flavor.check_sets(sets, parsing.parse_flavor_alias('a:2'), faults,
                            HOSTS)
    assert [str(fault) for fault in faults.warnings] == report
    assert faults.errors == []


@pytest.mark.parametrize(('specs', 'report'), [
    ({'distinct': 'pf:ports@PhysNet2', 'group': 'nvlink:ports'}, []),
    ({'alias': 'a:2', 'group': 'nvlink:a;island:a'}, []),
    ({'distinct': 'pf:ports@phsnet1'}, [
        'distinct: no entry of [pci] device_spec has the physical network '
        '"phsnet1"; did you mean physnet1?']),
    ({'alias': 'a:2', 'group': 'nvlnk:a'}, [
        'group: no [pci_ext] device_group has the type "nvlnk"; did you mean '
        'nvlink?']),
    ({'alias': 'a:2,a:1', 'group': 'nvlink:a;island:a'}, [
        'group: no group of type nvlink has 3 devices, as "nvlink:a" asks; '
        'there are groups of 1, 2 or 4',
        'group: no group of type island has 3 devices, as "island:a" asks; '
        'there are groups of 2']),
    ({'alias': 'a:1', 'group': 'island:a'}, [
        'group: no group of type island has 1 device, as "island:a" asks; '
        'there are groups of 2']),
], ids=['all is there', 'groups', 'a network', 'a type', 'sizes',
        'a size of one'])
def test_what_no_device_of_the_configuration_has(specs, report):
    faults = parsing.Faults()
    whole_flavor.check_sets(
        parsing.parse_device_sets(flavor(**specs)),
        parsing.parse_flavor_alias(specs['alias']) if 'alias' in specs
        else (), faults, HOSTS)
    assert [str(fault) for fault in faults.warnings] == [
        f'pci_passthrough:{line}' for line in report]
    assert faults.errors == []


def test_sets_that_contradict_each_other_are_refused():
    faults = faults_of(alias='a:2,b:2', same='pf:a', pair='pf:a,b',
                       distinct='card:b')
    assert [str(fault) for fault in faults.errors] == [
        'pci_passthrough:distinct: "card:b" is impossible together with '
        'pci_passthrough:same = pf:a and pci_passthrough:pair = pf:a,b']
    assert faults.errors[0].fault is Fault.IMPOSSIBLE


def test_contradictions_of_wrong_members_are_not_told():
    faults = faults_of(alias='a:2', same='pf:a,b', distinct='pf:a')
    assert [fault.message for fault in faults.errors] == [
        'the flavor asks for no alias "b"']


@pytest.mark.parametrize(('before', 'changes', 'report'), [
    pytest.param({'same': 'pf:b'}, {'hw:numa_nodes': '2'}, [],
                 id='of another key'),
    pytest.param({'alias': 'a:2', 'same': 'pf:a'}, {'alias': 'b:2,a:1'}, [],
                 id='after which all is well'),
    pytest.param({'alias': 'a:2', 'same': 'pf:a'}, {'alias': 'b:2'}, [
        'same: the flavor asks for no alias "a"; did you mean b?'],
        id='that takes an alias away'),
    pytest.param({'same': 'pf:a', 'pair': 'pf:c'}, {'alias': 'a:2'}, [],
                 id='that leaves another fault as it was'),
    pytest.param({'same': 'pf:a'}, {'same': 'pf:a'}, [
        'same: the flavor asks for no alias "a"; set pci_passthrough:alias '
        'in the same call, or before'], id='that sets a fault again'),
    pytest.param({'alias': 'a'}, {'same': 'pf:a'}, [
        'alias: "a" is not a request; expected name:count with count from '
        '1'], id='of a flavor whose alias cannot be read'),
    pytest.param({'alias': 'a:2', 'distinct': 'pf:a'}, {'same': 'pf:a'}, [
        'distinct: "pf:a" is impossible together with pci_passthrough:same '
        '= pf:a'], id='that contradicts what is there'),
])
def test_a_change_of_a_flavor(before, changes, report):
    faults = parsing.Faults()
    whole_flavor.check_change(
        flavor(**before), {key if ':' in key else f'pci_passthrough:{key}':
                           value for key, value in changes.items()}, faults)
    assert [str(fault) for fault in faults.errors] == [
        f'pci_passthrough:{line}' for line in report]


@pytest.mark.parametrize(('budgets', 'report'), [
    ((), ['pci_passthrough:bandwidth: no entry of [pci] device_spec has a '
          'bandwidth_mbps; without a budget no PF has any bandwidth to give']),
    ((1000, 2000), ['pci_passthrough:bandwidth: "2500:a" takes more than the '
                    'largest bandwidth_mbps of [pci] device_spec; expected '
                    'at most 2000']),
    ((2500,), [])], ids=['no budget', 'too small', 'large enough'])
def test_what_no_budget_has_is_noted(budgets, report):
    faults = parsing.Faults()
    whole_flavor.check_sets(
        device_sets.read({'pci_passthrough:bandwidth': '2500:a'}, faults),
        [AliasCount(name='a', count=1)], faults, whole_flavor.Known(
            tags=[], networks=[], groups={}, budgets=budgets))
    assert faults.errors == []
    assert [str(each) for each in faults.warnings] == report
