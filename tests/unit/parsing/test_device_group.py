# SPDX-License-Identifier: Apache-2.0

"""``[pci_ext] device_group``: what is taken, and what is said of the rest."""

import json

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.spec import Source

A, B = '0000:0f:00.0', '0000:10:00.0'
WHERE = '[pci_ext] device_group[0]'
WORD = ('expected 1 to 64 letters, digits, "_", "." and "-", such as '
        '"{}"').format
LIST = ('expected a list of PCI addresses such as ["0000:0f:00.0", '
        '"0000:10:00.0"]')


def read(*values):
    """Read values; return the groups and the messages."""
    faults = parsing.Faults()
    texts = [value if isinstance(value, str) else json.dumps(value)
             for value in values]
    found = parsing.parse_device_groups(parsing.option_values(
        parsing.DEVICE_GROUP_OPTION, texts, 'pci_ext'), faults)
    assert not faults.warnings
    return found, [str(fault) for fault in faults.errors]


def entry(**fields):
    return {'type': 'nvlink', 'name': 'p3', 'addresses': [A, B], **fields}


def group(index=0, item=None, **fields):
    return DeviceGroup(**{
        'type': 'nvlink', 'name': 'p3',
        'addresses': (PciAddress.parse(A), PciAddress.parse(B)),
        'source': Source(option='device_group', group='pci_ext',
                         index=index, item=item), **fields})


def test_a_value_is_a_group():
    assert read(entry()) == ((group(),), [])


def test_a_value_can_be_a_list_and_groups_overlap():
    assert read([entry(), entry(name='p4')], entry(name='p5')) == (
        (group(item=0), group(item=1, name='p4'), group(1, name='p5')), [])


def test_addresses_are_sorted_and_names_are_lower_case():
    found, faults = read(entry(type='NVLink', name='P3',
                               addresses=['0000:10:00.0', '0000:0F:00.0']))
    assert (found, faults) == ((group(),), [])


def test_one_name_may_be_of_two_types():
    found, faults = read(entry(), entry(type='rail'))
    assert [str(each) for each in found] == ['nvlink p3', 'rail p3']
    assert faults == []


@pytest.mark.parametrize(('value', 'faults'), [
    pytest.param(
        entry(adresses=[A]),
        [f"{WHERE}.adresses: unknown key; did you mean 'addresses'?"],
        id='a key near a known one'),
    pytest.param(
        {'type': 'nvlink', 'name': 'p3', 'gpus': [A]},
        [f"{WHERE}.gpus: unknown key; did you mean 'addresses'?",
         f'{WHERE}: has no addresses; {LIST}'], id='another word for a key'),
    pytest.param(
        entry(bandwidth=18),
        [f'{WHERE}.bandwidth: unknown key; expected type, name and '
         'addresses'], id='a key near none'),
    pytest.param(
        {}, [f'{WHERE}: has no type; {WORD("nvlink")}',
             f'{WHERE}: has no name; {WORD("p3")}',
             f'{WHERE}: has no addresses; {LIST}'], id='nothing'),
    pytest.param(entry(addresses=[]),
                 [f'{WHERE}.addresses: cannot be []; {LIST}'], id='empty'),
    pytest.param(entry(addresses=A),
                 [f'{WHERE}.addresses: cannot be "0000:0f:00.0"; {LIST}'],
                 id='no list'),
    pytest.param(entry(addresses=[A, 7]),
                 [f'{WHERE}.addresses: cannot be ["0000:0f:00.0", 7]; '
                  f'{LIST}'], id='a number'),
    pytest.param(entry(name=''),
                 [f'{WHERE}.name: cannot be ""; {WORD("p3")}'],
                 id='an empty name'),
    pytest.param(entry(name='p:3'),
                 [f'{WHERE}.name: cannot be "p:3"; {WORD("p3")}'],
                 id='a name with a colon'),
    pytest.param(entry(name='p3\n'),
                 [f'{WHERE}.name: cannot be "p3\\n"; {WORD("p3")}'],
                 id='a name with the end of a line'),
    pytest.param(entry(type=3),
                 [f'{WHERE}.type: cannot be 3; {WORD("nvlink")}'],
                 id='a type that is a number'),
    pytest.param(
        entry(addresses=['0f:00.0', B]),
        [f'{WHERE}.addresses[0]: cannot be "0f:00.0"; expected '
         'domain:bus:slot.function, such as "0000:0f:00.0"'],
        id='an address without a domain'),
    pytest.param(
        entry(addresses=['10000:0f:00.0']),
        [f'{WHERE}.addresses[0]: cannot be "10000:0f:00.0"; Nova has no '
         'room for a domain of more than four digits'],
        id='an address that Nova cannot keep'),
    pytest.param(
        entry(addresses=[A, B, '0000:0F:00.0']),
        [f'{WHERE}.addresses[2]: is 0000:0f:00.0 again; write each address '
         'once'], id='an address twice'),
    pytest.param(
        '"p3"', [f'{WHERE}: cannot be "p3"; expected a JSON object such as '
                 '{"type": "nvlink", "name": "p3", "addresses": [...]}'],
        id='a string'),
    pytest.param(
        ']', [f'{WHERE}: is not JSON: Expecting value at character 1; '
              'expected one object such as {"type": "nvlink", "name": "p3", '
              '"addresses": [...]}, or a list of them'], id='no JSON'),
])
def test_a_group_with_a_fault_is_left_out(value, faults):
    assert read(value) == ((), faults)


def test_a_name_is_declared_once_for_a_type():
    assert read(entry(), entry(name='P3', addresses=[A])) == (
        (group(),), ['[pci_ext] device_group[1]: declares nvlink p3 again; '
                     '[pci_ext] device_group[0] declares it; choose another '
                     'name'])
