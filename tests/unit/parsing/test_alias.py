# SPDX-License-Identifier: Apache-2.0

"""``[pci] alias``: what is taken, and the message for what is not."""

import json

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.request import NumaPolicy
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import AliasEntry
from nova_pci_ext.model.spec import Source

IDS = {'vendor_id': '8086', 'product_id': '1520'}
NO_IDS = ('expected both vendor_id and product_id, or a resource_class '
          'together with [filter_scheduler] pci_in_placement')


def entry(index=0, **fields):
    return AliasEntry(source=Source(option='alias', index=index), **fields)


def text(name='a1', **fields):
    return json.dumps({'name': name, **IDS, **fields})


@pytest.mark.parametrize(('value', 'expected'), [
    pytest.param('{"vendor_id":"8086", "product_id":"1520", "name":"a1"}',
                 Alias(name='a1', numa_policy=NumaPolicy.LEGACY,
                       entries=(entry(**IDS),)), id='an alias of 2014'),
    pytest.param('{"name": " QAT ", "vendor_id": "80AB",'
                 ' "product_id": "0443", "device_type": "type-PF",'
                 ' "numa_policy": "required", "live_migratable": "Yes"}',
                 Alias(name='QAT', numa_policy=NumaPolicy.REQUIRED, entries=(
                     entry(vendor_id='80ab', product_id='0443',
                           dev_type=DeviceType.PF, live_migratable=True),)),
                 id='every key of a device'),
    pytest.param('{"name": "A16_16A", "device_type": "type-VF",'
                 ' "resource_class": "GPU_VF", "traits": "blue, big"}',
                 Alias(name='A16_16A', numa_policy=NumaPolicy.LEGACY,
                       entries=(entry(dev_type=DeviceType.VF,
                                      resource_class='GPU_VF',
                                      traits='blue, big'),)),
                 id='by resource class'),
])
def test_an_alias_is_taken(value, expected):
    assert parsing.parse_alias(value) == expected


@pytest.mark.parametrize(('value', 'report'), [
    pytest.param('{"name": "a1", "vendor_id": "8086", "prodct_id": "1520"}',
                 [(Fault.REFUSED, ".prodct_id: unknown key; did you mean "
                                  "'product_id'?")],
                 id='a letter of product_id is missing'),
    pytest.param(text(colour='red'), [
        (Fault.REFUSED, '.colour: unknown key; expected name, vendor_id, '
                        'product_id, device_type, numa_policy, '
                        'resource_class, traits, live_migratable')],
        id='a key that is none'),
    pytest.param(json.dumps(IDS), [
        (Fault.REFUSED, '.name: is missing; expected 1 to 256 characters '
                        'without colon and comma, such as "a1"')],
        id='no name'),
    pytest.param(text(name='a:1'), [
        (Fault.IMPOSSIBLE, '.name: cannot be "a:1"; expected 1 to 256 '
                           'characters without colon and comma, such as '
                           '"a1"')], id='a name that no flavor can write'),
    pytest.param(text(name=''), [
        (Fault.REFUSED, '.name: cannot be ""; expected 1 to 256 characters '
                        'without colon and comma, such as "a1"')],
        id='an empty name'),
    pytest.param(text(name=5), [
        (Fault.REFUSED, '.name: cannot be 5; expected 1 to 256 characters '
                        'without colon and comma, such as "a1"')],
        id='a name that is a number'),
    pytest.param(text(vendor_id='86'), [
        (Fault.REFUSED, '.vendor_id: cannot be "86"; expected four '
                        'hexadecimal digits in quotes, such as "8086"')],
        id='an id of two digits'),
    pytest.param(text(product_id='\uff11\uff15\uff12\uff10'), [
        (Fault.IMPOSSIBLE, '.product_id: cannot be '
                           '"\\uff11\\uff15\\uff12\\uff10"; expected four '
                           'hexadecimal digits in quotes, such as "1520"')],
        id='fullwidth digits'),
    pytest.param(text(device_type='vdpa'), [
        (Fault.REFUSED, '.device_type: cannot be "vdpa"; expected '
                        '"type-PCI", "type-PF" or "type-VF"')],
        id='a type that no alias may ask for'),
    pytest.param(text(numa_policy='strict'), [
        (Fault.REFUSED, '.numa_policy: cannot be "strict"; expected '
                        '"required", "preferred", "legacy" or "socket"')],
        id='a policy that is none'),
    pytest.param(text(live_migratable='maybe'), [
        (Fault.REFUSED, '.live_migratable: cannot be "maybe"; expected '
                        '"yes" or "no"')], id='neither yes nor no'),
    pytest.param(text(live_migratable=True), [
        (Fault.REFUSED, '.live_migratable: cannot be true; expected "yes" '
                        'or "no"')], id='true without quotes'),
    pytest.param(text(traits='a,,b'), [
        (Fault.IMPOSSIBLE, '.traits: cannot be "a,,b"; expected names '
                           'separated by commas, each making a trait of at '
                           'most 255 characters, such as "blue,big"')],
        id='a trait without a name'),
    pytest.param('{"name": "a1", "name": "a2", "vendor_id": "8086",'
                 ' "product_id": "1520"}', [
        (Fault.DUPLICATE, '.name: is written twice; keep one of the two')],
        id='a key twice'),
    pytest.param(text(adress='0000:01:00.0'), [
        (Fault.REFUSED, ".adress: unknown key; 'address' belongs in "
                        '[pci] device_spec')], id='a key of device_spec'),
    pytest.param('[]', [
        (Fault.REFUSED, ': cannot be a list; write each object on a line of '
                        'its own, with the name of the option')],
                 id='a list'),
    pytest.param('{', [
        (Fault.REFUSED, ': is not JSON: Expecting property name enclosed in '
                        'double quotes at character 2; the value ends here: '
                        'a closing bracket is missing, or its other lines '
                        'are not indented')], id='half a value'),
    pytest.param('{"name": "a1", "vendor_id": "8086"}', [
        (Fault.REFUSED, f': has no product_id; {NO_IDS}')],
        id='one id of two'),
    pytest.param('{"name": "a1", "traits": "blue"}', [
        (Fault.REFUSED, f': has no vendor_id and product_id; {NO_IDS}')],
        id='traits alone'),
])
def test_a_fault_is_reported(value, report):
    with pytest.raises(exceptions.ConfigErrors) as caught:
        parsing.parse_alias(value)
    assert [(fault.fault, str(fault)) for fault in caught.value.exceptions
            ] == [(fault, f'[pci] alias[0]{line}') for fault, line in report]


