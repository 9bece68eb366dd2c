# SPDX-License-Identifier: Apache-2.0

"""``[pci] device_spec``: what is taken, and the message for what is not."""

import json
import re

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.exceptions import Fault
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.spec import AddressForm
from nova_pci_ext.model.spec import AddressPattern
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.spec import Source

SOURCE = Source(option='device_spec')
ADDRESS = ('expected an address such as "0000:81:00.1" or "*:81:00.*", '
           '"serial=NUMBER" or "slot=NAME", or '
           'one regular expression each for "domain", "bus", "slot" and '
           '"function"')
SELECTION = ('selects every device of the host; expected a vendor_id, '
             'product_id, address or devname, or "address": "*:*:*.*" if '
             'every device is meant')
NETWORK = ('expected the name of a provider network, such as "physnet1", or '
           'null without quotes')
ID = 'expected four hexadecimal digits in quotes, such as "8086", or "*"'


def spec(**fields):
    return DeviceSpec(source=fields.pop('source', SOURCE), **fields)


def glob(text, **fields):
    return AddressPattern(form=AddressForm.GLOB, text=text, **fields)


@pytest.mark.parametrize(('text', 'expected'), [
    pytest.param(
        '[{ "vendor_id":"8086","product_id":"1520"}]',
        spec(source=Source(option='device_spec', item=0), vendor_id='8086',
             product_id='1520'), id='a list of 2014'),
    pytest.param(
        '{"address":"*:0a:00.*","physical_network":"physnet1"}',
        spec(address=glob('*:0a:00.*', bus=10, slot=0),
             tags={'physical_network': 'physnet1'}),
        id='a glob with a physical network'),
    pytest.param('{"address": "0000:81:1f.7"}',
                 spec(address=glob('0000:81:1f.7', domain=0, bus=0x81,
                                   slot=0x1f, function=7)),
                 id='a whole address'),
    pytest.param('{"address": ":0a:00."}',
                 spec(address=glob(':0a:00.', bus=10, slot=0)),
                 id='a glob with nothing for any'),
    pytest.param('{"address": "1f"}', spec(address=glob('1f', slot=0x1f)),
                 id='a slot alone'),
    pytest.param('{"address": "0x0000:0x0a:0x00.0x1"}',
                 spec(address=glob('0x0000:0x0a:0x00.0x1', domain=0, bus=10,
                                   slot=0, function=1)),
                 id='an address as libvirt writes it'),
    pytest.param('{"address": "*:*:*.*"}', spec(address=glob('*:*:*.*')),
                 id='every device, and it says so'),
    pytest.param('{"address": ".3"}', spec(address=glob('.3', function=3)),
                 id='a function alone'),
    pytest.param('{"vendor_id": " 0xABCD ", "product_id": "*"}',
                 spec(vendor_id='abcd'), id='an id with prefix and capitals'),
    pytest.param('{"devname": "eth0", "trusted": "True"}',
                 spec(devname='eth0', tags={'trusted': 'true'}),
                 id='an interface that is trusted'),
    pytest.param('{"devname": "eth0", "trusted": true, "rack": 5}',
                 spec(devname='eth0', tags={'trusted': 'true', 'rack': '5'}),
                 id='tags that are not text become text'),
    pytest.param('{"vendor_id": "15b3", "physical_network": null,'
                 ' "remote_managed": "true"}',
                 spec(vendor_id='15b3', remote_managed=True,
                      tags={'physical_network': None,
                            'remote_managed': 'true'}),
                 id='a remote-managed device of the tunnelled networks'),
    pytest.param('{"vendor_id": "10de", "managed": "NO",'
                 ' "live_migratable": 1, "one_time_use": "on"}',
                 spec(vendor_id='10de',
                      tags={'managed': 'false', 'live_migratable': 'true',
                            'one_time_use': 'true'}),
                 id='words for yes and no'),
    pytest.param('{"vendor_id": "1002", "resource_class": "PGPU",'
                 ' "traits": "HW_GPU_API_VULKAN,my-awesome-gpu"}',
                 spec(vendor_id='1002',
                      tags={'resource_class': 'PGPU', 'traits':
                            'HW_GPU_API_VULKAN,my-awesome-gpu'}),
                 id='names for Placement'),
])
def test_an_entry_is_taken(text, expected):
    assert parsing.parse_device_spec(text) == (expected,)


