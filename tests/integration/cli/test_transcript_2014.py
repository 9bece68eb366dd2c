# SPDX-License-Identifier: Apache-2.0

"""The commands of a user of 2014 beside today's, as the page has them.

They are typed into one shell in the order of the page, in a quickstart that is
kept. With ``NOVA_PCI_WRITE_EXAMPLES=1`` the page has what they say now.
"""

import os
import pathlib
import re
import shlex

import pytest

from tests import quickstart_process

pytestmark = [pytest.mark.nova, pytest.mark.slow, pytest.mark.timeout(2400)]

ROOT = pathlib.Path(__file__).parents[3]
PATH = ROOT / 'doc' / 'source' / 'examples' / 'ports' / 'transcript-2014.txt'
END = '-- end of a command --'
#: What is left out: tables, progress, how to call a command, and what every
#: command of novaclient says first.
NOISE = re.compile(
    r'[+|].*|usage: .*| .*|Server building.*|Try .*|nova CLI is deprecated.*'
    r'|.*Warning.*|WARNING.*|')


def said(text):
    """Return the lines of a command that the page shows."""
    lines = [line.rstrip() for line in re.split('[\r\n]+', text)]
    # The shell's own lines begin with its name and a number.
    return [re.sub(r'^sh: (\d+: )?', '', line) for line in lines
            if not NOISE.fullmatch(line)]


def typed(page, text):
    """Type the commands of a page; return the page with what they say.

    :param text: what the quickstart has printed
    """
    lines = [line for line in page.splitlines()
             if line.startswith(('#', '$')) or not line]
    commands = [line[2:] for line in lines if line.startswith('$')]
    script = ''.join(f'{command}\necho {shlex.quote(END)}\n'
                     for command in commands)
    done = quickstart_process.client(
        text, f'exec 2>&1\n{script}', timeout_s=2000)
    answers = iter(done.stdout.split(f'{END}\n'))
    return ''.join(f'{each}\n' for line in lines for each in (
        line, *(said(next(answers)) if line.startswith('$') else ())))


def test_each_command_says_what_the_page_shows(tmp_path):
    page = PATH.read_text()
    with quickstart_process.kept_running(tmp_path) as (_, text):
        found = typed(page, text)
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        PATH.write_text(found)
    assert found == page


def test_the_page_has_the_actions_of_the_article():
    page = PATH.read_text()
    for action in (
            'nova flavor-key m1.large set "pci_passthrough:alias"="a1:2"',
            'nova boot --image new1 --key_name test --flavor m1.large 123',
            'neutron port-create physnet1 --binding:vnic_type direct',
            'nova boot --image new1 --flavor m1.small --poll '
            '--nic port-id=$PORT',
            '--nic net-id=$NET,vnic-type=normal',
            '--nic net-id=$NET,vnic-type=direct',
            '--nic net-id=physnet1,vnic-type=macvtap'):
        assert action in page, action


def test_what_fails_and_what_is_done_is_shown():
    page = PATH.read_text()
    assert page.count('\nFinished\n') == 4
    assert page.count('\nACTIVE\n') == 2
    assert 'error: unrecognized arguments: --key_name' in page
    assert 'neutron: not found' in page


def test_the_page_shows_the_transcript():
    page = (ROOT / 'doc' / 'source' / 'ports.rst').read_text()
    assert '.. literalinclude:: examples/ports/transcript-2014.txt' in page
