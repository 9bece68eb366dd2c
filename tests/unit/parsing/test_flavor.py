# SPDX-License-Identifier: Apache-2.0

"""Flavor keys: what is taken, and the message for what is not."""

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.spec import AliasCount
from nova_pci_ext.parsing import flavor

EXPECTED = 'is not a request; expected name:count with count from 1'


@pytest.mark.parametrize(('text', 'expected'), [
    pytest.param('a1:2', [('a1', 2)], id='one alias'),
    pytest.param('a1:2,a2:1', [('a1', 2), ('a2', 1)], id='two aliases'),
    pytest.param(' a 1 : 02 , a2:1', [('a 1', 2), ('a2', 1)],
                 id='blanks around, and one inside'),
    pytest.param('a1:1,a1:1', [('a1', 1), ('a1', 1)],
                 id='one alias twice is two requests'),
    pytest.param('a1:65536', [('a1', 65536)], id='a whole domain'),
])
def test_a_flavor_is_taken(text, expected):
    assert parsing.parse_flavor_alias(text) == tuple(
        AliasCount(name=name, count=count) for name, count in expected)


@pytest.mark.parametrize(('text', 'report'), [
    pytest.param('a1:0', [f'"a1:0" {EXPECTED}'], id='no device'),
    pytest.param('a1:-1', [f'"a1:-1" {EXPECTED}'], id='a negative number'),
    pytest.param('a1', [f'"a1" {EXPECTED}'], id='no count'),
    pytest.param('a1:', [f'"a1:" {EXPECTED}'], id='an empty count'),
    pytest.param('a1:one', [f'"a1:one" {EXPECTED}'], id='a word'),
    pytest.param('a1:1:2', [f'"a1:1:2" {EXPECTED}'], id='two counts'),
    pytest.param(',a1:1', [f'"" {EXPECTED}'], id='an empty item'),
    pytest.param(':1', [f'":1" {EXPECTED}'], id='no name'),
    pytest.param('', [f'"" {EXPECTED}'], id='nothing'),
    pytest.param('a1:1_0', [f'"a1:1_0" {EXPECTED}'], id='an underscore'),
    pytest.param('a1:+2', [f'"a1:+2" {EXPECTED}'], id='a sign'),
    pytest.param('a1:\uff12', [f'"a1:\\uff12" {EXPECTED}'],
                 id='a fullwidth digit'),
    pytest.param('a1:65537', [
        '"a1:65537" asks for more devices than a host can have; expected up '
        'to 65536'], id='too many'),
    pytest.param('a1,a2:0', [f'"a1" {EXPECTED}', f'"a2:0" {EXPECTED}'],
                 id='two faults'),
])
def test_a_flavor_is_refused(text, report):
    with pytest.raises(exceptions.ConfigErrors) as caught:
        parsing.parse_flavor_alias(text)
    assert str(caught.value).splitlines() == [
        f'pci_passthrough:alias: {line}' for line in report]
    assert {fault.fault for fault in caught.value.exceptions} == {Fault.COUNT}


@pytest.mark.parametrize(('key', 'meant'), [
    ('pci_passthrough:aliases', 'pci_passthrough:alias'),
    ('pci_passtrough:alias', 'pci_passthrough:alias'),
    ('PCI_Passthrough:Alias', 'pci_passthrough:alias'),
    ('hw:pci_numa_affinity_polcy', 'hw:pci_numa_affinity_policy'),
    ('hw:numa_node', 'hw:numa_nodes'),
    ('pci_passthru:alias', 'pci_passthrough:alias'),
    ('pci:alias', 'pci_passthrough:alias'),
    ('hw:pci_numa_policy', 'hw:pci_numa_affinity_policy'),
    ('pci_passthrough:sam', 'pci_passthrough:same'),
    ('pci_passthrough_distinct', 'pci_passthrough:distinct'),
    ('pci_passthrough:alias', None), ('hw:numa_nodes', None),
    ('pci_passthrough:group', None), ('group_policy', None),
    ('hw:cpu_policy', None), ('resources:CUSTOM_GPU', None),
    ('hw:numa_cpus.0', None)])
def test_a_slip_of_an_extra_spec_is_known(key, meant):
    assert flavor.meant_key(key) == meant


def test_a_slip_of_an_extra_spec_is_refused():
    faults = parsing.Faults()
    for key in ('pci_passthrough:sam', 'pci_passthrough:same', 'rack'):
        flavor.check_key(key, faults)
    assert [str(fault) for fault in faults.errors] == [
        'pci_passthrough:sam: no device depends on it; did you mean '
        'pci_passthrough:same?']
    assert faults.errors[0].fault is Fault.TYPO


def test_a_flavor_that_is_no_text_is_refused():
    with pytest.raises(exceptions.ConfigErrors) as caught:
        parsing.parse_flavor_alias(None)
    assert str(caught.value) == (
        'pci_passthrough:alias: is NoneType; expected name:count with count '
        'from 1')
