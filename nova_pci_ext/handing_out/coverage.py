# SPDX-License-Identifier: Apache-2.0

"""Which entry takes which device of a host, and what is odd about it."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.handing_out import spec_matcher
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device import DeviceType
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.spec import AliasEntry
from nova_pci_ext.model.spec import DeviceSpec

_BRIDGE_CLASS = '06'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The devices of a host and the entries that take them.

    :ivar taken_by: every device's entry as an index, None for no entry
    :ivar fitting: index of an entry to the number of devices that fit it,
        whether it takes them or an earlier entry does
    :ivar devices: by address, sorted
    """

    specs: tuple[DeviceSpec, ...]
    devices: Mapping[PciAddress, Device]
    taken_by: Mapping[PciAddress, int | None]
    fitting: tuple[int, ...]

    def taken(self, index: int) -> list[Device]:
        """List the devices that an entry takes."""
        return [self.devices[address]
                for address, taker in self.taken_by.items()
                if taker == index]

    def handed_out(self) -> list[Device]:
        """List the devices that any entry takes."""
        return [self.devices[address]
                for address, taker in self.taken_by.items()
                if taker is not None]


def cover(specs: Sequence[DeviceSpec], inventory: Inventory) -> Coverage:
    """Let each device of a host find its entry."""
    devices = {device.address: device
               for device in sorted(inventory.devices,
                                    key=lambda each: each.address)}
    matcher = spec_matcher.SpecMatcher(specs, {
        name: device.address for device in devices.values()
        for name in device.netdevs})
    every = {address: _fitting(matcher, device, devices)
             for address, device in devices.items()}
    fits = [index for found in every.values() for index in found]
    return Coverage(
        specs=tuple(specs), devices=devices,
        taken_by={address: found[0] if found else None
                  for address, found in every.items()},
        fitting=tuple(fits.count(index) for index in range(len(specs))))


def _fitting(matcher: spec_matcher.SpecMatcher, device: Device,
             devices: Mapping[PciAddress, Device]) -> tuple[int, ...]:
    parent = devices.get(device.parent) if device.parent else None
    serial = device.serial or (parent and parent.serial)
    return matcher.every(
        device.vendor_id, device.product_id, str(device.address),
        str(device.parent) if device.parent else None,
        has_serial=bool(serial))


def can_serve(coverage: Coverage, entry: AliasEntry) -> bool:
    """Whether any device that is handed out fits an alias entry.

    An entry that names no ids but a resource class is Placement's to judge.
    """
    if entry.vendor_id is None and entry.product_id is None:
        return True
    return any(_fits_alias(coverage, device, entry)
               for device in coverage.handed_out())


def _fits_alias(coverage: Coverage, device: Device, entry: AliasEntry,
                ) -> bool:
    index = coverage.taken_by[device.address]
    assert index is not None
    migratable = coverage.specs[index].tags.get('live_migratable') == 'true'
    return (entry.vendor_id in (None, device.vendor_id)
            and entry.product_id in (None, device.product_id)
            and device.dev_type is not DeviceType.VDPA
            # Without a type an alias never gets a PF, as in Nova.
            and (device.dev_type is entry.dev_type
                 or (entry.dev_type is None
                     and device.dev_type is not DeviceType.PF))
            and entry.live_migratable in (None, migratable))


def both_handed_out(coverage: Coverage) -> list[tuple[Device, int]]:
    """List each PF that is handed out beside VFs of its own, and how many."""
    vfs = [device.parent for device in coverage.handed_out()
           if device.parent is not None]
    return [(device, vfs.count(device.address))
            for device in coverage.handed_out() if device.address in vfs]


def shared_groups(coverage: Coverage) -> list[tuple[int, list[Device]]]:
    """List IOMMU groups of which some devices are handed out, not all.

    A guest gets a group as a whole, so the devices that stay behind make
    the others useless.  Bridges do not count: they go with any guest.

    :returns: (group, its devices that are not handed out), by group
    """
    groups = {device.iommu_group for device in coverage.handed_out()
              if device.iommu_group is not None}
    left = [device for address, device in coverage.devices.items()
            if coverage.taken_by[address] is None
            and not (device.class_code or '').startswith(_BRIDGE_CLASS)]
    found = [(group, [device for device in left
                      if device.iommu_group == group])
             for group in sorted(groups)]
    return [(group, devices) for group, devices in found if devices]


def names(devices: Iterable[Device], limit: int = 3) -> str:
    """Name a few devices by their addresses."""
    addresses = [str(device.address) for device in devices]
    more = len(addresses) - limit
    shown = ', '.join(addresses[:limit])
    return f'{shown} and {more} more' if more > 0 else shown