def test_regular_expressions_are_compiled():
    (found,) = parsing.parse_device_spec(
        '{"address": {"domain": ".*", "bus": "02", "slot": "0[1-2]"}}')
    assert found.address == AddressPattern(
        form=AddressForm.REGEX,
        text='{"domain": ".*", "bus": "02", "slot": "0[1-2]"}',
        domain=re.compile('.*'), bus=re.compile('02'),
        slot=re.compile('0[1-2]'))
    assert found.address.single is None


@pytest.mark.parametrize(('address', 'single'), [
    pytest.param('0000:81:00.1', '0000:81:00.1', id='a whole address'),
    pytest.param('81:00.1', None, id='a glob'),
    pytest.param({'domain': '0000', 'bus': '81', 'slot': '00',
                  'function': '1'}, '0000:81:00.1',
                 id='regexes that read like an address'),
    pytest.param({'domain': '.*', 'bus': '81', 'slot': '00',
                  'function': '1'}, None, id='nor with a pattern'),
    pytest.param({'bus': '81'}, None, id='nor in part'),
])
def test_an_address_is_that_of_one_device(address, single):
    (found,) = parsing.parse_device_spec(json.dumps({'address': address}))
    assert found.address.single == (single and PciAddress.parse(single))


@pytest.mark.parametrize('text', [
    '{"address": {"domain": ".*", "bus": ".*", "slot": ".*",'
    ' "function": ".*"}}',
    '{"vendor_id": "8086", "address": "*"}'])
def test_an_entry_may_mean_everything_if_it_says_so(text):
    assert len(parsing.parse_device_spec(text)) == 1


def test_an_empty_list_has_no_entries():
    assert parsing.parse_device_spec('[]') == ()


# The rows of what Nova does wrong, each with our whole report.
RANGES = ('expected digits or "*" for each part; for ranges write one '
          'regular expression for each part, such as {"bus": "3b", "slot": '
          '"00", "function": "[2-5]"}')
