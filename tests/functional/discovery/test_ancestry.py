# SPDX-License-Identifier: Apache-2.0

"""Devices that are above themselves, or too deep: an error from each source,
and no RecursionError.
"""

import json

import pytest

from nova_pci_ext import exceptions
from nova_pci_ext.cli import main
from nova_pci_ext.discovery import inventory
from nova_pci_ext.discovery import nodedev
from nova_pci_ext.discovery import sysfs
from nova_pci_ext.model import ancestry

ONE, TWO = '0000:01:00.0', '0000:02:00.0'


def device(address, **more):
    return {'address': address, 'vendor_id': '8086', 'product_id': '1521',
            'dev_type': 'type-PCI', **more}


def deep(depth):
    return [f'{number:04x}:00:00.0' for number in range(1, depth + 1)]


@pytest.mark.parametrize(('devices', 'message'), [
    pytest.param([device(ONE, pci_path=[ONE])],
                 f'{ONE} is above itself in pci_path or parent',
                 id='its own bridge'),
    pytest.param([device(ONE, pci_path=[TWO]), device(TWO, pci_path=[ONE])],
                 f'{ONE} is above itself in pci_path or parent',
                 id='two that are below each other'),
    pytest.param([device(ONE, pci_path=[TWO, ONE, TWO])],
                 f'{ONE} is above itself in pci_path or parent',
                 id='a path that comes back'),
    pytest.param([device(ONE, dev_type='type-PF', parent=ONE)],
                 f'{ONE} is above itself in pci_path or parent',
                 id='its own parent'),
    pytest.param([device(ONE, dev_type='type-PF', parent=TWO),
                  device(TWO, dev_type='type-PF', parent=ONE)],
                 f'{ONE} is above itself in pci_path or parent',
                 id='parents of each other'),
    pytest.param([device(ONE, pci_path=deep(10000))],
                 f'device {ONE} has 10000 bridges above it; expected less '
                 f'than {ancestry.DEEPEST}', id='too deep'),
])
def test_a_recording_without_trees_is_an_error(
        tmp_path, capsys, devices, message):
    path = tmp_path / 'host.json'
    path.write_text(json.dumps({
        'format': 'nova-pci-inventory', 'version': 1, 'host': 'h',
        'devices': devices}))
    picture = tmp_path / 'host.svg'
    assert main.main(['devices', '--inventory', str(path), '--plot',
                      str(picture)]) == 2
    assert capsys.readouterr().err == f'nova-pci: error: {path}: {message}\n'


def test_the_deepest_host_is_drawn(tmp_path, capsys):
    path = tmp_path / 'host.json'
    path.write_text(json.dumps({
        'format': 'nova-pci-inventory', 'version': 1, 'host': 'h',
        'devices': [device('ffff:00:00.0',
                           pci_path=deep(ancestry.DEEPEST - 1))]}))
    assert main.main(['devices', '--inventory', str(path), '--plot',
                      str(tmp_path / 'host.svg')]) == 0
    assert 'ffff:00:00.0' in capsys.readouterr().out


def test_a_nodedev_below_itself_is_an_error():
    text = ('<device><name>pci_0000_01_00_0</name><path>/sys/devices/'
            '{path}0000:01:00.0</path><parent>pci_0000_01_00_0</parent>'
            '<capability type="pci"><domain>0</domain><bus>1</bus>'
            '<slot>0</slot><function>0</function><product id="0x1521"/>'
            '<vendor id="0x8086"/></capability></device>')
    with pytest.raises(exceptions.DiscoveryError) as caught:
        nodedev.parse('h', 'somewhere', {
            'f': text.format(path='pci0000:00/0000:01:00.0/x/')})
    assert str(caught.value) == (
        'somewhere: 0000:01:00.0 is above itself in pci_path or parent')
    with pytest.raises(exceptions.DiscoveryError) as caught:
        nodedev.parse('h', 'somewhere', {
            'f': text.format(path='a/b/' * 5000)})
    assert str(caught.value) == (
        'somewhere: device 0000:01:00.0 has 10000 bridges above it; '
        'expected less than 64')


def test_a_device_whose_link_comes_back_is_an_error(tmp_path):
    home = tmp_path / 'sys/devices/pci0000:00' / ONE
    home.mkdir(parents=True)
    (home / 'vendor').write_text('0x8086\n')
    (home / 'device').write_text('0x1521\n')
    bus = tmp_path / 'sys/bus/pci/devices'
    bus.mkdir(parents=True)
    (bus / ONE).symlink_to(
        f'../../../devices/pci0000:00/{ONE}/../{ONE}')
    with pytest.raises(exceptions.DiscoveryError) as caught:
        sysfs.read_host('h', tmp_path)
    assert str(caught.value) == (
        f'{bus}: {ONE} is above itself in pci_path or parent')


@pytest.mark.parametrize(('field', 'value'), [
    ('vendor_id', '8086\n'), ('class_code', '020000\n'),
    ('mac', '02:00:00:00:00:01\n'), ('address', f'{ONE}\n')])
def test_a_line_end_behind_a_value_is_no_part_of_it(field, value):
    text = json.dumps({
        'format': 'nova-pci-inventory', 'version': 1, 'host': 'h',
        'devices': [{**device(ONE), field: value}]})
    with pytest.raises(exceptions.DiscoveryError) as caught:
        inventory.parse_inventory(text, 'f')
    assert str(caught.value).startswith(
        f'f: devices[0].{field}: {value!r} does not match ')
