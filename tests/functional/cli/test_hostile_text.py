# SPDX-License-Identifier: Apache-2.0

"""Every text of a host and of a configuration is hostile, and every output
of the commands is looked at.
"""

import dataclasses
import itertools
import json
import pathlib
import sys
from xml.etree import ElementTree

import pytest

from nova_pci_ext.auditing import fixes
from nova_pci_ext.auditing.finding import Finding
from nova_pci_ext.auditing.kinds import Kind
from nova_pci_ext.bookkeeping import recording
from nova_pci_ext.cli import audit
from nova_pci_ext.cli import lines
from nova_pci_ext.cli import main
from nova_pci_ext.discovery import inventory
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.inventory import HostReadiness
from tests import audit_lies
from tests import audit_scenes

# A colour, a title, a forged line, C1, an order of writing, no width, a mark.
HOSTILE = ('\x1b[31m\x1b]0;t\x07\r\nerror: forged\x9b1m\u202eab'
           '\u200b\ufeff\u0301')
ADDRESS = '0000:81:00.0'
# What a recording may hold no free text in; the schema refuses it.
RULED = {'address', 'vendor_id', 'product_id', 'dev_type', 'parent', 'mac',
         'permanent_mac', 'class_code', 'vf_product_id'}


def recorded(kind, known):
    """Return a value with hostile text in every field that takes text."""
    found = dict(known)
    for field in dataclasses.fields(kind):
        if field.name in RULED:
            continue
        if field.type in ('str', 'str | None', str, str | None):
            found[field.name] = f'{field.name} {HOSTILE}'
        elif 'tuple[str, ...]' in str(field.type):
            found[field.name] = [f'{field.name} {HOSTILE}']
    return found


@pytest.fixture
def host(tmp_path):
    """Write a recorded host, and a configuration that hands it out."""
    path = tmp_path / 'host.json'
    device = recorded(Device, {
        'address': ADDRESS, 'vendor_id': '8086', 'product_id': '1521',
        'dev_type': 'type-PF', 'class_code': '020000'})
    path.write_text(json.dumps({
        'format': 'nova-pci-inventory', 'version': 1, 'host': 'host',
        'origin': HOSTILE, 'devices': [device],
        'unfollowed': [{'use': HOSTILE, 'reason': HOSTILE}],
        'readiness': recorded(HostReadiness, {'iommu_groups': 1})}))
    nova_conf = tmp_path / 'nova.conf'
    nova_conf.write_text('[pci]\ndevice_spec = ' + json.dumps({
        'vendor_id': '8086', 'product_id': '1521',
        'physical_network': HOSTILE}) + '\nalias = ' + json.dumps({
            'name': f'a{HOSTILE}'.replace(':', ''),
            'vendor_id': '8086', 'product_id': '1521'})
        + '\n[pci_ext]\nstrict = false\n')
    return path, nova_conf


@pytest.fixture
def run(capsys, monkeypatch):
    monkeypatch.setenv('NO_COLOR', '1')

    def go(*words):
        status = main.main(list(map(str, words)))
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return go


def is_seen(text):
    """Whether a terminal shows all of a text, and does nothing else."""
    return all(line.isprintable() and '\u0301' not in line
               for line in text.split('\n')) and (
        '\nerror: forged' not in f'\n{text}')


def test_the_scene_has_hostile_text_in_every_field(host):
    (device,) = inventory.read_inventory(host[0]).devices
    texts = [field.name for field in dataclasses.fields(Device)
             if HOSTILE in str(getattr(device, field.name))
             or HOSTILE in ''.join(
                 getattr(device, field.name)
                 if isinstance(getattr(device, field.name), tuple) else ())]
    assert set(texts) == {
        'serial', 'capabilities', 'driver', 'netdevs', 'host_uses',
        'vendor_name', 'product_name', 'driver_override', 'link_state',
        'pci_path', 'mdevs', 'owner', 'drained', 'unhealthy', 'unclean',
        'held', 'slot'}


@pytest.mark.parametrize('format', [
    'tree', 'table', 'csv', 'value', 'json', 'yaml'])
@pytest.mark.parametrize('more', [[], ['--long'], ['--unfolded']], ids=str)
def test_devices_shows_nothing_hostile(run, host, format, more):
    status, out, err = run('devices', '--inventory', host[0], '--config-file',
                           host[1], '-f', format, *more)
    assert (status, err) == (0, '')
    assert is_seen(out)
    assert 'driver \\' in out or 'driver \\\\' in out


def test_the_picture_is_well_formed(run, host, tmp_path):
    picture = tmp_path / 'host.svg'
    assert run('devices', '--inventory', host[0], '--config-file', host[1],
               '--plot', picture)[0] == 0
    root = ElementTree.parse(picture).getroot()
    texts = [text.strip() for text in root.itertext()]
    assert all(map(str.isprintable, itertools.chain.from_iterable(
        text.split('\n') for text in texts)))
    assert any('driver \\x1b[31m' in text for text in texts)


def test_a_recording_keeps_what_was_found(run, host, tmp_path):
    """It is data: who shows it escapes it."""
    copy = tmp_path / 'copy.json'
    assert run('devices', '--inventory', host[0], '--record', copy)[0] == 0
    assert inventory.read_inventory(copy) == inventory.read_inventory(host[0])
    assert is_seen(copy.read_text())


