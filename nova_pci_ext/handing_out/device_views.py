# SPDX-License-Identifier: Apache-2.0

"""Devices beside the configuration: who takes them, who owns them."""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.handing_out import coverage
from nova_pci_ext.handing_out import draining
from nova_pci_ext.handing_out import places
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import card_serial
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.device_set import PCIE_SWITCH
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.view import DeviceView
from nova_pci_ext.model.view import Use


def view_devices(found: Inventory, specs: Sequence[DeviceSpec] | None,
                 declared: Iterable[DeviceGroup] = (),
                 ) -> tuple[DeviceView, ...]:
    """Return one view a device, in the order of the addresses.

    :param specs: the entries that hand devices out; None if no
        configuration was read, so that nothing can be said of it
    :param declared: the groups of devices of ``[pci_ext] device_group``
    """
    covered = coverage.cover(specs or (), found)
    blocked = _relatives(found.devices)
    groups = _groups(found.devices)
    where = places.find(found.devices, declared)
    switches = {place.get(PCIE_SWITCH) for place in where.values()}
    views = []
    for device in covered.devices.values():
        taker = covered.taken_by[device.address]
        views.append(DeviceView(
            device=device,
            entry=None if taker is None
            else str(covered.specs[taker].source),
            use=_use(device, taker, blocked, known=specs is not None),
            group_members=tuple(
                other for other in groups.get(device.iommu_group, ())
                if other != device.address),
            place=tuple(where[device.address].items()),
            is_switch=str(device.address) in switches))
    return tuple(views)


def places_of(devices: Sequence[Device]) -> list[draining.Place]:
    """Return what ``draining`` has to know of the devices of a host."""
    by_address = {each.address: each for each in devices}
    return [draining.Place(
        str(each.address), str(each.parent) if each.parent else None,
        card_serial(each, by_address.get(each.parent)
                    if each.parent else None))
        for each in devices]


def _use(device: Device, taker: int | None, blocked: Collection[PciAddress],
         *, known: bool) -> Use | None:
    if device.owner is not None:
        return Use.OWNED
    if taker is None:
        return Use.NOT_HANDED_OUT if known else None
    if device.drained is not None:
        return Use.DRAINED
    return (Use.DEPENDENT if device.held is not None
            or device.address in blocked else Use.FREE)


def _relatives(devices: Sequence[Device]) -> frozenset[PciAddress]:
    """Return the PFs of owned devices, and the VFs of owned PFs."""
    owned = {each.address for each in devices if each.owner is not None}
    above = {each.parent for each in devices
             if each.owner is not None and each.parent is not None}
    below = {each.address for each in devices if each.parent in owned}
    return frozenset(above | below)


def _groups(devices: Sequence[Device],
            ) -> Mapping[int | None, Sequence[PciAddress]]:
    groups: dict[int | None, list[PciAddress]] = {}
    for each in devices:
        if each.iommu_group is not None:
            groups.setdefault(each.iommu_group, []).append(each.address)
    return groups
