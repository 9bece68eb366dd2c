# SPDX-License-Identifier: Apache-2.0

"""``nova-pci explain`` of a cloud whose rows are damaged or hostile."""

import json
import pathlib
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.nova, pytest.mark.slow]

ROOT = pathlib.Path(__file__).parents[3]
NOVA_CONF = ROOT / 'etc' / 'nova_pci_ext' / 'quickstart' / 'nova.conf'
NOTHING_FREE = ['not possible on this host', 'no free PCI device']
UNDECIDED = ['not possible on this host',
             'the host could not be decided, see the log']
ANSWERS = {'plain-host': ['passes', ''],
           'igb-host': ['not possible on this host',
                        'other vendor or product'],
           'gpu-host': ['not now', 'not enough free devices']}


@pytest.fixture(scope='module')
def found():
    done = subprocess.run(
        [sys.executable, '-m', 'tests.integration.explaining.damaged_cloud',
         NOVA_CONF], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def test_other_hosts_answer_as_before(found):
    told = found['told']
    nothing_free = {**ANSWERS, 'igb-host': NOTHING_FREE}
    undecided = {**ANSWERS, 'gpu-host': UNDECIDED}
    changed = {
        'no vendor': nothing_free, 'no tags': nothing_free,
        'less than nothing': nothing_free, 'no JSON': nothing_free,
        'nested': nothing_free, 'hostile dev_type': undecided,
        'hostile extra_info': undecided}
    assert told == {damage: changed.get(damage, ANSWERS) for damage in told}


def test_the_command_shows_nothing_hostile(found):
    for status, out, err in found['shown'].values():
        assert status == 0
        for text in (out, err):
            assert all(map(str.isprintable, text.split('\n')))
            assert '\nerror: forged' not in f'\n{text}'


def test_a_host_that_cannot_be_read_is_told_of_in_a_line(found):
    shown = '\\x1b[31m\\x1b]0;t\\x07\\r\\nerror: forged\\x9b\\u202eab\\u200b'
    for _, _, err in found['shown'].values():
        assert err == (
            'nova-pci: error: '
            'Explaining host gpu-host failed; other hosts are not '
            f'concerned: ValueError: Field value {shown} is invalid\n')