ROWS = [
    pytest.param('{"addres": "0000:81:00.0"}', [
        (Fault.TYPO, ".addres: unknown key; did you mean 'address'?")],
        id='a letter of address is missing'),
    pytest.param('{"adress": "0000:81:00.0"}', [
        (Fault.TYPO, ".adress: unknown key; did you mean 'address'?")],
        id='address with one d'),
    pytest.param('{"prodct_id": "1520", "vendor_id": "8086"}', [
        (Fault.TYPO,
         ".prodct_id: unknown key; did you mean 'product_id'?")],
        id='a letter of product_id is missing'),
    pytest.param('{"Vendor_ID": "8086"}', [
        (Fault.TYPO, ".Vendor_ID: unknown key; did you mean "
                     "'vendor_id'?")], id='a key in capitals'),
    pytest.param('{"vendor": "8086"}', [
        (Fault.TYPO, ".vendor: unknown key; did you mean 'vendor_id'?")],
        id='vendor for vendor_id'),
    pytest.param('{"vendor_id": "8086", "device_type": "type-VF"}', [
        (Fault.TYPO, ".device_type: unknown key; 'device_type' belongs "
                     "in [pci] alias")], id='a key of an alias'),
    pytest.param('{"vendor_id": "8086", "dev_typ": "x"}', [
        (Fault.TYPO, ".dev_typ: unknown key; it is too near to the "
                     "reserved name 'dev_type'")],
        id='a slip of a reserved name'),
    *(pytest.param(
        f'{{"vendor_id": "8086", "{tag}": "1"}}', [
            (Fault.RESERVED, f'.{tag}: would be replaced by what the host '
             'reports; choose another name for the tag')],
        id=f'what the host says: {tag}') for tag in (
            'pcie_root', 'pcie_switch', 'card', 'device_group_nvlink')),
    pytest.param('{"vendor_id": 8086}', [
        (Fault.REFUSED, f'.vendor_id: cannot be 8086; {ID}')],
        id='an id that is a number'),
    pytest.param('{"address": []}', [
        (Fault.WRONG_TYPE, f'.address: cannot be []; {ADDRESS}')],
        id='an address that is a list'),
    pytest.param('{"address": 5, "vendor_id": "8086"}', [
        (Fault.REFUSED, f'.address: cannot be 5; {ADDRESS}')],
        id='an address that is a number'),
    pytest.param('{"vendor_id": "8086", "trusted": "yes"}', [
        (Fault.IMPOSSIBLE,
         '.trusted: cannot be "yes"; expected "true" or "false"')],
        id='trusted yes, which no port asks for'),
    pytest.param('{"vendor_id": "8086", "trusted": []}', [
        (Fault.WRONG_TYPE,
         '.trusted: cannot be []; expected "true" or "false"')],
        id='trusted as a list'),
    pytest.param('{"vendor_id": "8086", "label": null}', [
        (Fault.WRONG_TYPE,
         '.label: cannot be null; expected text in quotes')],
        id='a free tag without a value'),
    pytest.param('{"vendor_id": "8086", "label": Infinity}', [
        (Fault.IMPOSSIBLE,
         '.label: cannot be Infinity; expected text in quotes')],
        id='a number that JSON does not have'),
    pytest.param('{"vendor_id": "8086", "managed": null}', [
        (Fault.WRONG_TYPE,
         '.managed: cannot be null; expected "yes" or "no"')],
        id='managed without a value'),
    pytest.param('{"vendor_id": "8086", "managed": "maybe"}', [
        (Fault.REFUSED,
         '.managed: cannot be "maybe"; expected "yes" or "no"')],
        id='neither yes nor no'),
    pytest.param('{"vendor_id": "-1"}', [
        (Fault.IMPOSSIBLE, f'.vendor_id: cannot be "-1"; {ID}')],
        id='a negative id'),
    pytest.param('{"vendor_id": "86"}', [
        (Fault.IMPOSSIBLE, f'.vendor_id: cannot be "86"; {ID}')],
        id='an id of two digits'),
    pytest.param('{"vendor_id": "80861"}', [
        (Fault.REFUSED, f'.vendor_id: cannot be "80861"; {ID}')],
        id='an id of five digits'),
    pytest.param('{"vendor_id": "\uff18\uff10\uff18\uff16"}', [
        (Fault.IMPOSSIBLE, '.vendor_id: cannot be '
                           f'"\\uff18\\uff10\\uff18\\uff16"; {ID}')],
        id='fullwidth digits'),
    pytest.param('{"address": "0000:0a"}', [
        (Fault.IMPOSSIBLE, '.address: bus cannot be "0000"; expected 1 to 2 '
                           'hexadecimal digits up to ff, or "*"')],
        id='an address without its slot'),
    pytest.param('{"address": "0000:81:20.8"}', [
        (Fault.REFUSED, '.address: slot cannot be "20"; expected 1 to 2 '
                        'hexadecimal digits up to 1f, or "*"'),
        (Fault.REFUSED, '.address: function cannot be "8"; expected 0 to 7, '
                        'or "*"')], id='a slot and a function too high'),
    pytest.param('{"address": "0:0:0:0.0"}', [
        (Fault.REFUSED, f'.address: cannot be "0:0:0:0.0"; {ADDRESS}')],
        id='an address of five parts'),
    pytest.param('{"address": "0000:81:00. "}', [
        (Fault.REFUSED, '.address: cannot be "0000:81:00. "; expected a '
                        'function from 0 to 7, "*", or nothing after the '
                        'dot')], id='a blank function'),
    pytest.param('{"address": {"func": "1", "bus": 2, "card": "x"}}', [
        (Fault.TYPO, ".address.func: unknown part of an address; did you mean "
                     "'function'?"),
        (Fault.TYPO, '.address.card: unknown part of an address; expected '
                     '"domain", "bus", "slot" or "function"'),
        (Fault.REFUSED, '.address.bus: cannot be 2: not text; expected a '
                        'regular expression in quotes, such as "0[1-2]"')],
        id='parts of a regex that are unknown or no text'),
    pytest.param('{"address": {"bus": "["}}', [
        (Fault.REFUSED, '.address.bus: cannot be "[": unterminated '
                        'character set at position 0; expected a regular '
                        'expression in quotes, such as "0[1-2]"')],
        id='a regex that is broken'),
    *(pytest.param(f'{{"address": {{"{part}": "{text}"}}}}', [
        (Fault.IMPOSSIBLE, f'.address.{part}: cannot be "{text}": it matches '
                           f'no {part}; {hint}')], id=f'{part} {text}')
      for part, text, hint in (
          ('bus', '3B', 'did you mean "3b"?'),
          ('bus', '0x3b', 'did you mean "3b"?'),
          ('bus', '3[B-F]', 'did you mean "3[b-f]"?'),
          ('bus', ' 3b', 'did you mean "3b"?'),
          ('bus', '^$', 'expected an expression that matches some of 00 to '
                        'ff, in lower case'),
          ('slot', '2', 'did you mean "02"?'),
          ('slot', '20', 'expected an expression that matches some of 00 to '
                         '1f, in lower case'),
          ('function', '2-5', 'did you mean "[2-5]"?'),
          ('function', '8', 'expected an expression that matches some of 0 '
                            'to 7, in lower case'),
          ('function', '00', 'expected an expression that matches some of 0 '
                             'to 7, in lower case'),
          ('domain', '10000', 'expected an expression that matches some of '
                              '0000 to ffff, in lower case'))),
    pytest.param('{"vendor_id": "8086", "vendor_id": "15b3"}', [
        (Fault.DUPLICATE, '.vendor_id: is written twice; keep one of the '
                          'two')], id='a key twice'),
    pytest.param('{"vendor_id": "8086", "numa_node": "1", "count": "2"}', [
        (Fault.RESERVED, '.numa_node: would replace what the host reports; '
                         'choose another name for the tag'),
        (Fault.RESERVED, '.count: would replace what the host reports; '
                         'choose another name for the tag')],
        id='tags with the names of properties'),
    pytest.param('{}', [(Fault.UNSELECTIVE, f': {SELECTION}')],
                 id='an empty entry'),
    pytest.param('{"physical_network": "p"}', [
        (Fault.UNSELECTIVE, f': {SELECTION}')], id='tags alone'),
    pytest.param('{"vendor_id": "*", "address": "*"}', [
        (Fault.UNSELECTIVE, f': {SELECTION}')], id='nothing but stars'),
    pytest.param('{"address": {"bus": ".*"}}', [
        (Fault.UNSELECTIVE, f': {SELECTION}')], id='a regex for anything'),
    pytest.param('{"devname": "eth0", "address": "0000:81:00.0"}', [
        (Fault.REFUSED, ': has both an address and a devname; keep one of '
                        'the two')], id='an address and a devname'),
    pytest.param('{"devname": "", "vendor_id": "8086"}', [
        (Fault.IMPOSSIBLE, '.devname: cannot be ""; expected the name of a '
                           'network interface, at most 15 characters, such '
                           'as "eth0"')], id='a devname that is empty'),
    pytest.param('{"vendor_id": "8086", "resource_class": "' + 'r' * 300
                 + '"}', [
        (Fault.IMPOSSIBLE,
         f'.resource_class: cannot be "{"r" * 59}...; expected a name that '
         'makes a resource class of at most 255 characters, such as "PGPU", '
         'and not one that Nova asks for itself, such as VCPU')],
        id='a resource class too long for Placement'),
    pytest.param('{"vendor_id": "8086", "traits": "a,,b"}', [
        (Fault.IMPOSSIBLE,
         '.traits: cannot be "a,,b"; expected names separated by commas, '
         'each making a trait of at most 255 characters, such as '
         '"HW_GPU_API_VULKAN,my-gpu"')], id='a trait without a name'),
    pytest.param('{"vendor_id": "8086", "a b": []}', [
        (Fault.WRONG_TYPE, '."a b": cannot be []; expected text in quotes')],
        id='an odd key is shown in quotes'),
    pytest.param('{"vendor_id": "8086", }', [
        (Fault.REFUSED, ': is not JSON: a comma before the closing bracket '
                        'at character 21; remove the comma before the '
                        'closing bracket')],
        id='a comma too many'),
    pytest.param("{'vendor_id': '8086'}", [
        (Fault.REFUSED, ': is not JSON: Expecting property name enclosed in '
                        'double quotes at character 2; expected double '
                        'quotes around names and values')],
        id='single quotes'),
    pytest.param('{"trusted": True}', [
        (Fault.REFUSED, ': is not JSON: Expecting value at character 13; '
                        'write true, false or null in lower case, or text '
                        'in quotes')], id='true as Python writes it'),
    pytest.param('', [
        (Fault.REFUSED, ': is not JSON: Expecting value at character 1; '
                        'expected one JSON object in braces')],
        id='nothing at all'),
    pytest.param('{"vendor_id": "10de", "name": "g", "numa_policy": "x", '
                 '"numa-policy": "x"}', [
        (Fault.TYPO, ".name: unknown key; 'name' belongs in [pci] "
                     'alias'),
        (Fault.TYPO, ".numa_policy: unknown key; 'numa_policy' belongs "
                     'in [pci] alias'),
        (Fault.TYPO, '."numa-policy": unknown key; \'numa_policy\' '
                     'belongs in [pci] alias')],
        id='keys of an alias'),
    pytest.param('{"vendor_id": "15b3", "physical_network": "None"}', [
        (Fault.IMPOSSIBLE, '.physical_network: cannot be "None"; ' + NETWORK)],
        id='None in quotes'),
    pytest.param('{"vendor_id": "15b3", "physical_network": " p"}', [
        (Fault.IMPOSSIBLE, '.physical_network: cannot be " p"; ' + NETWORK)],
        id='a network with a blank'),
    *(pytest.param(f'{{"vendor_id": "15b3", "physical_network": "{text}"}}', [
        (Fault.IMPOSSIBLE,
         f'.physical_network: cannot be "{text}"; ' + NETWORK)], id=name)
      for text, name in (
          ('N/A', 'no network'), ('*', 'any network'), ('p1,p2', 'networks'),
          ('p1:eth1', 'a network and an interface'))),
    *(pytest.param(f'{{"vendor_id": "15b3", "{key}": "x"}}', [
        (Fault.TYPO, f'.{key}: unknown key; did you mean {meant!r}?')],
        id=f'{key} for {meant}')
      for key, meant in (
          ('network', 'physical_network'), ('otu', 'one_time_use'),
          ('provider_network', 'physical_network'),
          ('migratable', 'live_migratable'))),
    *(pytest.param(f'{{"address": "{text}"}}', [
        (Fault.REFUSED, f'.address: cannot be "{text}"; {hint}')],
        id=f'address {text}') for text, hint in (
            ('pci_0000_3b_00_2', 'did you mean "0000:3b:00.2"?'),
            ('0000:3b:00:2', 'did you mean "0000:3b:00.2"?'),
            ('0000-3B-00.2', 'did you mean "0000:3b:00.2"?'),
            ('pci@0000:3b:00.2', 'did you mean "0000:3b:00.2"?'),
            ('0000:3b:00.2,0000:3b:00.3', 'write one entry for each address'),
            ('0000:3b:00.[2-3]', RANGES), ('0000:3b:00.0-7', RANGES),
            ('0000:3*:00.0', RANGES), ('.*:3b:.*', RANGES))),
    *(pytest.param(f'{{"address": {{"bus": "{text}"}}}}', [
        (Fault.IMPOSSIBLE, f'.address.bus: cannot be "{text}": addresses '
                           f'have no capital letters; did you mean '
                           f'"{text.lower()}"?')], id=f'bus {text}')
      for text in ('[3B]', '3b|3C', '[0-9A-F]')),
    pytest.param('{"devname": "ens1f*"}', [
        (Fault.IMPOSSIBLE, '.devname: cannot be "ens1f*"; expected the name '
                           'of a network interface, at most 15 characters, '
                           'such as "eth0"')], id='several interfaces'),
    *(pytest.param(f'{{"vendor_id": "10de", "resource_class": "{text}"}}', [
        (Fault.IMPOSSIBLE, f'.resource_class: cannot be "{text}"; expected '
                           'a name that makes a resource class of at most '
                           '255 characters, such as "PGPU", and not one that '
                           'Nova asks for itself, such as VCPU')],
        id=f'resource class {text}') for text in ('VCPU', 'vgpu')),
    pytest.param('{"vendor_id" "8086"}', [
        (Fault.REFUSED, ": is not JSON: Expecting ':' delimiter at "
                        'character 14; expected "name": "value"')],
        id='a colon is missing'),
    pytest.param('"8086"', [
        (Fault.REFUSED, ': cannot be "8086"; expected a JSON object such as '
                        '{"vendor_id": "8086"}')], id='text'),
    pytest.param('[{"vendor_id": "8086"}, 5]', [
        (Fault.REFUSED, '[1]: cannot be 5; expected a JSON object such as '
                        '{"vendor_id": "8086"}')], id='a number in a list'),
    pytest.param('[' * 100000, [
        (Fault.REFUSED, ': is nested too deeply; expected one JSON object, '
                        'or a list of objects')], id='too deep'),
    pytest.param('[' * 51 + ']' * 51, [
        (Fault.REFUSED, ': is nested too deeply; expected one JSON object, '
                        'or a list of objects')], id='deeper than is read'),
    pytest.param('{"vendor_id": "8086", "t": "\\ud83d"}', [
        (Fault.IMPOSSIBLE, '.t: holds half of a character, in "\\ud83d"; '
                           'expected whole ones')], id='half a character'),
    pytest.param('9' * 5000, [
        (Fault.REFUSED, ': holds a number with too many digits; write text '
                        'in quotes')], id='too many digits'),
    pytest.param(None, [
        (Fault.REFUSED, ': is NoneType; expected JSON text')],
        id='no text at all'),
]