def merged(*values, placement=None, alternatives=False):
    faults = parsing.Faults()
    found = parsing.parse_aliases(parsing.option_values('alias', values),
                                  faults, pci_in_placement=placement,
                                  alternatives=alternatives)
    return found, [str(fault) for fault in faults.errors]


def test_entries_of_one_name_are_alternatives_in_their_order():
    found, report = merged(
        text(device_type='type-VF'), text(name='a2'),
        text(product_id='1521', device_type='type-VF'))
    assert report == []
    assert list(found) == ['a1', 'a2']
    assert found['a1'].entries == (
        entry(dev_type=DeviceType.VF, **IDS),
        entry(index=2, dev_type=DeviceType.VF, vendor_id='8086',
              product_id='1521'))


@pytest.mark.parametrize(('other', 'report'), [
    pytest.param({'numa_policy': 'socket', 'device_type': 'type-VF'}, [
        "[pci] alias[1].numa_policy: is 'socket', but alias 'a1' at [pci] "
        "alias[0] has 'legacy'; expected one policy for all entries of a "
        'name'], id='two policies'),
    pytest.param({'device_type': 'type-PF'}, [
        "[pci] alias[1].device_type: is 'type-PF', but alias 'a1' at [pci] "
        "alias[0] has 'type-VF'; expected one type for all entries of a "
        'name'], id='two types'),
    pytest.param({}, [
        '[pci] alias[1].device_type: is needed here and at [pci] alias[0]; '
        "both are entries of alias 'a1'"], id='one of two types'),
])
def test_entries_of_one_name_must_not_conflict(other, report):
    assert merged(text(device_type='type-VF'), text(**other))[1] == report


def test_nova_needs_the_type_in_each_of_several_entries():
    assert merged(text(), text())[1] == [
        '[pci] alias[1].device_type: is needed here and at [pci] alias[0]; '
        "both are entries of alias 'a1'"]


@pytest.mark.parametrize(('placement', 'report'), [
    (True, []), (None, []),
    (False, [f'[pci] alias[0]: has no vendor_id and product_id; {NO_IDS}']),
], ids=['with Placement', 'who knows', 'without Placement'])
def test_a_resource_class_alone_needs_placement(placement, report):
    assert merged('{"name": "gpu", "resource_class": "GPU_VF"}',
                  placement=placement)[1] == report


def test_placement_takes_several_entries_with_candidates_of_ours():
    values = text(device_type='type-VF'), text(device_type='type-VF')
    assert merged(*values, placement=True, alternatives=True)[1] == []


def test_placement_takes_one_entry_of_a_name():
    assert merged(text(device_type='type-VF'), text(device_type='type-VF'),
                  placement=True)[1] == [
        "[pci] alias[1]: is another entry of alias 'a1', which stands at "
        '[pci] alias[0]; with [filter_scheduler] pci_in_placement set '
        '[pci_ext] allocation_candidates = ours, or write one entry, and one '
        'resource_class for all its devices']


def test_a_key_of_2014_is_let_go_with_a_warning():
    faults = parsing.Faults()
    assert parsing.parse_aliases(parsing.option_values(
        'alias', [text(capability_type='pci')]), faults)['a1'].entries == (
        entry(**IDS),)
    assert [str(fault) for fault in faults.warnings] == [
        '[pci] alias[0].capability_type: says nothing; remove the key']
