# SPDX-License-Identifier: Apache-2.0

"""IOMMU groups as VFIO sees them."""

import types

import pytest

from nova_pci_ext.handing_out import groups
from tests import handed_out
from tests.handed_out import device
from tests.handed_out import PF
from tests.handed_out import VF

GPU = device('0000:01:00.0', '0001', class_code='030000', iommu_group=7,
             driver='vfio-pci')


def beside(class_code, driver, address='0000:01:00.1', product='0002'):
    return device(address, product, class_code=class_code, driver=driver,
                  iommu_group=7)


@pytest.mark.parametrize(('class_code', 'driver', 'keeps'), [
    pytest.param('040300', 'snd_hda_intel', True, id='a host driver'),
    pytest.param('040300', 'vfio-pci', False, id='vfio-pci'),
    pytest.param('040300', 'pci-stub', False, id='pci-stub'),
    pytest.param('020000', 'mlx5_vfio_pci', False, id='a variant of vfio-pci'),
    pytest.param('030200', 'nvgrace_gpu_vfio_pci', False, id='Grace'),
    pytest.param('030000', 'xe-vfio-pci', False, id='a name with dashes'),
    pytest.param('0c8000', None, False, id='no driver'),
    pytest.param('060400', 'pcieport', False, id='a port of the group'),
    pytest.param('060400', None, False, id='a bridge without a driver'),
    pytest.param('060401', 'shpchp', False, id='an old bridge'),
    pytest.param('068000', 'nvidia-nvswitch', True, id='an NVSwitch'),
    pytest.param('060100', 'lpc_ich', True, id='nor is the ISA controller'),
    pytest.param('0c0330', 'xhci_hcd', True, id='USB of a GPU'),
])
def test_what_may_stay_behind(class_code, driver, keeps):
    covered = handed_out.cover([GPU, beside(class_code, driver)],
                               '{"product_id": "0001"}')
    assert handed_out.lines(groups.split_groups(covered)) == ([
        '[pci] device_spec: hands out only a part of IOMMU group 7; a guest '
        'cannot get it while the host keeps 0000:01:00.1'] if keeps else [])


PARENT = device('0000:01:00.0', '0001', PF, iommu_group=7)


@pytest.mark.parametrize(('devices', 'said'), [
    pytest.param([GPU, beside('040300', 'vfio-pci')], None,
                 id='functions of one card'),
    pytest.param([GPU, beside('030000', 'vfio-pci', product='0001')],
                 'they go to one guest at a time: 0000:01:00.0, 0000:01:00.1',
                 id='equal functions of one card'),
    pytest.param([GPU, beside('030000', 'vfio-pci', '0000:02:00.0')],
                 'they go to one guest at a time: 0000:01:00.0, 0000:02:00.0',
                 id='two cards'),
    pytest.param([GPU, beside('030000', 'nouveau', '0000:02:00.0')],
                 'a guest has to get all of them: 0000:01:00.0, 0000:02:00.0',
                 id='two cards, one on a driver of the host'),
    pytest.param([PARENT, device('0000:01:00.2', '0002', VF, '0000:01:00.0',
                                 iommu_group=7)], None,
                 id='a PF and its VF, of which more is said elsewhere'),
    pytest.param([*(device(f'0000:01:00.{n}', '0002', VF, '0000:01:00.0',
                           iommu_group=7) for n in (2, 3)), PARENT],
                 'they go to one guest at a time: 0000:01:00.2, 0000:01:00.3',
                 id='VFs of a PF without access control'),
    pytest.param([GPU, device('0000:02:00.0', '0001', iommu_group=8)], None,
                 id='two groups'),
    pytest.param([device('0000:01:00.0'), device('0000:02:00.0')], None,
                 id='no group at all'),
])
def test_devices_for_several_guests(devices, said):
    covered = handed_out.cover(devices, '{"vendor_id": "8086"}')
    assert handed_out.lines(groups.shared_groups(covered)) == ([
        f'[pci] device_spec: hands out 2 devices of IOMMU group 7; {said}']
        if said else [])


def test_devices_are_gone_through_once_for_all_groups():
    """Each VF has a group of its own where there is ACS."""
    passes = []

    class Counted(dict):
        """Devices that count how often they are gone through."""

        def items(self):
            passes.append(len(self))
            return super().items()

    covered = handed_out.cover(
        [device(f'0000:0{bus}:00.{function}', f'000{function}',
                iommu_group=bus, driver='snd_hda_intel' if function else None)
         for bus in range(1, 6) for function in range(2)],
        '{"product_id": "0000"}')
    found = groups.split_groups(types.SimpleNamespace(
        devices=Counted(covered.devices), taken_by=covered.taken_by,
        handed_out=covered.handed_out))
    assert handed_out.lines(found) == [
        f'[pci] device_spec: hands out only a part of IOMMU group {bus}; a '
        f'guest cannot get it while the host keeps 0000:0{bus}:00.1'
        for bus in range(1, 6)]
    assert passes == [10]