@pytest.mark.parametrize(('text', 'report'), ROWS)
def test_a_fault_is_reported(text, report):
    with pytest.raises(exceptions.ConfigErrors) as caught:
        parsing.parse_device_spec(text)
    assert [(fault.fault, str(fault)) for fault in caught.value.exceptions
            ] == [(fault, f'[pci] device_spec[0]{line}')
                  for fault, line in report]


@pytest.mark.parametrize(('text', 'report'), ROWS)
def test_lenient_makes_warnings_of_what_nova_takes(text, report):
    faults = parsing.Faults(strict=False)
    parsing.parse_device_specs(
        parsing.option_values('device_spec', [text]), faults)
    assert [(Fault.REFUSED, str(fault)) for fault in faults.errors] == [
        (fault, f'[pci] device_spec[0]{line}') for fault, line in report
        if fault is Fault.REFUSED]
    assert len(faults.warnings) == len(report) - len(faults.errors)


def test_lenient_gives_values_nova_s_meaning():
    assert parsing.parse_device_spec(
        '{"vendor_id": "-1", "adress": "0000:81:00.0"}', strict=False,
    ) == (spec(vendor_id='-001', tags={'adress': '0000:81:00.0'}),)


def test_all_entries_are_read_before_anyone_is_told():
    faults = parsing.Faults()
    parsing.parse_device_specs(parsing.option_values('device_spec', [
        '{"adress": "a"}', '{"vendor_id": "8086"}',
        '[{"vendor_id": "8086"}, {"vendor_id": "x"}]', '{}']), faults)
    assert [fault.path for fault in faults.errors] == [
        '[pci] device_spec[0].adress', '[pci] device_spec[2][1].vendor_id',
        '[pci] device_spec[3]']


