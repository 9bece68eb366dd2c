# SPDX-License-Identifier: Apache-2.0

"""What keeps a host from handing devices out, and how it is said."""

import pytest

from nova_pci_ext.handing_out import readiness
from nova_pci_ext.model.inventory import HostReadiness
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.inventory import ModuleState
from tests import device_scenes as scenes

READY = {'iommu_groups': 31, 'firmware_tables': ('DMAR',),
         'kernel_options': ('intel_iommu=on',), 'interrupt_remapping': True,
         'vfio_pci': ModuleState.LOADABLE, 'cpu_flags': ('vmx',)}
OFF = 'the IOMMU is off: there are no IOMMU groups'
DMESG = 'see dmesg | grep -e DMAR -e IOMMU -e AMD-Vi'


@pytest.mark.parametrize(('fields', 'lacks'), [
    pytest.param({}, [], id='a host that has everything'),
    pytest.param({'iommu_groups': 0, 'firmware_tables': (),
                  'kernel_options': ('intel_iommu=on',)}, [
        (OFF, 'the firmware has no table DMAR, IVRS or IORT; switch VT-d or '
              'AMD-Vi on in the firmware')],
        id='no firmware table, whatever the kernel is told'),
    pytest.param({'iommu_groups': 0, 'firmware_tables': ('IVRS',),
                  'kernel_options': ('amd_iommu=off',)}, [
        (OFF, 'remove amd_iommu=off from the kernel command line')],
        id='switched off on the command line'),
    pytest.param({'iommu_groups': 0, 'kernel_options': ('pci=noats',)}, [
        (OFF, 'the firmware has the table DMAR; add intel_iommu=on to the '
              'kernel command line')],
        id='an Intel host that nobody switched on'),
    pytest.param({'iommu_groups': 0}, [(OFF, DMESG)],
                 id='switched on and yet off'),
    pytest.param({'iommu_groups': 0, 'firmware_tables': None,
                  'kernel_options': None}, [(OFF, DMESG)],
                 id='off, and nothing else can be read'),
    pytest.param({'interrupt_remapping': False,
                  'kernel_options': ('intremap=off',)}, [
        ('interrupts are not remapped',
         'vfio gives devices away only with allow_unsafe_interrupts; remove '
         'intremap=off from the kernel command line')],
        id='interrupts are not remapped by order'),
    pytest.param({'interrupt_remapping': False}, [
        ('interrupts are not remapped',
         'vfio gives devices away only with allow_unsafe_interrupts; '
         + DMESG)], id='interrupts are not remapped'),
    pytest.param({'vfio_pci': ModuleState.MISSING, 'cpu_flags': ()}, [
        ('the kernel has no module vfio-pci',
         'install the kernel that has it'),
        ('the CPU has neither vmx nor svm',
         'switch virtualization on in the firmware, or nested '
         'virtualization if this is a guest')],
        id='no module and no flags'),
    pytest.param({'firmware_tables': None, 'kernel_options': None,
                  'interrupt_remapping': None, 'vfio_pci': None,
                  'cpu_flags': None}, [],
                 id='what is not known is not held against it'),
])
def test_lacks(fields, lacks):
    ready = HostReadiness(**{**READY, **fields})
    assert [(lack.fact, lack.remedy)
            for lack in readiness.faults(ready)] == lacks


@pytest.mark.parametrize(('fields', 'text'), [
    pytest.param(READY, '2 devices (1 PF, 1 VF), IOMMU on with 31 groups, '
                 'interrupts remapped, vfio-pci loadable, CPU with vmx',
                 id='all is known'),
    pytest.param({'iommu_groups': 0, 'interrupt_remapping': False,
                  'cpu_flags': ()},
                 '2 devices (1 PF, 1 VF), IOMMU off, interrupts not '
                 'remapped, CPU without vmx or svm', id='all is bad'),
    pytest.param(None, '2 devices (1 PF, 1 VF)', id='nothing is known'),
])
def test_summary(fields, text):
    found = Inventory(
        host='h', devices=(scenes.pf(), scenes.vf()),
        readiness=None if fields is None else HostReadiness(**fields))
    assert readiness.summary(found) == text
