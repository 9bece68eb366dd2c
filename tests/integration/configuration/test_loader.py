# SPDX-License-Identifier: Apache-2.0

"""One reading of the PCI configuration, for all commands and services."""

import json
import pathlib
import re
import subprocess
import sys

import nova.conf
import pytest
from nova import exception
from nova.conf import pci
from oslo_config import cfg

from nova_pci_ext.cli import main
from nova_pci_ext.cli import status
from nova_pci_ext.compute import device_filter
from nova_pci_ext.compute import service_start
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import loader
from nova_pci_ext.configuration import pci_ext
from nova_pci_ext.configuration.config_files import SourceKind

pytestmark = pytest.mark.nova

ROOT = pathlib.Path(__file__).parents[3]
HOST = ROOT / 'etc' / 'nova_pci_ext' / 'quickstart' / 'igb-host.json'
SPEC = '{"vendor_id": "8086", "product_id": "10ca"}'
ALIAS = '{"name": "a1", "vendor_id": "8086", "product_id": "10ca"}'
ESCAPE = ('; Nova puts the value of another option there, and dies of an '
          'unknown one; write $$ where a dollar sign is meant')


LOAD = """
import pathlib
import sys
from nova_pci_ext.configuration import config_files
from nova_pci_ext.configuration import loader
loader.load_files([(config_files.SourceKind.FILE, pathlib.Path(sys.argv[1]))])
"""


def load(path, text):
    path.write_text(text)
    return loader.load_files([(SourceKind.FILE, path)])


def read_with_oslo(path):
    """Read the option as Nova does; every group of the files is known."""
    conf = cfg.ConfigOpts()
    pci.register_opts(conf)
    conf.register_opts([cfg.StrOpt('my_ip'), cfg.StrOpt('novncproxy_host')])
    conf([f'--config-file={path}'], default_config_files=[],
         default_config_dirs=[])
    return tuple(conf.pci.device_spec)


@pytest.mark.parametrize('text', [
    pytest.param('# one\u2028two\n[pci]\ndevice_spec = 1', id='U+2028'),
    pytest.param('# one\u2029two\n[pci]\ndevice_spec = 1', id='U+2029'),
    pytest.param('# one\x85two\n[pci]\ndevice_spec = 1', id='NEL'),
    pytest.param('# one\x0btwo\n[pci]\ndevice_spec = 1', id='VT'),
    pytest.param('# one\x0ctwo\n[pci]\ndevice_spec = 1', id='FF'),
    pytest.param('# one\x1ctwo\n[pci]\ndevice_spec = 1', id='FS'),
    pytest.param('[pci]\r\ndevice_spec = 1\r\n', id='CR LF'),
    pytest.param('[pci]\rdevice_spec = 1\r', id='CR'),
    pytest.param('[pci]\ndevice_spec = a\x0bb', id='VT in a value'),
    pytest.param('[pci]\ndevice_spec = [\n  1,\n\t2]\n', id='many lines'),
    pytest.param('[pci]\ndevice_spec = "quoted"', id='double quotes'),
    pytest.param("[pci]\ndevice_spec = 'quoted'", id='single quotes'),
    pytest.param('[pci]\ndevice_spec = "half', id='half a quote'),
    pytest.param('[pci]\ndevice_spec: 1', id='colon'),
    pytest.param('[PCI]\ndevice_spec = 1\n[pci]\ndevice_spec = 2',
                 id='group in upper case'),
    pytest.param('[pci]\ndevice_spec = $$x', id='escaped dollar'),
    pytest.param('[pci]\ndevice_spec = \\$x', id='dollar with backslash'),
    pytest.param('[pci]\ndevice_spec = "[2-5]$"', id='dollar at an end'),
    pytest.param('[DEFAULT]\nmy_ip = 1\n[pci]\ndevice_spec = $my_ip',
                 id='option of DEFAULT'),
    pytest.param('[pci]\ndevice_spec = ${my_ip}\n[DEFAULT]\nmy_ip = 1\n',
                 id='option in braces'),
    pytest.param('[pci]\nreport_in_placement = true\n'
                 'device_spec = $report_in_placement',
                 id='option of the same group'),
])
def test_values_are_those_of_oslo_config(tmp_path, text):
    path = tmp_path / 'nova.conf'
    path.write_bytes(text.encode())
    loaded = loader.load_files([(SourceKind.FILE, path)])
    assert loaded.file_errors == ()
    assert loaded.device_spec == read_with_oslo(path)


