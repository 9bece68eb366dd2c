# SPDX-License-Identifier: Apache-2.0

"""``nova-pci capacity`` on the recorded hosts of the quickstart."""

import json
import pathlib

import jsonschema
import pytest

from nova_pci_ext.cli import main
from nova_pci_ext.planning import capacity_report

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
SHARE = ROOT / 'etc' / 'nova_pci_ext' / 'quickstart'
SCHEMA = json.loads((ROOT / 'doc' / 'source' / 'reference'
                     / 'capacity.schema.json').read_text())


@pytest.fixture
def run(capsys):
    def go(*words, hosts=('gpu-host', 'igb-host', 'plain-host')):
        status = main.main([
            'capacity', '--config-file', str(SHARE / 'nova.conf'),
            *(word for host in hosts for word in (
                '--inventory', str(SHARE / f'{host}.json'))),
            *map(str, words)])
        shown = capsys.readouterr()
        return status, shown.out, shown.err
    return go


def test_rows_for_machines_obey_the_schema(run):
    status, out, err = run('--flavors', SHARE / 'flavors.json', '-f', 'json')
    found = json.loads(out)
    jsonschema.validate(found, SCHEMA)
    assert (status, err) == (0, '')
    assert [(row['flavor'], row['servers'], row['in_proportion'])
            for row in found['flavors']] == [('gpu', 4, 2), ('vf-pair', 5, 5)]
    properties, required = (SCHEMA['properties']['flavors']['items'][key]
                            for key in ('properties', 'required'))
    assert tuple(properties) == tuple(required) == (
        capacity_report.MACHINE_COLUMNS)


def test_a_flavor_that_fits_nowhere_is_status_1(run, tmp_path):
    path = tmp_path / 'flavors.json'
    path.write_text(json.dumps([{
        'Name': 'a flavor with a name that is longer than most flavors have',
        'VCPUs': 1, 'RAM': 1,
        'Properties': {'pci_passthrough:alias': 'v100:5'}}]))
    status, out, err = run('--flavors', path)
    assert (status, err) == (1, '')
    assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize(('words', 'message'), [
    (('--all',), '--all names the flavors of a cloud, and --inventory asks '
     'recorded hosts; expected --flavors'),
    (('--flavors', SHARE / 'nova.conf'),
     f'{SHARE / "nova.conf"}: not JSON; expected a list of flavors as '
     'openstack flavor list --long -f json prints it'),
], ids=['flavors of a cloud', 'another file'])
def test_a_question_that_is_none_is_status_2(run, words, message):
    assert run(*words) == (2, '', f'nova-pci: error: {message}\n')
