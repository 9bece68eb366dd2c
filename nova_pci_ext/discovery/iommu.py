# SPDX-License-Identifier: Apache-2.0

"""What a host needs to hand devices out, read from sysfs and procfs."""

import pathlib
import re

from nova_pci_ext.discovery.kernel_files import Root
from nova_pci_ext.model.inventory import HostReadiness
from nova_pci_ext.model.inventory import ModuleState

_TABLES = ('DMAR', 'IORT', 'IVRS')
_FLAGS = ('svm', 'vmx')
_OPTION = re.compile(
    r'(?:intel_iommu|amd_iommu|iommu|iommu\.\w+|intremap|nointremap|'
    r'arm-smmu\S*|vfio\S*|pci|pci-stub\.ids)(?:=\S*)?')
# The kernel names the chip of a remapped interrupt IR-PCI-MSI, IR-IO-APIC;
# on Arm the ITS, which always translates, is what remaps.
_REMAPPED = re.compile(r'\bIR-|\bITS-')
# Chips of POWER, and lines of s390, which say nothing of remapping.
_NOT_TOLD = re.compile(r'\bXICS\b|\bXIVE|\bPNV-|^\s*MSI:', re.MULTILINE)


def read(root: pathlib.Path) -> HostReadiness:
    """Read what there is below a folder that holds ``sys`` and ``proc``."""
    files = Root(root)
    groups = files.names(str(root / 'sys/kernel/iommu_groups'))
    tables = files.names(str(root / 'sys/firmware/acpi/tables'))
    line = files.long_text(str(root / 'proc/cmdline'))
    interrupts = files.long_text(str(root / 'proc/interrupts'))
    cpus = files.long_text(str(root / 'proc/cpuinfo'))
    return HostReadiness(
        iommu_groups=len(groups),
        firmware_tables=tuple(name for name in _TABLES if name in tables)
        if tables else None,
        kernel_options=None if line is None else tuple(
            word for word in line.split() if _OPTION.fullmatch(word)),
        interrupt_remapping=None if not interrupts
        or _NOT_TOLD.search(interrupts)
        else bool(_REMAPPED.search(interrupts)),
        vfio_pci=_vfio_pci(files, root),
        cpu_flags=_cpu_flags(cpus or ''))


def _cpu_flags(cpus: str) -> tuple[str, ...] | None:
    """Find the flags of x86; other CPUs have no such line."""
    flags = re.search(r'^flags\s*:(.*)$', cpus, re.MULTILINE)
    if flags is None:
        return None
    words = flags[1].split()
    return tuple(flag for flag in _FLAGS if flag in words)


def _vfio_pci(files: Root, root: pathlib.Path) -> ModuleState | None:
    """Look for vfio-pci among the drivers, then among the modules."""
    if 'vfio-pci' in files.names(str(root / 'sys/bus/pci/drivers')):
        return ModuleState.LOADED
    release = files.long_text(str(root / 'proc/sys/kernel/osrelease'))
    if not release:
        return None
    folder = str(root / 'lib/modules' / release)
    lists = [files.long_text(f'{folder}/{name}')
             for name in ('modules.dep', 'modules.builtin')]
    known = [text for text in lists if text is not None]
    if any('/vfio-pci.ko' in text for text in known):
        return ModuleState.LOADABLE
    return ModuleState.MISSING if known else None
