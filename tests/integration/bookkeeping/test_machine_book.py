# SPDX-License-Identifier: Apache-2.0

import pytest

from nova_pci_ext.auditing.books import Guest
from nova_pci_ext.auditing.books import MachineDevice
from nova_pci_ext.bookkeeping import machine_book
from nova_pci_ext.discovery import domains
from nova_pci_ext.discovery import inventory as inventory_file
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory

pytestmark = pytest.mark.nova

MDEV = '83c32df7-d52e-4ec1-9668-1f3c7e4df107'
PF, VF = map(PciAddress.parse, ('0000:81:00.0', '0000:81:02.3'))
FOUND = Inventory(host='h', devices=(
    Device(address=PF, vendor_id='8086', product_id='1572', num_vfs=1,
           dev_type=DeviceType.PF, driver='i40e', netdevs=('ens1',),
           mdevs=(MDEV,)),
    Device(address=VF, vendor_id='8086', product_id='154c', parent=PF,
           dev_type=DeviceType.VF, driver='mlx5_vfio_pci',
           netdevs=('ens1v3',))))
DEVICES = (
    MachineDevice(address='0000:81:00.0', vendor_id='8086', num_vfs=1,
                  product_id='1572', dev_type='type-PF', driver='i40e'),
    MachineDevice(address='0000:81:02.3', vendor_id='8086',
                  product_id='154c', dev_type='type-VF',
                  parent='0000:81:00.0', driver='mlx5_vfio_pci',
                  for_guests=True))


def test_macvtap_is_followed_to_its_device():
    domain = domains.Domain(uuid='u', name='n', running=True,
                            hostdevs=(PF,), interfaces=('ens1v3', 'br0'))
    found = machine_book.machine('h', FOUND, [domain], {})
    assert found.devices == DEVICES
    assert found.guests == (Guest(
        uuid='u', name='n', running=True, hostdevs=('0000:81:00.0',),
        netdevs=('0000:81:02.3',), complete=False),)


def guest(**values):
    """Return what of a domain was followed, and whether that is all."""
    (found,) = machine_book.machine('h', FOUND, [domains.Domain(
        uuid='u', name='n', running=True, **values)],
        {'/dev/vhost-vdpa-0': str(VF)}).guests
    return found.hostdevs, found.netdevs, found.parts, found.complete


@pytest.mark.parametrize(('values', 'expected'), [
    ({}, ((), (), (), True)),
    ({'complete': False}, ((), (), (), False)),
    ({'vdpa': ('/dev/vhost-vdpa-0',)}, ((), (str(VF),), (), True)),
    ({'vdpa': ('/dev/vhost-vdpa-1',)}, ((), (), (), False)),
    ({'mdevs': (MDEV,)}, ((), (), (str(PF),), True)),
    ({'mdevs': ('another',)}, ((), (), (), False)),
    ({'interfaces': ('ens1',)}, ((), (str(PF),), (), True)),
], ids=['nothing', 'unknown', 'vDPA', 'vDPA of no device', 'mediated',
        'mediated, of no device', 'macvtap'])
def test_devices_are_followed_to_addresses(values, expected):
    assert guest(**values) == expected


def test_without_sysfs_nothing_is_followed():
    (found,) = machine_book.machine('h', None, [domains.Domain(
        uuid='u', name='n', running=True, interfaces=('ens1v3',))], {}).guests
    assert (found.netdevs, found.complete) == ((), False)


def test_what_was_not_read_is_none():
    found = machine_book.machine('h', None, None, {})
    assert (found.devices, found.guests) == (None, None)


def test_a_recorded_host_has_the_guests_that_were_written_down(tmp_path):
    path = tmp_path / 'host.json'
    inventory_file.write_inventory(FOUND, path)
    folder = tmp_path / 'handed-over'
    folder.mkdir()
    (folder / 'u.json').write_text(
        '{"server": "u", "name": "n", "running": false, '
        '"devices": [{"address": "0000:81:02.3"}]}')
    found = machine_book.recorded('h', path, str(tmp_path))
    assert (found.recorded, found.devices, found.guests) == (
        True, DEVICES, (Guest(uuid='u', name='n', running=False,
                              hostdevs=('0000:81:02.3',)),))
