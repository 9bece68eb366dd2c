# SPDX-License-Identifier: Apache-2.0

"""What a host needs to hand devices out, read below a root path."""

import pytest

from nova_pci_ext.discovery import iommu
from nova_pci_ext.model.inventory import HostReadiness
from nova_pci_ext.model.inventory import ModuleState

LINE = ('BOOT_IMAGE=/vmlinuz root=UUID=1 intel_iommu=on iommu=pt '
        'vfio-pci.ids=8086:1520 quiet secret=pci pci=noats')


def write(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_host_that_says_nothing(tmp_path):
    assert iommu.read(tmp_path) == HostReadiness(iommu_groups=0)


def test_a_host_that_says_everything(tmp_path):
    for number in range(3):
        (tmp_path / f'sys/kernel/iommu_groups/{number}').mkdir(parents=True)
    (tmp_path / 'sys/bus/pci/drivers/vfio-pci').mkdir(parents=True)
    write(tmp_path, {
        'sys/firmware/acpi/tables/DMAR': 'x',
        'sys/firmware/acpi/tables/APIC': 'x',
        'proc/cmdline': LINE + '\n',
        'proc/cpuinfo': 'processor\t: 0\nflags\t\t: fpu vmx sse\n',
        'proc/interrupts': ' 24:  0  IR-PCI-MSI 0-edge  eth0\n'})
    assert iommu.read(tmp_path) == HostReadiness(
        iommu_groups=3, firmware_tables=('DMAR',),
        kernel_options=('intel_iommu=on', 'iommu=pt',
                        'vfio-pci.ids=8086:1520', 'pci=noats'),
        interrupt_remapping=True, vfio_pci=ModuleState.LOADED,
        cpu_flags=('vmx',))


@pytest.mark.parametrize(('interrupts', 'remapped'), [
    (' 24:  0  PCI-MSI 0-edge  eth0\n', False),
    ('  1:  0  IR-IO-APIC 1-edge  i8042\n', True),
    (' 13:  0  ITS-MSI 5-edge  nvme0q0\n', True)])
def test_remapped_interrupts_have_chips_of_their_own(
        tmp_path, interrupts, remapped):
    write(tmp_path, {'proc/interrupts': interrupts})
    assert iommu.read(tmp_path).interrupt_remapping is remapped


@pytest.mark.parametrize(('modules', 'state'), [
    ({'modules.dep': 'kernel/drivers/vfio/pci/vfio-pci.ko.xz: a.ko\n'},
     ModuleState.LOADABLE),
    ({'modules.dep': '', 'modules.builtin':
      'kernel/drivers/vfio/pci/vfio-pci.ko\n'}, ModuleState.LOADABLE),
    ({'modules.dep': 'kernel/drivers/vfio/pci/mlx5-vfio-pci.ko:\n'},
     ModuleState.MISSING),
    ({}, None)], ids=['a module', 'built in', 'none', 'nobody knows'])
def test_vfio_pci_is_looked_for_among_the_modules(tmp_path, modules, state):
    write(tmp_path, {'proc/sys/kernel/osrelease': '6.1.0-1-amd64\n', **{
        f'lib/modules/6.1.0-1-amd64/{name}': text
        for name, text in modules.items()}})
    assert iommu.read(tmp_path).vfio_pci is state


def test_a_long_file_is_read_to_its_end(tmp_path):
    write(tmp_path, {'proc/interrupts': ' 24:  0  PCI-MSI 0-edge  eth0\n'
                     * 5000 + ' 25:  0  IR-PCI-MSI 0-edge  eth1\n'})
    assert iommu.read(tmp_path).interrupt_remapping is True


def test_the_flags_of_a_cpu_without_virtualization(tmp_path):
    write(tmp_path, {'proc/cpuinfo': 'flags : fpu sse\n'})
    assert iommu.read(tmp_path).cpu_flags == ()


def test_an_arm_cpu_has_no_such_flags(tmp_path):
    write(tmp_path, {'proc/cpuinfo': 'Features : fp asimd\n'})
    assert iommu.read(tmp_path).cpu_flags is None