@pytest.mark.parametrize(('value', 'report'), [
    ('yes', ['[pci] device_spec[0].one_time_use: cannot be "yes": the '
             'installed Nova has no one-time use of devices; remove the key, '
             'or use Nova 32 (2025.2) or later']),
    ('no', [])])
def test_a_nova_without_one_time_use_is_not_asked_for_it(value, report):
    faults = parsing.Faults()
    specs = parsing.parse_device_specs(
        parsing.option_values(parsing.DEVICE_SPEC_OPTION, [
            f'{{"vendor_id": "8086", "one_time_use": "{value}"}}']),
        faults, report_in_placement=True, has_one_time_use=False)
    assert list(map(str, faults.errors)) == report
    assert [each.is_refused for each in specs] == [bool(report)]


@pytest.mark.parametrize(('text', 'reported', 'report'), [
    pytest.param('{"vendor_id": "8086", "one_time_use": "yes"}', False, [
        '[pci] device_spec[0].one_time_use: cannot be "yes"; set [pci] '
        'report_in_placement = true, which keeps a used device back'],
        id='one-time use without Placement'),
    pytest.param('{"vendor_id": "8086", "one_time_use": "yes"}', True, [],
                 id='one-time use with Placement'),
    pytest.param('{"vendor_id": "8086", "one_time_use": "yes"}', None, [],
                 id='one-time use, and who knows'),
    pytest.param('{"devname": "eth0"}', True, [
        '[pci] device_spec[0].devname: cannot be used together with [pci] '
        'report_in_placement; write the address of the device'],
        id='a devname with Placement'),
])
def test_entries_must_go_with_other_options(text, reported, report):
    faults = parsing.Faults()
    parsing.parse_device_specs(
        parsing.option_values('device_spec', [text]), faults,
        report_in_placement=reported)
    assert [str(fault) for fault in faults.errors] == report


