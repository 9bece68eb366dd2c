# SPDX-License-Identifier: Apache-2.0

"""``nova-pci rebalance`` on recorded hosts."""

import json
import os
import pathlib

import jsonschema
import pytest

from nova_pci_ext.cli import main
from nova_pci_ext.planning import rebalance_report

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
HOSTS = ROOT / 'tests' / 'data' / 'explain'
SCHEMA = json.loads((ROOT / 'doc' / 'source' / 'reference'
                     / 'rebalance.schema.json').read_text())
SHOWN = ROOT / 'tests' / 'golden' / 'explain' / 'rebalance.txt'
THREE = ('--extra-spec', 'pci_passthrough:alias=vf:3')


@pytest.fixture
def run(capsys):
    def go(*words, hosts=('busy', 'one-card')):
        status = main.main([
            'rebalance', '--config-file', str(HOSTS / 'nova.conf'),
            *(word for host in hosts for word in (
                '--inventory', str(HOSTS / f'{host}.json'))), *words])
        shown = capsys.readouterr()
        return status, shown.out, shown.err
    return go


def test_people_see_the_moves_and_the_commands(run):
    """NOVA_PCI_WRITE_EXAMPLES=1 writes what the documentation shows."""
    status, out, err = run('--plan', *THREE)
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        SHOWN.write_text(out)
    assert (status, out, err) == (0, SHOWN.read_text(), '')


def test_machines_get_each_move(run):
    status, out, err = run('--plan', *THREE, '-f', 'json')
    assert (status, err) == (0, '')
    told = json.loads(out)
    jsonschema.validate(told, SCHEMA)
    (move,) = told['moves']
    assert tuple(move) == rebalance_report.MACHINE_COLUMNS
    assert (move['source'], move['target'], move['servers']) == (
        'busy', 'one-card', 1)


def test_where_nothing_gains_the_status_is_1(run):
    status, out, err = run('--plan', *THREE, hosts=('one-card',))
    assert (status, err) == (1, '')
    assert out.splitlines()[0] == (
        '0 such servers fit now, and no move would make room for more')


@pytest.mark.parametrize(('words', 'message'), [
    (THREE, 'servers are moved by whoever owns the cloud; expected --plan'),
    (('--plan',), 'such a server asks for no PCI device')])
def test_a_bad_question_is_said(run, words, message):
    status, out, err = run(*words)
    assert (status, out) == (2, '')
    assert message in err
