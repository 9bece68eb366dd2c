# SPDX-License-Identifier: Apache-2.0

"""Drained devices in what ``devices`` and ``check`` show of this host."""

import json

import pytest

from nova_pci_ext.discovery import drained_file
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Origin
from tests import sysfs_tree

PF, VF = '0000:81:00.0', '0000:81:02.0'


@pytest.fixture
def host(tmp_path):
    """Return words for a host with a card, and the file of its marks."""
    tree = sysfs_tree.Tree(tmp_path / 'root')
    tree.device(PF, '8086:1521', '020000', 'igb', vfs=1, sriov_numvfs=1)
    tree.device(VF, '8086:1520', '020000', pf=PF)
    path = tmp_path / 'nova.conf'
    path.write_text(f'[DEFAULT]\nstate_path = {tmp_path}\n[pci]\n'
                    'device_spec = {"vendor_id":"8086", '
                    '"product_id":"1520"}\n')
    marks = tmp_path / 'pci-drained.json'
    drained_file.change(marks, lambda old: [
        Mark(address=PF, reason='bad fan')])
    return ('--sysfs', tree.root, '--config-file', path), marks


def test_devices_says_why(run, host):
    words, _ = host
    _, out, err = run('devices', '--no-owners', *words)
    assert err == ''
    assert out.splitlines()[-1].endswith(
        f'drained: {VF} VF Ethernet 8086:1520 I350 Ethernet Controller '
        f'Virtual Function, reason: its PF {PF} is drained: bad fan, no '
        'driver, device_spec[0], IOMMU group 1002')
    _, out, _ = run('devices', '-f', 'json', *words)
    assert [(each['address'], each['use'], each['drained'])
            for each in json.loads(out)['devices']] == [
        (PF, 'not handed out', 'bad fan'),
        (VF, 'drained', f'its PF {PF} is drained: bad fan')]


def test_check_says_why(run, host):
    words, _ = host
    _, out, _ = run('check', *words)
    assert [line for line in out.splitlines() if 'drained' in line] == [
        f'    {VF}, type-VF 8086:1520, no driver, drained: its PF {PF} is '
        'drained: bad fan',
        f'    {PF}, type-PF 8086:1521, driver igb, drained: bad fan']
    _, out, _ = run('check', '-f', 'json', *words)
    assert {each['address']: each['drained'] for each in
            json.loads(out)['hosts'][0]['devices']} == {
        PF: 'bad fan', VF: f'its PF {PF} is drained: bad fan'}


def test_marks_that_cannot_be_read_are_said(run, host):
    words, marks = host
    marks.write_text('{}')
    fault = (f'{marks}: not a file of nova-pci drain; restore it, or remove '
             'it and drain again')
    assert run('devices', *words)[2] == (
        'nova-pci: warning: '
        f'{fault}; no device is handed out until it can be\n')
    status, out, _ = run('check', *words)
    assert (status, out.splitlines()[2]) == (2, f'error: {fault}')


FATAL = '1 fatal PCIe error since the host started'


@pytest.fixture
def ill(host, tmp_path):
    """Return the words for the host whose card has had an error."""
    words, marks = host
    place = tmp_path / 'root/sys/bus/pci/devices' / PF
    (place / 'aer_dev_fatal').write_text('TOTAL_ERR_FATAL 1\n')
    return words, marks


def test_the_health_of_a_card_is_shown_beside_it(run, ill):
    words, _ = ill
    _, out, err = run('devices', '--no-owners', *words)
    assert err == ''
    assert [line.count(f'not healthy: {FATAL}')
            for line in out.splitlines()[-2:]] == [1, 0]
    _, out, _ = run('devices', '-f', 'json', *words)
    assert [each['unhealthy'] for each in json.loads(out)['devices']] == [
        FATAL, f'PF {PF}: {FATAL}']
    _, out, _ = run('check', *words)
    assert f'driver igb, drained: bad fan, not healthy: {FATAL}' in out
    _, out, _ = run('check', '-f', 'json', *words)
    assert {each['address']: each['unhealthy'] for each in
            json.loads(out)['hosts'][0]['devices']} == {
        PF: FATAL, VF: f'PF {PF}: {FATAL}'}


def test_what_is_drained_for_its_health_is_said_once(run, ill):
    words, marks = ill
    drained_file.change(marks, lambda old: [Mark(
        address=PF, reason=f'not healthy: {FATAL}', origin=Origin.HEALTH)])
    _, out, _ = run('devices', '--no-owners', *words)
    assert [line.count(FATAL) for line in out.splitlines()[-2:]] == [0, 1]
