# SPDX-License-Identifier: Apache-2.0

"""Whatever the text: a value or our error, and nothing else.

``NOVA_PCI_FUZZ_EXAMPLES`` sets the number of texts for each parser.
"""

import contextlib
import json
import os

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from nova_pci_ext import exceptions
from nova_pci_ext import parsing
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.device_set import SetRule
from nova_pci_ext.parsing import device_group
from nova_pci_ext.parsing import device_sets
from nova_pci_ext.parsing import gpu_modules
from nova_pci_ext.parsing import partition_table
from nova_pci_ext.parsing import schema

pytestmark = pytest.mark.property

EXAMPLES = int(os.environ.get('NOVA_PCI_FUZZ_EXAMPLES', '150'))
FUZZ = settings(max_examples=EXAMPLES, deadline=None)
KEYS = st.sampled_from((*schema.known_keys(schema.DEVICE_SPEC),
                        *schema.known_keys(schema.ALIAS),
                        *schema.known_keys(schema.DEVICE_GROUP), 'adress',
                        'count', 'domain', 'bus')) | st.text(max_size=12)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(),
                    st.text(max_size=20), st.text('0123456789abcdef:.*, -x',
                                                  max_size=14))
JSON = st.recursive(
    SCALARS, lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(KEYS, inner, max_size=5)), max_leaves=12)
ENTRIES = st.dictionaries(KEYS, JSON, max_size=6).map(json.dumps)
ADDRESSES = st.one_of(
    st.text('0123456789abcdefx:.*_ +-', max_size=16),
    st.dictionaries(st.sampled_from(('domain', 'bus', 'slot', 'function')),
                    st.text(max_size=10), max_size=4),
).map(lambda address: json.dumps({'address': address}))
TEXTS = st.one_of(st.text(), ENTRIES, ADDRESSES, JSON.map(json.dumps),
                  ENTRIES.map(lambda text: text.replace('"', "'")),
                  ENTRIES.flatmap(lambda text: st.integers(0, len(text)).map(
                      lambda end: text[:end])))
# Found once, kept for good.
CRASHES = ('[' * 100000, '1' * 5000, '{"x": ' + '9' * 5000 + '}',
           '{"address": {"bus": "' + '(' * 3000 + '"}}', '\ufeff{}',
           '{"address": {"bus": "a{99999999999999999999}"}}',
           '{"\\ud800": "\\udfff"}', 'NaN', '[NaN]', '{"label": Infinity}',
           '{"name": "a", "traits": "\\u0000"}', '\x00')


def reads(parser, text):
    """Check that a parser gives a value or our error."""
    try:
        parser(text)
    except exceptions.ConfigErrors as exc:
        assert exc.exceptions
        report = str(exc)
        assert report.encode()
        assert len(report.splitlines()) == len(exc.exceptions)


@pytest.mark.parametrize('strict', [True, False])
@pytest.mark.parametrize('parser', [parsing.parse_device_spec,
                                    parsing.parse_alias])
@pytest.mark.parametrize('text', CRASHES, ids=range(len(CRASHES)))
def test_an_old_crash_stays_an_error(parser, strict, text):
    reads(lambda value: parser(value, strict=strict), text)


@FUZZ
@given(TEXTS, st.booleans())
def test_device_spec_reads_any_text(text, strict):
    reads(lambda value: parsing.parse_device_spec(value, strict=strict),
          text)


@FUZZ
@given(TEXTS, st.booleans())
def test_alias_reads_any_text(text, strict):
    reads(lambda value: parsing.parse_alias(value, strict=strict), text)


def read_groups(text):
    faults = parsing.Faults()
    found = parsing.parse_device_groups(parsing.option_values(
        parsing.DEVICE_GROUP_OPTION, [text], 'pci_ext'), faults)
    faults.finish('[pci_ext] device_group')
    return found


@FUZZ
@given(TEXTS)
def test_device_group_reads_any_text(text):
    reads(read_groups, text)


NAMES = st.text('abz09_.-', min_size=1, max_size=12)


@FUZZ
@given(NAMES, NAMES, st.sets(st.builds(
    PciAddress, st.integers(0, 0xffff), st.integers(0, 0xff),
    st.integers(0, 0x1f), st.integers(0, 7)), min_size=1, max_size=9))
def test_a_group_that_is_written_reads_back(kind, name, addresses):
    group = DeviceGroup(type=kind, name=name,
                        addresses=tuple(sorted(addresses)))
    _, _, value = device_group.line(group).partition(' = ')
    assert read_groups(value) == (group,)


ROWS = st.fixed_dictionaries({}, optional={
    'partitionId': JSON, 'numGpus': JSON, 'gpuInfo': JSON | st.lists(
        st.fixed_dictionaries({}, optional={
            'physicalId': JSON, 'pciBusId': JSON}), max_size=3)})
TABLES = st.fixed_dictionaries({'partitionInfo': JSON | st.lists(
    ROWS, max_size=3)}).map(json.dumps)
