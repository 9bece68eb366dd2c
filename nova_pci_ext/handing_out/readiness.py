# SPDX-License-Identifier: Apache-2.0

"""Can a host hand devices out, and if not, why not?"""

import collections
import dataclasses
from collections.abc import Iterator

from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import HostReadiness
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.inventory import ModuleState

_OFF = ('intel_iommu=off', 'amd_iommu=off', 'iommu=off')
_NO_REMAPPING = ('intremap=off', 'nointremap')
_DMESG = 'see dmesg | grep -e DMAR -e IOMMU -e AMD-Vi'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessFault:
    """One thing that a host lacks.

    :ivar fact: what is so
    :ivar remedy: what to do, or where to look
    """

    fact: str
    remedy: str


def faults(ready: HostReadiness) -> Iterator[ReadinessFault]:
    """Yield what keeps a host from handing devices out.

    What the host did not say is not held against it.
    """
    if not ready.iommu_groups:
        yield why_no_iommu(ready)
    elif ready.interrupt_remapping is False:
        yield ReadinessFault(
            fact='interrupts are not remapped',
            remedy='vfio gives devices away only with '
                   'allow_unsafe_interrupts; ' + _remove(
                       ready, _NO_REMAPPING))
    if ready.vfio_pci is ModuleState.MISSING:
        yield ReadinessFault(fact='the kernel has no module vfio-pci',
                   remedy='install the kernel that has it')
    if ready.cpu_flags == ():
        yield ReadinessFault(
            fact='the CPU has neither vmx nor svm',
            remedy='switch virtualization on in the firmware, or nested '
                   'virtualization if this is a guest')


def why_no_iommu(ready: HostReadiness) -> ReadinessFault:
    """Say why there are no IOMMU groups, from the first cause on."""
    fact = 'the IOMMU is off: there are no IOMMU groups'
    options = ready.kernel_options
    if ready.firmware_tables == ():
        return ReadinessFault(
            fact=fact, remedy='the firmware has no table DMAR, IVRS or '
                              'IORT; switch VT-d or AMD-Vi on in the firmware')
    if options is not None and any(word in _OFF for word in options):
        return ReadinessFault(fact=fact, remedy=_remove(ready, _OFF))
    if (options is not None and ready.firmware_tables == ('DMAR',)
            and 'intel_iommu=on' not in options):
        return ReadinessFault(
            fact=fact, remedy='the firmware has the table DMAR; add '
                              'intel_iommu=on to the kernel command line')
    return ReadinessFault(fact=fact, remedy=_DMESG)


def _remove(ready: HostReadiness, options: tuple[str, ...]) -> str:
    there = [word for word in ready.kernel_options or () if word in options]
    return (f'remove {there[0]} from the kernel command line' if there
            else _DMESG)


def headline(found: Inventory) -> str:
    """Name the host, and say the same of it."""
    return f'{found.host}: {summary(found)}'


def summary(found: Inventory) -> str:
    """Describe a host in one line: devices, IOMMU, vfio-pci."""
    types = collections.Counter(each.dev_type for each in found.devices)
    counts = [_count(types[kind], name) for kind, name in (
        (DeviceType.PF, 'PF'), (DeviceType.VF, 'VF'),
        (DeviceType.VDPA, 'vDPA device')) if types[kind]]
    total = _count(len(found.devices), 'device')
    parts = [f'{total} ({", ".join(counts)})' if counts else total]
    ready = found.readiness
    if ready is not None:
        parts.append('IOMMU on with '
                     + _count(ready.iommu_groups, 'group')
                     if ready.iommu_groups else 'IOMMU off')
        if ready.interrupt_remapping is not None:
            parts.append('interrupts remapped' if ready.interrupt_remapping
                         else 'interrupts not remapped')
        if ready.vfio_pci is not None:
            parts.append(f'vfio-pci {ready.vfio_pci}')
        if ready.cpu_flags is not None:
            parts.append(f'CPU with {", ".join(ready.cpu_flags)}'
                         if ready.cpu_flags else 'CPU without vmx or svm')
    return ', '.join(parts)


def _count(number: int, word: str) -> str:
    return f'{number} {word}' if number == 1 else f'{number} {word}s'
