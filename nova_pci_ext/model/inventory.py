# SPDX-License-Identifier: Apache-2.0

"""What is known of one host: its devices and its NUMA cells."""

import dataclasses
import enum

from nova_pci_ext.model import device


class ModuleState(enum.StrEnum):
    """Whether the kernel has a module."""

    LOADED = 'loaded'
    LOADABLE = 'loadable'
    MISSING = 'missing'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostReadiness:
    """What a host needs to hand devices out, as far as it could be read.

    Everywhere None means that the host did not say.

    :ivar iommu_groups: number of groups; an IOMMU that is on makes some
    :ivar firmware_tables: which of the ACPI tables that describe an IOMMU
        the firmware has, sorted: ``DMAR`` (Intel), ``IVRS`` (AMD),
        ``IORT`` (Arm)
    :ivar kernel_options: those options of the kernel's command line that
        concern the IOMMU, vfio and PCI, in their order
    :ivar interrupt_remapping: whether interrupts are remapped
    :ivar vfio_pci: the module that holds a device for a guest
    :ivar cpu_flags: ``vmx`` (Intel) or ``svm`` (AMD); empty where the CPU
        runs no guests
    """

    iommu_groups: int
    firmware_tables: tuple[str, ...] | None = None
    kernel_options: tuple[str, ...] | None = None
    interrupt_remapping: bool | None = None
    vfio_pci: ModuleState | None = None
    cpu_flags: tuple[str, ...] | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NumaCell:
    """One NUMA node of a host.

    :ivar id: number of the node, as ``Device.numa_node`` names it
    :ivar cpus: numbers of its CPUs, sorted; at least one
    :ivar memory_mb: size of its memory in MiB
    :ivar socket: number of its socket, None where the host does not say
    """

    id: int
    cpus: tuple[int, ...]
    memory_mb: int
    socket: int | None = None


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Unfollowed:
    """What the host uses, and could not be followed to a device.

    :ivar use: as in ``Device.host_uses``
    :ivar reason: why not, for people
    """

    use: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Hypervisor:
    """What runs the guests, as libvirt says.

    :ivar libvirt: version, ``10.0.0``
    :ivar kind: what libvirt calls the driver, ``QEMU``
    :ivar version: of the driver's program, ``8.2.2``
    """

    libvirt: str
    kind: str
    version: str


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """One host at one moment.

    :ivar host: name of the host
    :ivar origin: where the values are from, for people
    :ivar devices: sorted by address, no address twice
    :ivar numa_cells: sorted by id; empty where the host has no NUMA
    :ivar unfollowed: uses of the host of which the devices are not known
    :ivar readiness: None where only devices were recorded
    :ivar hypervisor: None where no libvirt was asked
    """

    host: str
    origin: str = ''
    devices: tuple[device.Device, ...] = ()
    numa_cells: tuple[NumaCell, ...] = ()
    readiness: HostReadiness | None = None
    unfollowed: tuple[Unfollowed, ...] = ()
    hypervisor: Hypervisor | None = None
