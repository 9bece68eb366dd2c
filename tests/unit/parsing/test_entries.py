# SPDX-License-Identifier: Apache-2.0

"""What the writer of a value that is not JSON most likely did."""

import pytest

from nova_pci_ext import parsing
from nova_pci_ext.parsing import entries

LIST = ('expected one entry for each line of the option, or a list of '
        'entries in square brackets')
QUOTES = 'expected double quotes around names and values'
ENDS = ('the value ends here: a closing bracket is missing, or its other '
        'lines are not indented')


@pytest.mark.parametrize(('text', 'hint'), [
    (' ', 'expected one JSON object in braces'),
    ('{\u201cvendor_id\u201d: "8086"}',
     'expected straight double quotes (") in place of curly quotes'),
    ('{\u2018vendor_id\u2019: "8086"}',
     'expected straight double quotes (") in place of curly quotes'),
    ('{\\"vendor_id\\": 1}',
     'write the quotes without backslashes before them'),
    ("{'vendor_id': 1}", QUOTES),
    ('{vendor_id: 1}', QUOTES),
    ('{"vendor_id": a1}', QUOTES),
    ('{"vendor_id": 0x8086}', QUOTES),
    ('{"vendor_id":\u00a0"8086"}',
     'there is a blank that is not a plain one; type it again'),
    ('{"a": "b",}', 'remove the comma before the closing bracket'),
    ('{"a": True}',
     'write true, false or null in lower case, or text in quotes'),
    ('[', ENDS), ('{"a": "b"', ENDS), ('{"a":', ENDS),
    ('{"a": "b"} # c', 'a comment needs a line of its own'),
    ('{"a": "b"} ; c', 'a comment needs a line of its own'),
    ('{"a": "b"}, {}', LIST), ('{"a": "b"} {}', LIST),
    ('"a": "b"',
     'expected the entry in braces, such as {"vendor_id": "8086"}'),
    ('{"a": "b"}]', 'expected nothing behind the entry'),
    ('{"a": 0443}', 'write numbers in quotes'),
    ('{"a": 8086a}', 'write numbers in quotes'),
    ('{"a": "b', 'the double quote at its end is missing'),
    ('{"a": "b\nc"}',
     'text in quotes has to end on the line on which it begins'),
    ('{"a" "b"}', 'expected "name": "value"'),
    ('{"a": "b" "c": "d"}',
     'a comma is missing, or a quote before this place'),
    ('{"a": "b"} // c', 'a comment needs a line of its own'),
    ('{"a": "b"};', 'remove the semicolon'),
    ('{"a": "b", \\\n"c": "d"}',
     'remove the backslash at the end of the line: an indented line goes on '
     'without it'),
    ('{{ devices }}', 'expected one brace; two are those of a template that '
                      'was not filled in'),
    ('{\uff02a\uff02: "b"}', 'expected straight double quotes (")'),
    ('{`a`: "b"}', 'expected straight double quotes (")'),
    ('\n- address: "b"', 'expected one object such as {"vendor_id": "8086"}, '
                         'or a list of them'),
    ('= {"a": "b"}', 'expected one object such as {"vendor_id": "8086"}, or '
                     'a list of them'),
])
def test_a_cause_is_named(text, hint):
    faults = parsing.Faults()
    value, = parsing.option_values('device_spec', [text])
    assert entries.decode(value, faults) is entries.NOT_JSON
    assert [fault.hint for fault in faults.errors] == [hint]


def test_keys_that_are_written_twice_are_found_without_comparing_all():
    compared = []

    class Key(str):
        """A key that counts how often it is compared."""

        __slots__ = ()
        __hash__ = str.__hash__

        def __eq__(self, other):
            compared.append(other)
            return str.__eq__(self, other)

    pairs = [(Key(f'k{number}'), number) for number in range(200)]
    found = entries.JsonObject([*pairs, (Key('k7'), 0), (Key('k3'), 0)])
    assert found.repeated == ('k3', 'k7')
    assert len(compared) < 2 * len(pairs)
