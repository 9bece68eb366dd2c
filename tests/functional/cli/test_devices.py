# SPDX-License-Identifier: Apache-2.0

"""``nova-pci devices``, compared with what the documentation shows.

``NOVA_PCI_WRITE_EXAMPLES=1`` writes the shown outputs anew instead.
"""

import csv
import io
import json
import os
import pathlib

import jsonschema
import pytest
import yaml

from nova_pci_ext.cli import main
from nova_pci_ext.discovery import inventory
from tests import igb_host

ROOT = pathlib.Path(__file__).parents[3]
SCHEMA = json.loads((ROOT / 'doc' / 'source' / 'reference'
                     / 'devices.schema.json').read_text())
EXAMPLES = ROOT / 'doc' / 'source' / 'examples' / 'devices'
QUICKSTART = 'etc/nova_pci_ext/quickstart'
IGB_HOST = f'{QUICKSTART}/igb-host.json'
SHOWN = 'doc/source/examples/devices'
BUSY = ('--inventory', f'{SHOWN}/busy-host.json',
        '--config-file', f'{SHOWN}/nova.conf')


@pytest.fixture
def run(monkeypatch, capsys):
    """Run ``nova-pci devices`` in the top folder of the sources."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv('COLUMNS', '80')

    def go(*words):
        status = main.main(['devices', *map(str, words)])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return go


@pytest.fixture(scope='module')
def sysfs(tmp_path_factory):
    return igb_host.unpack(tmp_path_factory.mktemp('igb-host'))


def compare(name, text):
    """Compare with what the documentation shows."""
    path = EXAMPLES / name
    if os.environ.get('NOVA_PCI_WRITE_EXAMPLES'):
        path.write_text(text)
    assert text == path.read_text()


def test_the_tree_of_the_recorded_host_is_as_documented(run):
    status, out, err = run('--inventory', IGB_HOST, '--config-file',
                           f'{QUICKSTART}/nova.conf')
    compare('igb-host.txt', out)
    assert (status, err) == (0, '')


def test_the_tree_of_a_host_with_owners_is_as_documented(run):
    status, out, err = run(*BUSY)
    compare('busy-host.txt', out)
    assert (status, err) == (0, '')


def test_the_table_is_as_documented(run):
    status, out, _ = run('-f', 'table', *BUSY)
    compare('busy-host-table.txt', out)
    assert status == 0


def test_switches_and_groups_are_as_documented(run):
    columns = ('address', 'pcie_root', 'pcie_switch', 'device_groups')
    status, out, err = run(
        '--inventory', 'tests/data/hgx-host/inventory.json', '--config-file',
        'tests/data/hgx-host/nova.conf', '-f', 'value',
        *(word for column in columns for word in ('-c', column)))
    shown = [line for line in out.splitlines() if 'nvlink' in line]
    compare('hgx-gpus.txt', '\n'.join(shown) + '\n')
    assert (len(shown), status, err) == (8, 0, '')


def test_the_tree_shows_switches_and_groups(run):
    _, out, _ = run(
        '--inventory', 'tests/data/hgx-host/inventory.json', '--config-file',
        'tests/data/hgx-host/nova.conf', '--bridges')
    lines = ' '.join(out.split())
    assert lines.count('PCIe switch 1000:c030') == 4
    assert 'free: 0000:b8:00.0 ' in lines


def test_the_picture_is_as_documented(run, tmp_path):
    for name, words in (('busy-host', BUSY), ('igb-host', (
            '--inventory', IGB_HOST, '--config-file',
            f'{QUICKSTART}/nova.conf'))):
        status, _, _ = run('--plot', tmp_path / 'host.svg', *words)
        compare(f'{name}.svg', (tmp_path / 'host.svg').read_text())
        assert status == 0


@pytest.mark.parametrize(('form', 'load'), [
    ('json', json.loads), ('yaml', yaml.safe_load)])
def test_machines_get_every_fact(run, form, load):
    _, out, _ = run('-f', form, *BUSY)
    told = load(out)
    jsonschema.validate(told, SCHEMA)
    rows = {row['address']: row for row in told['devices']}
    assert rows['0000:41:10.6'] == {
        'host': 'busy-host', 'address': '0000:41:10.6',
        'type': 'type-VF', 'ids': '8086:10ca',
        'vendor_name': 'Intel Corporation',
        'product_name': '82576 Virtual Function', 'class': '020000',
        'class_name': 'Ethernet', 'numa_node': 0, 'parent': '0000:41:00.0',
        'vf_index': 3, 'total_vfs': 0, 'num_vfs': 0,
        'pci_path': ['pci0000:40', '0000:40:00.0'],
        'pcie_root': '0000:40:00.0', 'pcie_switch': None, 'card': None,
        'device_groups': [], 'iommu_group': 16,
        'group_members': [], 'driver': 'vfio-pci',
        'driver_override': 'vfio-pci', 'netdevs': [], 'link_state': None,
        'link_speed_mbps': None, 'mac': None, 'serial': None,
        'capabilities': [], 'host_uses': [],
        'entry': f'{SHOWN}/nova.conf:2: [pci] device_spec[0]',
        'use': 'free', 'instance': None, 'drained': None,
        'unhealthy': None, 'unclean': None, 'held': None}
    assert [rows[address]['use'] for address in (
        '0000:41:00.0', '0000:41:10.0', '0000:81:00.0', '0000:81:10.0')] == [
        'not handed out', 'owned', 'owned', 'dependent']


def test_a_csv_has_words_for_lists(run):
    _, out, _ = run('-f', 'csv', '--quote', 'none', *BUSY)
    rows = {row['address']: row for row in csv.DictReader(io.StringIO(out))}
    assert rows['0000:41:10.6']['pci_path'] == 'pci0000:40 0000:40:00.0'
    assert rows['0000:41:10.6']['instance'] == ''


def test_one_column_alone(run):
    assert run('-f', 'value', '-c', 'address', *BUSY)[1].splitlines()[:2] == [
        '0000:40:00.0', '0000:41:00.0']


def test_without_a_configuration_no_use_is_told(run):
    _, out, _ = run('--inventory', IGB_HOST, '-f', 'json',
                    '--config-dir', 'doc/source')
    assert {row['use'] for row in json.loads(out)['devices']} == {None}


def test_what_is_recorded_from_both_sources_reads_back_equal(
        run, sysfs, tmp_path):
    path = tmp_path / 'host.json'
    status, _, err = run('--sysfs', sysfs, '--nodedev', igb_host.NODEDEV,
                         '--host', 'igb-host', '--record', path)
    assert (status, err) == (0, '')
    devices = inventory.read_inventory(path).devices
    assert devices == inventory.read_inventory(ROOT / IGB_HOST).devices
    first = run('--inventory', path)
    assert run('--inventory', path, '--record', tmp_path / 'again') == first
    assert (tmp_path / 'again').read_text() == path.read_text()


def test_where_sysfs_and_libvirt_differ_is_reported(run, sysfs, tmp_path):
    for each in igb_host.NODEDEV.iterdir():
        text = each.read_text().replace('<name>vfio-pci<', '<name>igbvf<')
        (tmp_path / each.name).write_text(text)
    status, _, err = run('--sysfs', sysfs, '--nodedev', tmp_path)
    assert (status, err) == (
        0, 'nova-pci: warning: '
           '0000:41:10.6 driver: sysfs says vfio-pci, libvirt says '
           'igbvf\n')


def test_libvirt_alone(run):
    status, out, err = run('--nodedev', igb_host.NODEDEV, '--host', 'h')
    assert (status, err) == (0, '')
    assert out.splitlines()[:2] == ['h: 33 devices (3 PFs, 18 VFs)',
                                    'NUMA node 0']


def test_a_terminal_has_colours_and_a_file_has_none(run, monkeypatch):
    _, plain, _ = run(*BUSY)
    assert '\033' not in plain

    class Terminal(io.StringIO):
        encoding = 'ascii'

        def isatty(self):
            return True

    for variable, coloured in (('', True), ('1', False)):
        monkeypatch.setenv('NO_COLOR', variable)
        terminal = Terminal()
        monkeypatch.setattr('sys.stdout', terminal)
        assert main.main(['devices', *BUSY]) == 0
        shown = terminal.getvalue()
        assert ('\033[34mowned:\033[0m' in shown) is coloured
        assert shown.isascii()


def test_anonymized_no_mac_and_no_serial_is_anywhere(run, tmp_path):
    path, out = tmp_path / 'host.json', tmp_path / 'blank.json'
    whole = json.loads((ROOT / IGB_HOST).read_text())
    for number, each in enumerate(whole['devices']):
        each['serial'] = f'MT2042X{number:05}'
    named = next(each for each in whole['devices'] if 'mac' in each)
    named['netdevs'] = ['enx' + named['mac'].replace(':', '')]
    path.write_text(json.dumps(whole))
    status, shown, _ = run('--inventory', path, '--record', out,
                           '--plot', tmp_path / 'host.svg', '--anonymize')
    written = (out.read_text() + shown
               + (tmp_path / 'host.svg').read_text()).lower()
    assert status == 0
    for each in whole['devices']:
        assert each['serial'].lower() not in written
        if 'mac' in each:
            assert each['mac'] not in written
            assert each['mac'].replace(':', '') not in written
    blank = {str(each.address): each
             for each in inventory.read_inventory(out).devices}
    for each in whole['devices']:
        # What had one still has one: entries and reports depend on it.
        assert blank[each['address']].serial == (
            f"blanked-{whole['devices'].index(each) + 1}")
        assert bool(blank[each['address']].mac) == ('mac' in each)


@pytest.mark.parametrize(('content', 'message'), [
    pytest.param(b'', 'expected JSON; the fault is at line 1 column 1',
                 id='an empty file'),
    pytest.param(b'{"format": "nova-pci-inventory", "versi',
                 'expected JSON; the fault is at line 1 column 34',
                 id='a file that is cut off'),
    pytest.param(b'\x7fELF\x02\x01\x01\xff', 'is not UTF-8 at byte 7',
                 id='no text at all'),
    pytest.param(b'[' * 200000, 'expected JSON; it is nested too deep',
                 id='JSON that is too deep'),
    pytest.param(b'[1, 2]', 'not an inventory file; expected a JSON object '
                 'with "format": "nova-pci-inventory", as nova-pci devices '
                 '--record writes it', id='foreign JSON, a list'),
    pytest.param(b'{"devices": []}', 'not an inventory file; expected a JSON '
                 'object with "format": "nova-pci-inventory", as nova-pci '
                 'devices --record writes it',
                 id='foreign JSON, an object'),
    pytest.param(b'{"format": "nova-pci-inventory", "version": 3, "host": '
                 b'"h", "devices": []}', None,
                 id='a version that is not known'),
])
@pytest.mark.parametrize('command', ['devices', 'check', 'quickstart'])
def test_a_broken_inventory_is_one_clear_error(
        command, content, message, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    path = tmp_path / 'host.json'
    path.write_bytes(content)
    status = main.main([command, '--inventory', str(path), *(
        ('--config-file', f'{QUICKSTART}/nova.conf')
        if command != 'quickstart' else ())])
    shown = capsys.readouterr()
    found = [line.removeprefix('nova-pci: ').removeprefix('error: ')
             for line in (shown.out + shown.err).splitlines()
             if str(path) in line]
    assert found == [f'{path}: {message}' if message
                     else f'{path}: version: expected 1, got 3']
    assert 'Traceback' not in shown.out + shown.err
    assert status == 2


@pytest.mark.parametrize(('words', 'message'), [
    pytest.param(('--sysfs', 'doc'), 'doc/sys/bus/pci/devices: not a folder',
                 id='no sysfs'),
    pytest.param(('--nodedev', 'doc'), 'doc: has no PCI node device',
                 id='no node devices'),
    pytest.param(('--inventory', IGB_HOST, '--sysfs', '/'),
                 f'--inventory {IGB_HOST}: is a whole host; expected no '
                 'other source beside it', id='two sources that do not join'),
    pytest.param(('--inventory', IGB_HOST, '--plot', 'nowhere/host.svg'),
                 'nowhere/host.svg: cannot be written: No such file or '
                 'directory',
                 id='a picture that cannot be written'),
    pytest.param(('--inventory', IGB_HOST, '--record', 'nowhere/host.json'),
                 'nowhere/host.json: cannot be written: No such file or '
                 'directory',
                 id='a file that cannot be written'),
    pytest.param(('--inventory', IGB_HOST, '--config-file', 'nova.conf'),
                 'nova.conf: cannot be read: No such file or directory',
                 id='no configuration'),
])
def test_a_fault_is_one_line(run, words, message):
    assert run(*words) == (2, '', f'nova-pci: error: {message}\n')


def test_faults_of_the_entries_are_all_named(run, tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_text('[pci]\ndevice_spec = {"adress": "1"}\n'
                    'device_spec = {"vendor_id": "1"}\n')
    status, _, err = run('--inventory', IGB_HOST, '--config-file', path)
    assert status == 2
    assert [line.split(';')[0] for line in err.splitlines()] == [
        f'nova-pci: error: {path}:2: [pci] device_spec[0].adress: unknown key',
        'nova-pci: error: '
        f'{path}:3: [pci] device_spec[1].vendor_id: cannot be "1"']