@pytest.mark.parametrize('format', ['text', 'json'])
def test_check_shows_nothing_hostile(run, host, format):
    _, out, err = run('check', '--inventory', host[0], '--config-file',
                      host[1], '-f', format)
    assert is_seen(out) and is_seen(err)
    assert ADDRESS in out


# What the rules compare with words of Nova's.
KEPT = {'dev_type', 'status', 'vm_state', 'format', 'version'}


def all_hostile(value):
    """Return JSON of books with hostile text behind all but addresses."""
    if isinstance(value, dict):
        return {key: each if key in KEPT else all_hostile(each)
                for key, each in value.items()}
    if isinstance(value, list):
        return list(map(all_hostile, value))
    if not isinstance(value, str) or value.startswith('0000:'):
        return value
    return f'{value}{HOSTILE}'


@pytest.fixture(scope='module')
def books(tmp_path_factory):
    """Write books in which much disagrees, and every text is hostile."""
    found = audit_scenes.known_cloud(hosts=2)
    for tell in (audit_lies.left_behind_by_a_move,
                 audit_lies.given_to_another_server,
                 audit_lies.two_guests_with_one_device,
                 audit_lies.guest_with_a_device_of_no_row,
                 audit_lies.pool_of_another_numa_node,
                 audit_lies.allocated_to_a_stranger,
                 audit_lies.reserved_by_hand,
                 audit_lies.port_that_names_another_device,
                 audit_lies.port_of_a_server_that_is_gone):
        found = tell(found)
    found = dataclasses.replace(
        audit_lies.rewrite(found, 'h1', f'{audit_scenes.PORTS}.0',
                           address=HOSTILE),
        left_out=('the guests of h9',))
    path = tmp_path_factory.mktemp('books') / 'books.json'
    path.write_text(json.dumps(all_hostile(
        json.loads(recording.format_books(found)))))
    return path


@pytest.mark.parametrize('format', [
    'tree', 'table', 'csv', 'value', 'json', 'yaml'])
def test_audit_shows_nothing_hostile(run, books, format):
    status, out, err = run('audit', '--books', books, '-f', format)
    assert status == 1
    assert is_seen(out) and is_seen(err)
    escape = {'json': '\\u001b', 'yaml': '\\e'}.get(format, '\\x1b')
    if format == 'csv':
        out = out.replace('\\\\', '\\')
    assert f'h0{escape}[31m' in out
    assert audit_lies.STRANGER + escape in out
    # Of the books that were not read a table speaks beside itself.
    assert 'the guests of h9\\x1b[31m' in out + err


def test_a_repair_that_is_asked_for_shows_nothing_hostile(capsys):
    asked = audit._asking(
        lambda text: lines.show(text, sys.stderr), lambda: 'n')
    asked(fixes.Step(
        finding=Finding(kind=Kind.ORPHANED_ALLOCATION, host=HOSTILE,
                        device=HOSTILE, text=HOSTILE),
        fix=fixes.AllocationFix(
            consumer=HOSTILE, provider=HOSTILE, seen=((HOSTILE, 1),),
            units=())))
    assert is_seen(capsys.readouterr().err)


@pytest.mark.parametrize('words', [
    ('devices', '--inventory', f'no{HOSTILE}'),
    ('devices', '--sysfs', f'no{HOSTILE}'),
    ('devices', '--nodedev', f'no{HOSTILE}'),
    ('devices', '-f', 'table', '-c', HOSTILE),
    ('audit', '--books', f'no{HOSTILE}'),
    ('check', '--config-file', f'no{HOSTILE}'),
    ('migrate', f'no{HOSTILE}'),
    ('explain', '--extra-spec', HOSTILE),
    ('explain', '--image', f'no{HOSTILE}'),
    ('explain', '--server', HOSTILE, '--capacity'),
    ('quickstart', '--nova-conf', f'no{HOSTILE}'),
    ('quickstart', '--physnet', HOSTILE),
    ('quickstart', '--alias', HOSTILE),
], ids=str)
def test_an_error_message_shows_nothing_hostile(run, words):
    status, out, err = run(*words)
    assert status == 2
    assert is_seen(out) and is_seen(err)
    assert out + err != ''


@pytest.mark.parametrize('content', [
    '[pci]\n\x1b[31m\u202e\n', '[\u202e\x1b\n', '[pci]\ndevice_spec = \x1b',
    '[pci]\ndevice_spec = {"\\u001b\\u202e": "1"}',
    '[pci]\ndevice_spec = {"vendor_id": "\\u001b\\n\\u202e"}',
    '[pci]\nalias = {"name": "\\u001b\\n\\u202e", "x": "\\n\\u202e"}',
    '[p\u202eci]\ndevice_spek = \x1b',
], ids=ascii)
@pytest.mark.parametrize('command', [
    ('check', '--config-file'), ('migrate',),
    ('quickstart', '--nova-conf'),
    ('devices', '--inventory',
     'etc/nova_pci_ext/quickstart/gpu-host.json', '--config-file')], ids=str)
def test_faults_of_a_configuration_show_nothing_hostile(
        run, tmp_path, monkeypatch, command, content):
    monkeypatch.chdir(pathlib.Path(__file__).parents[3])
    path = tmp_path / 'nova.conf'
    path.write_text(content, 'utf-8')
    _, out, err = run(*command, path)
    assert is_seen(err)
    # The file that migrate prints is the reader's own.
    assert command == ('migrate',) or is_seen(out)
