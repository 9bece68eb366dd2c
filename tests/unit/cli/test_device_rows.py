# SPDX-License-Identifier: Apache-2.0

"""The devices of a host as rows."""

from nova_pci_ext.cli import device_rows
from nova_pci_ext.model.view import DeviceView
from nova_pci_ext.model.view import Use
from tests import device_scenes as scenes

VIEW = DeviceView(device=scenes.vf(netdevs=('a', 'b')), use=Use.FREE)
COLUMNS = ('address', 'ids', 'netdevs', 'instance', 'use', 'parent')


def test_rows_for_machines_and_for_people():
    assert device_rows.rows('h', [VIEW], COLUMNS, as_text=False) == [
        ['0000:0a:10.0', '8086:1520', ['a', 'b'], None, 'free',
         '0000:0a:00.0']]
    assert device_rows.rows('h', [VIEW], COLUMNS, as_text=True) == [
        ['0000:0a:10.0', '8086:1520', 'a b', '', 'free', '0000:0a:00.0']]


def test_every_column_of_a_bare_device():
    bare = DeviceView(device=scenes.device('0000:01:00.0'))
    [row] = device_rows.rows('h', [bare], device_rows.ALL, as_text=True)
    assert dict(zip(device_rows.ALL, row, strict=True)) | {
        name: '' for name in ('use', 'instance', 'parent', 'entry')
    } == dict(zip(device_rows.ALL, row, strict=True))
    assert set(device_rows.SHORT) <= set(device_rows.ALL)
