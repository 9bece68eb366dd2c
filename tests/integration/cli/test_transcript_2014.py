# SPDX-License-Identifier: Apache-2.0

"""The commands of a user of 2014 beside today's, typed as the page has them.

They are typed in the order of the page, in one quickstart that is kept.
"""

import pathlib
import re

import pytest

from tests.quickstart_process import client
from tests.quickstart_process import kept_running

pytestmark = [pytest.mark.nova, pytest.mark.slow]

ROOT = pathlib.Path(__file__).parents[3]
TRANSCRIPT = (ROOT / 'doc' / 'source' / 'examples' / 'ports'
              / 'transcript-2014.txt').read_text()
#: Each command, and the lines that follow it up to the next one.
STEPS = re.findall(r'^\$ (.+)\n((?:[^$#\n].*\n)*)', TRANSCRIPT, re.MULTILINE)
# Nova has no such option any more, and no such program is there.
REFUSED = {'error: unrecognized arguments: --key_name': 2,
           'neutron: not found': 127}


def test_each_command_says_what_the_page_shows(tmp_path):
    assert len(STEPS) == 9
    with kept_running(tmp_path) as (_, text):
        for command, shown in STEPS:
            done = client(text, command)
            expected = next((status for words, status in REFUSED.items()
                             if words in shown), 0)
            assert done.returncode == expected, (command, done.stderr)
            assert shown.strip() in done.stdout + done.stderr, command
        ports = client(
            text, 'openstack port list --long -f value -c Name -c Status')
        assert {'port1', 'with-nic-nic1', 'with-nic2-nic1'} <= set(
            ports.stdout.split())


def test_the_page_shows_the_transcript():
    page = (ROOT / 'doc' / 'source' / 'ports.rst').read_text()
    assert '.. literalinclude:: examples/ports/transcript-2014.txt' in page
