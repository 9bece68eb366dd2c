# SPDX-License-Identifier: Apache-2.0

"""Which entry takes which device of a host, and what is odd about it."""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.handing_out import near_ids
from nova_pci_ext.handing_out import placement
from nova_pci_ext.handing_out import published
from nova_pci_ext.handing_out import spec_matcher
from nova_pci_ext.handing_out import wants
from nova_pci_ext.matching import rules
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import card_serial
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.inventory import Inventory
from nova_pci_ext.model.spec import Alias
from nova_pci_ext.model.spec import DeviceSpec
from nova_pci_ext.model.verdict import ORDER
from nova_pci_ext.model.verdict import Rejection


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The devices of a host and the entries that take them.

    :ivar taken_by: every device's entry as an index, None for no entry
    :ivar fitting: index of an entry to the devices that fit it, whether it
        takes them or an earlier entry does
    :ivar untrackable: devices that entries fit and that Nova has no room for,
        with the first of their entries; no entry takes them
    :ivar devices: by address, sorted
    """

    specs: tuple[DeviceSpec, ...]
    devices: Mapping[PciAddress, Device]
    taken_by: Mapping[PciAddress, int | None]
    fitting: tuple[frozenset[PciAddress], ...]
    untrackable: Mapping[PciAddress, int]

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

    def taker(self, device: Device) -> DeviceSpec:
        """Return the entry that takes a device which is handed out."""
        index = self.taken_by[device.address]
        assert index is not None
        return self.specs[index]

    def parent(self, device: Device) -> Device | None:
        """Return the PF of a device, None without one on this host."""
        return self.devices.get(device.parent) if device.parent else None


def cover(specs: Sequence[DeviceSpec], inventory: Inventory) -> Coverage:
    """Let each device of a host find its entry.

    :param specs: those that are refused take nothing
    """
    specs = [spec for spec in specs if not spec.is_refused]
    devices = {device.address: device
               for device in sorted(inventory.devices,
                                    key=lambda each: each.address)}
    matcher = spec_matcher.SpecMatcher(specs, {
        name: device.address for device in devices.values()
        for name in device.netdevs})
    every = {address: _fitting(matcher, device, devices)
             for address, device in devices.items()}
    kept = {address: found if address.is_trackable else ()
            for address, found in every.items()}
    return Coverage(
        specs=tuple(specs), devices=devices,
        taken_by={address: found[0] if found else None
                  for address, found in kept.items()},
        fitting=tuple(
            frozenset(address for address, found in kept.items()
                      if index in found) for index in range(len(specs))),
        untrackable={address: found[0] for address, found in every.items()
                     if found and not kept[address]})


def _fitting(matcher: spec_matcher.SpecMatcher, device: Device,
             devices: Mapping[PciAddress, Device]) -> tuple[int, ...]:
    parent = devices.get(device.parent) if device.parent else None
    serial = card_serial(device, parent)
    return matcher.every(
        device.vendor_id, device.product_id, str(device.address),
        str(device.parent) if device.parent else None,
        has_serial=bool(serial),
        serial=serial or (parent.serial if parent else None),
        slot=device.slot or (parent.slot if parent else None))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class NearestMiss:
    """The device that is nearest to what an alias wants, and its fault."""

    device: Device
    rejection: Rejection


def serving(coverage: Coverage, alias: Alias, *, in_placement: bool,
            ) -> tuple[Device, ...]:
    """List the devices that are handed out and fit an alias.

    :param in_placement: whether Placement chooses the devices
    """
    wanted = wants.want(alias)
    return tuple(device for device in coverage.handed_out() if _rejection(
        coverage, device, alias, wanted, in_placement=in_placement) is None)


def nearest_miss(coverage: Coverage, alias: Alias, *, in_placement: bool,
                 ) -> NearestMiss | None:
    """Return which device came furthest of those that do not fit an alias.

    :param in_placement: whether Placement chooses the devices
    :returns: None where every device fits, or none is handed out
    """
    wanted = wants.want(alias)
    misses = [NearestMiss(device=device, rejection=found)
              for device in coverage.handed_out()
              if (found := _rejection(coverage, device, alias, wanted,
                                      in_placement=in_placement))]
    return max(misses, key=lambda miss: (
        ORDER[miss.rejection.reason], near_ids.is_near(alias, miss.device)),
        default=None)


def _rejection(coverage: Coverage, device: Device, alias: Alias,
               wanted: rules.Want, *, in_placement: bool,
               ) -> Rejection | None:
    spec = coverage.taker(device)
    found = rules.rejection(wanted, published.device_class(
        device, coverage.parent(device), spec))
    if found is None and in_placement:
        # With Placement an alias has one entry.
        found = placement.rejection(alias.entries[0], device, spec)
    return found


def names(devices: Iterable[Device], limit: int = 3) -> str:
    """Name a few devices by their addresses."""
    addresses = [str(device.address) for device in devices]
    more = len(addresses) - limit
    shown = ', '.join(addresses[:limit])
    return f'{shown} and {more} more' if more > 0 else shown