@pytest.mark.parametrize(('text', 'error'), [
    pytest.param(
        'device_spec = {}\n',
        '1: Section must be started before assignment; no service can read '
        'the file; put a section such as [DEFAULT] before it',
        id='no section'),
    pytest.param(
        'debug = true\n\n# a comment\n[pci]\n',
        '1: Section must be started before assignment; no service can read '
        'the file; put a section such as [DEFAULT] before it',
        id='no section, noticed further down'),
    pytest.param(
        '[pci]\ndevice_spec = [\n# one\n  {}]\n',
        "4: Unexpected continuation line: '  {}]'; no service can read the "
        'file; an indented line goes on with the value above it, which a '
        'comment, a blank line or a section ends; remove the indentation, '
        'or what stands between', id='a comment inside a value'),
    pytest.param(
        '[pci]\ndevice_spec = [{}\n]\n',
        "3: No ':' or '=' found in assignment: ']'; no service can read the "
        'file; if the line belongs to the value above it, indent it',
        id='a bracket that is not indented'),
    pytest.param(
        '[pci]  # ours\n',
        "1: Invalid section (must end with ]): '[pci]  # ours'; no service "
        'can read the file; a section stands alone on its line; a comment '
        'needs its own', id='a comment behind a section'),
    pytest.param(
        '\ufeff[pci]\n',
        "1: No ':' or '=' found in assignment: '\\ufeff[pci]'; no service "
        'can read the file; remove the byte order mark before the first '
        'character', id='byte order mark'),
    pytest.param(
        '[pci]\ndevice_spec = {"physical_network": "phys$net"}\n',
        '2: [pci] device_spec[0]: names an option that does not exist: $net'
        + ESCAPE, id='unknown name'),
    pytest.param(
        '[pci]\nalias = $alias\n',
        '2: [pci] alias[0]: cannot be filled in: it holds itself' + ESCAPE,
        id='a name that holds itself'),
    pytest.param(
        '[pci]\nalias = $pci.no_such_option\n',
        '2: [pci] alias[0]: names an option that does not exist: '
        '$pci.no_such_option' + ESCAPE, id='unknown name with a group'),
    pytest.param(
        '[pci]\nreport_in_placement = maybe\n',
        "2: [pci] report_in_placement: cannot be 'maybe'; expected true or "
        'false', id='a switch that is neither on nor off'),
    pytest.param(
        '[filter_scheduler]\npci_in_placement = $nothing\n',
        '2: [filter_scheduler] pci_in_placement: names an option that does '
        'not exist: $nothing' + ESCAPE, id='unknown name as a switch'),
])
def test_what_no_service_reads_is_an_error_with_its_cause(
        tmp_path, text, error):
    path = tmp_path / 'nova.conf'
    loaded = load(path, text)
    assert [str(fault) for fault in loaded.file_errors] == [f'{path}:{error}']


def test_a_file_in_another_encoding_is_an_error(tmp_path):
    path = tmp_path / 'nova.conf'
    path.write_bytes(b'[pci]\n# caf\xe9\n')
    loaded = loader.load_files([(SourceKind.FILE, path)])
    assert [str(fault) for fault in loaded.file_errors] == [
        f'{path}: is not UTF-8 at byte 11']