@pytest.mark.parametrize('text', [
    '{"bus": "3[b-f]", "slot": "0[0-9a-f]", "function": "[2-5]$"}',
    '{"bus": "[0-9a-fA-F]"}',
    '{"bus": "3", "function": "."}', '{"bus": "(?i)3B"}',
    '{"domain": "", "bus": "0"}',
    '{"domain": "f{4}"}', '{"slot": "1f|00"}'])
def test_an_expression_that_matches_something_is_taken(text):
    (found,) = parsing.parse_device_spec(f'{{"address": {text}}}')
    assert not found.is_refused


def test_a_domain_is_taken_as_nvidia_smi_prints_it():
    (found,) = parsing.parse_device_spec('{"address": "00000000:3B:00.0"}')
    assert found.address.single == PciAddress(0, 0x3b, 0, 0)


@pytest.mark.parametrize(('entry', 'read'), [
    ('{"vendor_id": "8086", "traits": "blue, big"}', 'device_spec'),
    ('{"vendor_id": "8086", "product_id": "1520", "name": "a", '
     '"traits": "blue, big"}', 'alias')])
def test_a_blank_in_a_trait_is_no_error(entry, read):
    """Nova's documentation has the example."""
    faults = parsing.Faults()
    values = parsing.option_values(read, [entry])
    if read == 'alias':
        parsing.parse_aliases(values, faults)
    else:
        parsing.parse_device_specs(values, faults)
    assert faults.errors == []
    assert [str(fault) for fault in faults.warnings] == [
        f'[pci] {read}[0].traits: has a blank, and Placement gets '
        'CUSTOM__BIG; write "blue,big"']


