# SPDX-License-Identifier: Apache-2.0

"""Drivers that hold what is handed out."""

import pytest

from nova_pci_ext.handing_out import drivers
from tests import handed_out
from tests.handed_out import device
from tests.handed_out import PF
from tests.handed_out import VF

BIND = 'with managed off, bind it to vfio-pci'
MDEV = 'b7d7c8a2-1111-4222-8333-444455556666'


@pytest.mark.parametrize(('fields', 'managed', 'said'), [
    pytest.param({'driver': 'ixgbe'}, 'yes', None,
                 id='libvirt takes it from its driver'),
    pytest.param({'driver': 'ixgbe'}, 'no', f'is held by ixgbe; {BIND}',
                 id='nobody does'),
    pytest.param({}, 'no', f'is held by no driver; {BIND}', id='no driver'),
    pytest.param({'driver': 'vfio-pci'}, 'no', None, id='vfio-pci'),
    pytest.param({'driver': 'mlx5_vfio_pci'}, 'no', None, id='of NVIDIA NICs'),
    pytest.param({'driver': 'hisi_acc_vfio_pci'}, 'no', None,
                 id='of Hisilicon'),
    pytest.param({'driver': 'pds-vfio-pci'}, 'no', None, id='of Pensando'),
    pytest.param({'driver': 'vfio'}, 'no', f'is held by vfio; {BIND}',
                 id='only its name is like it'),
    pytest.param({'driver': 'nvidia', 'vgpu_type': 1153}, 'no', None,
                 id='a vGPU stays on its driver'),
    pytest.param({'driver': 'nvidia', 'vgpu_type': 0}, 'no',
                 'is not a vGPU yet; write the number of a type to '
                 'nvidia/current_vgpu_type of the device', id='none yet'),
    pytest.param({'driver': 'nvidia', 'vgpu_type': 1153}, 'yes',
                 'is made a vGPU by nvidia, which libvirt would take it from; '
                 'write "managed": "no"', id='libvirt would unmake the vGPU'),
    pytest.param({'driver': 'nvidia', 'mdevs': (MDEV,)}, 'yes',
                 'is in use by mediated devices; leave it out, or remove '
                 f'{MDEV}', id='it serves a guest already'),
    pytest.param({'class_code': '060400', 'driver': 'pcieport'}, 'yes',
                 "is part of the host's bus, which no guest can get; expected "
                 'an entry that leaves bridges out', id='a root port'),
    pytest.param({'class_code': '060700'}, 'yes',
                 "is part of the host's bus, which no guest can get; expected "
                 'an entry that leaves bridges out', id='a CardBus bridge'),
    pytest.param({'class_code': '068000', 'driver': 'nvidia-nvswitch'}, 'yes',
                 None, id='NVSwitch is not a bridge'),
])
def test_a_driver_is_in_the_way(fields, managed, said):
    covered = handed_out.cover(
        [device('0000:01:00.0', **fields)],
        f'{{"vendor_id": "8086", "managed": "{managed}"}}')
    assert handed_out.lines(drivers.check(covered)) == (
        [f'[pci] device_spec[0]: 0000:01:00.0 {said}'] if said else [])


def test_what_is_alike_is_said_once():
    covered = handed_out.cover(
        [device('0000:01:00.0', '0001', PF, driver='ice'),
         *(device(f'0000:01:00.{number}', '0002', VF, '0000:01:00.0',
                  driver='iavf') for number in range(2, 7))],
        '{"address": "0000:01:00.0", "managed": "no"}')
    assert handed_out.lines(drivers.check(covered)) == [
        f'[pci] device_spec[0]: 0000:01:00.0 is held by ice; {BIND}',
        '[pci] device_spec[0]: 0000:01:00.2, 0000:01:00.3, 0000:01:00.4 and '
        f'2 more are held by iavf; {BIND}']