def test_the_files_of_nova_compute_are_read_when_none_is_named(
        tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    folder = tmp_path / '.nova'
    parts = folder / 'nova-compute.conf.d'
    parts.mkdir(parents=True)
    for name in ('nova.conf', 'nova-compute.conf', 'nova-scheduler.conf'):
        (folder / name).write_text('')
    for name in ('b.conf', 'a.conf', '.hidden.conf', 'c.txt'):
        (parts / name).write_text('')
    assert config_files.find_files([]) == [
        folder / 'nova.conf', folder / 'nova-compute.conf',
        parts / 'a.conf', parts / 'b.conf']


def test_a_folder_that_is_not_there_is_an_error(tmp_path):
    loaded = loader.load_files([(SourceKind.DIR, tmp_path / 'none')])
    assert [str(fault) for fault in loaded.errors] == [
        f'{tmp_path}/none: is not a folder; no service starts with it']


@pytest.fixture
def service(tmp_path):
    """Let Nova's global configuration read a file, for one test."""
    conf = nova.conf.CONF
    pci_ext.register_opts(conf)

    def read(path):
        conf([f'--config-file={path}'], project='nova',
             default_config_files=[], default_config_dirs=[])
        return conf

    yield read
    conf([], project='nova', default_config_files=[], default_config_dirs=[])


# One file a fault, each of which a service refuses.
REFUSED = {
    'a key that is mistyped': f'[pci]\nalias = {ALIAS}\n'
    'device_spec = {"adress": "0000:01:00.0"}\n',
    'an alias without ids': f'[pci]\ndevice_spec = {SPEC}\n'
    'alias = {"name": "a1"}\n',
    'devname with Placement': '[pci]\nreport_in_placement = true\n'
    f'alias = {ALIAS}\ndevice_spec = {{"devname": "eth0"}}\n',
    'one_time_use without Placement': f'[pci]\nalias = {ALIAS}\n'
    'device_spec = {"address": "0000:01:00.0", "one_time_use": "yes"}\n',
    'two entries of an alias with Placement':
    '[filter_scheduler]\npci_in_placement = true\n'
    '[pci_ext]\nallocation_candidates = nova\n'
    f'[pci]\ndevice_spec = {SPEC}\n'
    'alias = {"name": "a1", "vendor_id": "8086", "product_id": "10ca", '
    '"device_type": "type-VF"}\n'
    'alias = {"name": "a1", "vendor_id": "8086", "product_id": "10ed", '
    '"device_type": "type-VF"}\n',
}


@pytest.mark.parametrize('text', REFUSED.values(), ids=REFUSED)
def test_one_file_gives_one_answer_from_every_command(
        tmp_path, capsys, service, text):
    path = tmp_path / 'nova.conf'
    expected = [str(fault) for fault in load(path, text).errors]
    assert expected
    found = {}
    for name, words in {
            'check': ['check', '--config-file', str(path)],
            'devices': ['devices', '--config-file', str(path),
                        '--inventory', str(HOST)],
            'explain': ['explain', '--config-file', str(path),
                        '--inventory', str(HOST)],
            'quickstart': ['quickstart', '--nova-conf', str(path)],
    }.items():
        code = main.main(words)
        shown = capsys.readouterr()
        found[name] = (code, [
            line.removeprefix('nova-pci: ').removeprefix('error: ')
            for line in (shown.out + shown.err).splitlines()
            if str(path) in line])
    assert found == dict.fromkeys(found, (2, expected))
    # A service knows no files and no lines.
    conf = service(path)
    unplaced = [re.sub(rf'{path}:\d+: ', '', line) for line in expected]
    with pytest.raises(exception.InvalidConfiguration) as caught:
        service_start.check_options()
    assert str(caught.value).splitlines() == unplaced
    result = status.Checks()._check_configuration()
    assert (result.code, result.details.splitlines()) == (
        status.Code.FAILURE, expected)
    specs = [line for line in unplaced if 'device_spec' in line]
    if specs:
        with pytest.raises(exception.PciConfigInvalidSpec):
            device_filter.DeviceFilter(conf.pci.device_spec)


def test_a_lenient_file_gives_one_answer_too(tmp_path, capsys, service):
    path = tmp_path / 'nova.conf'
    path.write_text('[pci_ext]\nstrict = off\n[pci]\n'
                    f'alias = {ALIAS}\n'
                    'device_spec = {"adress": "0000:01:00.0", '
                    '"vendor_id": "8086"}\n')
    for words, code in ((['check'], 1),
                        (['devices', '--inventory', str(HOST)], 0)):
        assert main.main([*words, '--config-file', str(path)]) == code
    shown = capsys.readouterr()
    assert 'adress: unknown key' in shown.out
    service(path)
    service_start.check_options()
    assert len(device_filter.DeviceFilter(
        nova.conf.CONF.pci.device_spec).specs) == 1


def test_a_service_parses_once(tmp_path, service, monkeypatch):
    path = tmp_path / 'nova.conf'
    path.write_text(f'[pci]\nalias = {ALIAS}\n'
                    f'device_spec = {json.dumps({"address": "*:9a:*.*"})}\n')
    conf = service(path)
    service_start.check_options()
    calls = []
    monkeypatch.setattr(loader.parsing, 'parse_device_specs',
                        lambda *args, **_: calls.append(args))
    made = [device_filter.DeviceFilter(conf.pci.device_spec)
            for _ in range(3)]
    assert (calls, [len(each.specs) for each in made]) == ([], [1, 1, 1])


def test_groups_are_read_from_a_file_as_from_a_service(tmp_path):
    path = tmp_path / 'nova.conf'
    group = '{"type": "rail", "name": "a", "addresses":\n  ["0000:41:00.0"]}'
    loaded = load(path, f'[pci_ext]\ndevice_group = {group}\n'
                        'device_group = {"type": "rail"}\n')
    assert [str(each) for each in loaded.groups] == ['rail a']
    assert str(loaded.groups[0].source) == (
        f'{path}:2: [pci_ext] device_group[0]')
    assert [str(error) for error in loaded.errors] == [
        f'{path}:4: [pci_ext] device_group[1]: has no name; expected 1 to 64 '
        'letters, digits, "_", "." and "-", such as "p3"',
        f'{path}:4: [pci_ext] device_group[1]: has no addresses; expected a '
        'list of PCI addresses such as ["0000:0f:00.0", "0000:10:00.0"]']


def test_a_feature_of_nova_is_looked_up_in_silence(tmp_path):
    # What Nova imports warns on the terminal of whoever runs a command.
    path = tmp_path / 'nova.conf'
    path.write_text(
        '[pci]\ndevice_spec = {"vendor_id": "10de", '
        '"product_id": "1db6", "live_migratable": "yes"}\n')
    done = subprocess.run(
        [sys.executable, '-c', LOAD, str(path)], capture_output=True,
        text=True, timeout=240)
    assert (done.returncode, done.stderr) == (0, '')