def test_an_entry_that_another_option_forbids_is_refused():
    (found,) = parsing.parse_device_specs(
        parsing.option_values('device_spec', ['{"devname": "eth0"}']),
        parsing.Faults(), report_in_placement=True)
    assert found.is_refused


def test_only_an_entry_with_an_error_is_refused():
    texts = ['{"address": "0000:3b:0*.*"}', '{"address": "0000:3b:00.2"}',
             '{"adress": "x", "vendor_id": "8086"}']
    values = parsing.option_values('device_spec', texts)
    assert [[spec.is_refused for spec in parsing.parse_device_specs(
        values, parsing.Faults(strict=strict))]
        for strict in (True, False)] == [
            [True, False, True], [True, False, False]]


@pytest.mark.parametrize('key', ['serial', 'slot', 'Serial', 'SLOT'])
def test_a_card_is_said_as_an_address(key):
    """As a tag it would leave the entry for every card of the vendor."""
    with pytest.raises(exceptions.ConfigErrors) as caught:
        parsing.parse_device_spec(f'{{"vendor_id": "10de", "{key}": "5"}}')
    assert [str(each) for each in caught.value.exceptions] == [
        f'[pci] device_spec[0].{key}: selects no device; write it as '
        f'"address": "{key.lower()}=..."']
