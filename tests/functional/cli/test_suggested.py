# SPDX-License-Identifier: Apache-2.0

"""``nova-pci devices --suggest-groups``."""

import json
import pathlib

import pytest

from nova_pci_ext.cli import main
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration.config_files import SourceKind
from tests import hgx_host

DATA = pathlib.Path(hgx_host.DATA)
TABLE, SMI = DATA / 'fmpm.json', DATA / 'nvidia-smi.txt'


@pytest.fixture
def run(capsys):
    """Run the command on the made-up HGX."""
    def go(*words):
        status = main.main([
            'devices', '--inventory', str(DATA / 'inventory.json'),
            *map(str, words)])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return go


def test_what_is_suggested_can_be_read(run, tmp_path):
    status, out, err = run('--suggest-groups', '--partition-table', TABLE,
                           '--gpu-modules', SMI)
    path = tmp_path / 'groups.conf'
    path.write_text(out)
    loaded = loader.load_files([(SourceKind.FILE, path)])
    assert (status, err, loaded.errors) == (0, '', ())
    assert [(group.name, set(map(str, group.addresses)))
            for group in loaded.groups] == [
        (group['name'], set(group['addresses']))
        for group in hgx_host.groups()]


def test_a_partition_without_an_address_is_told_of(run, tmp_path):
    modules = tmp_path / 'modules'
    modules.write_text('1=0000:b8:00.0\n3=0000:bb:00.0\n')
    status, out, err = run('--suggest-groups', '--partition-table', TABLE,
                           '--gpu-modules', modules)
    assert out.splitlines() == [
        '[pci_ext]',
        'device_group = {"type": "nvlink", "name": "p3", "addresses": '
        '["0000:b8:00.0", "0000:bb:00.0"]}',
        'device_group = {"type": "nvlink", "name": "p7", "addresses": '
        '["0000:b8:00.0"]}',
        'device_group = {"type": "nvlink", "name": "p9", "addresses": '
        '["0000:bb:00.0"]}']
    assert err.splitlines()[0] == (
        'nova-pci: warning: partition 0: no address is known of module 2')
    assert (status, len(err.splitlines())) == (0, 12)


def test_machines_get_lists(run):
    _, out, _ = run('--suggest-groups', '-f', 'json', '--config-file',
                    DATA / 'nova.conf')
    assert json.loads(out)['groups'][0] == {
        'type': 'switch', 'name': '0000-0f-00.0',
        'addresses': ['0000:0f:00.0', '0000:10:00.0']}


def test_a_csv_has_words(run):
    _, out, _ = run('--suggest-groups', '-f', 'csv', '--quote', 'none',
                    '--config-file', DATA / 'nova.conf')
    assert out.splitlines()[:2] == [
        'type,name,addresses',
        'switch,0000-0f-00.0,0000:0f:00.0 0000:10:00.0']


@pytest.mark.parametrize(('words', 'message'), [
    (('--partition-table', TABLE),
     'nova-pci: error: --partition-table: expected --suggest-groups too\n'),
    (('--gpu-modules', SMI),
     'nova-pci: error: --gpu-modules: expected --suggest-groups too\n'),
    (('--suggest-groups', '--gpu-modules', SMI),
     'nova-pci: error: --gpu-modules: expected --partition-table too\n'),
    (('--suggest-groups', '--partition-table', '/nowhere'),
     'nova-pci: error: /nowhere: cannot be read: No such file or directory\n'),
    (('--suggest-groups', '--partition-table', SMI),
     'nova-pci: error: '
     f'{SMI}: expected the JSON that fmpm -l prints: an object with a '
     'list partitionInfo; the fault is at line 1 column 1\n')])
def test_a_fault_is_one_line(run, words, message):
    assert run(*words) == (2, '', message)
