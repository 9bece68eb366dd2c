# SPDX-License-Identifier: Apache-2.0

"""Phrases are found wherever lines break, and named with what to write."""

import pytest

from tools import check_wording


@pytest.mark.parametrize(('text', 'expected'), [
    pytest.param("faults.note('x is no known '\n            'key')",
                 ['a.py:1: "is no known": write "unknown"'],
                 id='a message on two lines'),
    pytest.param('one\n# what is\n# no device\n',
                 ['a.py:2: "is # no d": write "is not a"'],
                 id='a comment on two lines'),
    pytest.param('Mend the flavor.', ['a.py:1: "Mend": write "fix"'],
                 id='a word'),
    pytest.param('one dict a device', [
        'a.py:1: "one dict a d": write "per"'], id='a number of things'),
    pytest.param('serve only who asks', [
        'a.py:1: "only who": write "whoever", "those who"'], id='who'),
    pytest.param('there is no device, and it is no longer here', [],
                 id='usual words'),
    pytest.param('There are\nno devices; one that a compute has', [],
                 id='usual words on two lines')])
def test_a_phrase_is_found(text, expected):
    assert list(check_wording.faults('a.py', text)) == expected


def test_nothing_is_worded_so_here():
    assert list(check_wording.all_faults()) == []