MAPS = st.lists(st.sampled_from((
    '1=0000:b8:00.0', '2 = 0000:bb:00.0', 'GPU 00000000:0F:00.0',
    '    Module ID : 6', '# no', '')) | st.text('0123456789=:. G',
                                                max_size=16)).map('\n'.join)


@pytest.mark.parametrize('text', CRASHES, ids=range(len(CRASHES)))
@pytest.mark.parametrize('parser', [partition_table.parse, gpu_modules.parse])
def test_no_file_of_a_fabric_manager(parser, text):
    with pytest.raises(exceptions.DiscoveryError):
        parser(text, 'f')


@FUZZ
@given(TEXTS | TABLES)
def test_a_partition_table_reads_any_text(text):
    with contextlib.suppress(exceptions.DiscoveryError):
        partition_table.parse(text, 't')


@FUZZ
@given(st.text() | MAPS)
def test_a_map_of_modules_reads_any_text(text):
    with contextlib.suppress(exceptions.DiscoveryError):
        gpu_modules.parse(text, 'm')


@FUZZ
@given(st.text() | st.text('a1:, 20-\u0661\uff12', max_size=12))
def test_flavor_alias_reads_any_text(text):
    reads(parsing.parse_flavor_alias, text)


PARTS = st.sampled_from((
    'gpu', 'big gpu', 'ports', 'ports@', 'ports@p1', 'ports@ p', 'numa_node',
    'numa', 'pf', 'rack', 'device_group_x', 'address', ' ', '\n', ',', ':',
    ';', ':', ',', '', '\x00', '\x1f', '\u00e4', '@'))
SETS = (st.text(max_size=20) | st.lists(PARTS, max_size=9).map(''.join)
        | st.lists(st.tuples(PARTS, st.lists(PARTS, max_size=3)), max_size=3)
        .map(lambda sets: ';'.join(f'{attribute}:{",".join(members)}'
                                   for attribute, members in sets)))


@FUZZ
@given(st.sampled_from(SetRule), SETS)
def test_a_set_reads_any_text(rule, text):
    reads(lambda value: parsing.parse_device_set(rule, value), text)


@FUZZ
@given(st.dictionaries(st.sampled_from(
    (*device_sets.KEYS.values(), 'pci_passthrough:alias')), SETS),
    st.sampled_from((None, 'gpu:2', 'gpu:1,big gpu:1', 'ports:1,rack:2')))
def test_the_sets_of_a_flavor_read_any_text(extra_specs, alias):
    if alias is not None:
        extra_specs['pci_passthrough:alias'] = alias
    try:
        sets = parsing.parse_device_sets(extra_specs)
    except exceptions.ConfigErrors as exc:
        assert {fault.path for fault in exc.exceptions} <= extra_specs.keys()
    else:
        assert parsing.parse_device_sets({**extra_specs, **written(sets)}
                                         ) == sets


def written(sets):
    """Write sets as the extra specs that ask for them."""
    return {device_sets.KEYS[rule]: ';'.join(
        str(each).partition('=')[2] for each in sets if each.rule is rule)
        for rule in SetRule if any(each.rule is rule for each in sets)}


@FUZZ
@given(st.sampled_from(SetRule), SETS)
def test_the_schema_and_the_parser_agree_on_a_set(rule, text):
    faults = parsing.Faults()
    device_sets.read_value(rule, text, faults)
    # Names are more than a schema can say.
    wrong = [fault for fault in faults.errors
             if fault.hint == schema.expected(schema.DEVICE_SETS, fault.path)]
    key = device_sets.KEYS[rule]
    assert bool(wrong) is (key in schema.broken_keys(
        schema.DEVICE_SETS, {key: text}))


@FUZZ
@given(st.lists(ENTRIES, max_size=4), st.sampled_from((True, False, None)))
def test_many_aliases_read_any_text(texts, placement):
    faults = parsing.Faults()
    parsing.parse_aliases(parsing.option_values('alias', texts), faults,
                          pci_in_placement=placement)
    assert all(fault.path.startswith('[pci] alias[')
               for fault in faults.errors)


@FUZZ
@given(ADDRESSES, st.booleans())
def test_the_schema_and_the_parser_agree_on_an_address(text, strict):
    faults = parsing.Faults(strict=strict)
    parsing.parse_device_specs(
        parsing.option_values('device_spec', [text]), faults)
    # What an expression matches is more than a schema can say.
    wrong = [fault for fault in (*faults.errors, *faults.warnings)
             if fault.path.startswith('[pci] device_spec[0].address')
             and ': it matches no ' not in fault.message
             and ' means each ' not in fault.message]
    broken = schema.broken_keys(schema.DEVICE_SPEC, json.loads(text))
    assert bool(wrong) is ('address' in broken)


@FUZZ
@given(ENTRIES)
def test_what_the_schema_refuses_the_parser_refuses(text):
    faults = parsing.Faults()
    parsing.parse_device_specs(
        parsing.option_values('device_spec', [text]), faults)
    entry = json.loads(text)
    if schema.broken_keys(schema.DEVICE_SPEC, entry):
        assert faults.errors
