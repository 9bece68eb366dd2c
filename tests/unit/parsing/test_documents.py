# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.parsing import documents


def test_values_are_those_of_json():
    assert documents.decode('{"a": [1, true, null, "\\ud83d\\ude00"]}',
                            'f') == {'a': [1, True, None, '\U0001f600']}


@pytest.mark.parametrize(('text', 'message'), [
    ('', 'f: expected JSON; the fault is at line 1 column 1'),
    ('{\n]', 'f: expected JSON; the fault is at line 2 column 1'),
    ('[' * 100000, 'f: expected JSON; it is nested too deep'),
    ('9' * 5000, 'f: expected JSON; a number in it has too many digits'),
    ('{"a": 1, "a": 1}',
     'f: "a" is written twice; expected each key once'),
    ('{"b": [{}, {"a": 1, "c": {"a": 1, "\\u0061": 2}}]}',
     'f: b[1].c: "a" is written twice; expected each key once'),
    ('{"a": ["\\ud83d"]}',
     'f: a[0]: holds half of a character, in "\\ud83d"; expected whole ones'),
    ('{"\\uDE00": 1}',
     'f: holds half of a character, in "\\ude00"; expected whole ones'),
    ('["\udc80"]',
     'f: [0]: holds half of a character, in "\\udc80"; expected whole ones'),
], ids=lambda text: ascii(text[:40]))
def test_what_is_not_the_same_to_every_reader_is_refused(text, message):
    with pytest.raises(exceptions.DiscoveryError) as caught:
        documents.decode(text, 'f')
    assert str(caught.value) == message
