# SPDX-License-Identifier: Apache-2.0

"""PCI devices of a host, as discovery or a recording gives them."""

import dataclasses
import enum

from nova_pci_ext.model.address import PciAddress


class DeviceType(enum.StrEnum):
    """What Nova calls ``dev_type``; the values are Nova's."""

    PCI = 'type-PCI'
    PF = 'type-PF'
    VF = 'type-VF'
    VDPA = 'vdpa'


#: How the serial numbers of an anonymized recording begin; alone it was that
#: of every device, and says nothing of cards.
BLANKED = 'blanked'
#: Types of a device that is a part of a PF.
CHILD_TYPES = frozenset({DeviceType.VF, DeviceType.VDPA})


def excludes(one: DeviceType | None, other: DeviceType | None) -> bool:
    """Whether one of two devices of one PF makes the other unusable.

    A PF that is given out takes its VFs and vDPA devices along, and one of
    those that is given out keeps the PF where it is.
    """
    return ((one == DeviceType.PF and other in CHILD_TYPES)
            or (other == DeviceType.PF and one in CHILD_TYPES))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One PCI function of a host.

    :ivar address: its own address
    :ivar vendor_id: four lower-case hexadecimal digits
    :ivar product_id: four lower-case hexadecimal digits
    :ivar dev_type: as Nova's libvirt driver classifies it
    :ivar numa_node: host NUMA node, None where the host does not say
    :ivar parent: address of the PF, for VFs and vDPA devices
    :ivar serial: card serial number from the vital product data
    :ivar capabilities: names of NIC features, sorted (libvirt's
        ``<feature name=...>``); empty for a device that is no NIC
    :ivar class_code: six hexadecimal digits, ``020000`` for Ethernet
    :ivar driver: kernel driver that holds it, None when unbound
    :ivar iommu_group: number, None without an IOMMU
    :ivar netdevs: names of its network interfaces: its own, sorted, before
        those that represent its VFs on a switch in the card
    :ivar mac: MAC address of its first network interface
    :ivar total_vfs: VFs that the PF can make, 0 for all but PFs
    :ivar num_vfs: VFs that the PF has made
    :ivar vf_index: number of a VF below its PF, as ``ip link`` takes it
    :ivar host_uses: what the host itself uses the device for, sorted:
        ``default route``, ``system disk``, ``swap``, ``mounted on PATH``,
        ``route to NETWORK``, ``disk of NAME``, ``port of NAME``
    :ivar vendor_name: name of the vendor, None where no database has it
    :ivar product_name: name of the product, likewise
    :ivar driver_override: the one driver that may take it, None for any
    :ivar link_state: of its first network interface: ``up``, ``down``, or
        another word of the kernel
    :ivar link_speed_mbps: of that interface, None where the link is down
    :ivar pci_path: how it is reached, from the root complex
        (``pci0000:40``) over the root port (``0000:40:00.0``) and the
        switches to the bridge above it; empty where that is not known
    :ivar vgpu_type: of a VF whose vendor's driver makes it a vGPU without a
        mediated device: the number of its type, 0 where it has none yet;
        None for every other device
    :ivar mdevs: UUIDs of the mediated devices that it serves, sorted
    :ivar vf_product_id: product id of the VFs that a PF has or can make
    :ivar owner: UUID of the instance that has it, as far as Nova's
        database was read with the devices; None for nobody
    :ivar drained: why no server gets it, None where it is in service
    :ivar unhealthy: what is wrong with its card; None where nothing is, or
        nobody has looked
    :ivar unclean: what its last server left on it, as far as Nova's database
        was read with the devices; None for nothing
    :ivar held: why nobody gets what may be the device of an owner, likewise;
        None where nobody wonders
    :ivar slot: the slot of the machine that it is in and the way on from
        there, as ``model.slots.path`` writes it; None in no slot
    :ivar permanent_mac: MAC address that a PF was made with
    """

    address: PciAddress
    vendor_id: str
    product_id: str
    dev_type: DeviceType
    numa_node: int | None = None
    parent: PciAddress | None = None
    serial: str | None = None
    capabilities: tuple[str, ...] = ()
    class_code: str | None = None
    driver: str | None = None
    iommu_group: int | None = None
    netdevs: tuple[str, ...] = ()
    mac: str | None = None
    total_vfs: int = 0
    num_vfs: int = 0
    vf_index: int | None = None
    host_uses: tuple[str, ...] = ()
    vendor_name: str | None = None
    product_name: str | None = None
    driver_override: str | None = None
    link_state: str | None = None
    link_speed_mbps: int | None = None
    pci_path: tuple[str, ...] = ()
    vgpu_type: int | None = None
    mdevs: tuple[str, ...] = ()
    vf_product_id: str | None = None
    owner: str | None = None
    drained: str | None = None
    unhealthy: str | None = None
    unclean: str | None = None
    held: str | None = None
    slot: str | None = None
    permanent_mac: str | None = None


def card_serial(device: Device, parent: Device | None) -> str | None:
    """Return the serial number of the card that a device is on.

    As Nova's driver reports it: a VF without one of its own has that of its
    PF, a vDPA device has not.

    :param parent: the PF, None where it is not known
    """
    if device.serial or device.dev_type is not DeviceType.VF:
        return device.serial
    return parent.serial if parent else None


def parent_interface(device: Device, parent: Device | None) -> str | None:
    """Return the network interface of the PF of a device.

    As Nova's driver reports it: for a device that has an interface itself.
    """
    if parent is None or not (device.netdevs and parent.netdevs):
        return None
    return parent.netdevs[0]


def is_nic_vf(device: Device, parent: Device | None) -> bool:
    """Whether a device is a VF of a PF with a MAC address.

    As Nova's driver reports it: with that address and the VF's number.
    """
    return (device.dev_type is DeviceType.VF and parent is not None
            and parent.mac is not None and device.vf_index is not None)


def is_switched(device: Device) -> bool:
    """Whether a PF is in switchdev mode, as far as it is to be seen.

    libvirt names the mode; the kernel shows the interfaces that represent
    its VFs.
    """
    return 'switchdev' in device.capabilities or (
        device.num_vfs > 0 and len(device.netdevs) > 1)
