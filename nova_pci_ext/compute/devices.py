# SPDX-License-Identifier: Apache-2.0

"""Nova's PciDevice objects of one compute node, found by address.

The objects carry the links of a family themselves (``parent_device`` and
``child_devices``, which Nova and virt drivers read); this module keeps the
links and an index by address, so that no operation looks through all devices
for the few that it is about.
"""

import bisect
import operator
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any
from typing import cast

from nova.objects import fields

from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import DeviceClaim
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.device import CHILD_TYPES

PciDevice = Any
_BY_ADDRESS = operator.attrgetter('address')


class DeviceIndex:
    """The devices of one compute node by address, linked into families.

    :ivar listed: Nova's PciDeviceList; ``objects`` stays sorted by address
    """

    def __init__(self, listed: Any) -> None:
        self.listed = listed
        listed.objects.sort(key=_BY_ADDRESS)
        self._by_address = {dev.address: dev for dev in listed.objects}
        self._orphans: dict[str, dict[str, PciDevice]] = {}
        for dev in listed.objects:
            _complete(dev)
            dev.parent_device = None
            dev.child_devices = []
        for dev in listed.objects:
            if dev.status not in GONE:
                self.link(dev)

    def __iter__(self) -> Iterator[PciDevice]:
        return iter(self.listed.objects)

    def __len__(self) -> int:
        return len(self._by_address)

    def __getitem__(self, address: str) -> PciDevice:
        """The device at an address that is known to be tracked."""
        return self._by_address[address]

    def get(self, address: str) -> PciDevice | None:
        """The device at an address, None where there is none."""
        return self._by_address.get(address)

    def add(self, devices: Iterable[PciDevice]) -> None:
        """Take in devices whose addresses are not known yet."""
        new = list(devices)
        for dev in new:
            _complete(dev)
            self._by_address[dev.address] = dev
            self.link(dev)
        if new:
            self.listed.objects.extend(new)
            self.listed.objects.sort(key=_BY_ADDRESS)

    def forget(self, devices: Iterable[PciDevice]) -> None:
        """Drop devices for good, in one pass."""
        gone = {id(dev): dev for dev in devices}
        if not gone:
            return
        for dev in gone.values():
            self.unlink(dev)
            self._by_address.pop(dev.address, None)
        self.listed.objects = [
            dev for dev in self.listed.objects if id(dev) not in gone]

    def link(self, dev: PciDevice) -> None:
        """Join a device to its family; a PF also collects its orphans."""
        if dev.dev_type == fields.PciDeviceType.SRIOV_PF:
            for child in self._orphans.pop(dev.address, {}).values():
                self._adopt(dev, child)
        elif dev.dev_type in CHILD_TYPES and dev.parent_addr:
            parent = self._by_address.get(dev.parent_addr)
            if (parent is not None and parent.status not in GONE
                    and parent.dev_type == fields.PciDeviceType.SRIOV_PF):
                self._adopt(parent, dev)
            else:
                self._orphans.setdefault(
                    dev.parent_addr, {})[dev.address] = dev

    def unlink(self, dev: PciDevice) -> None:
        """Take a device out of its family; its children become orphans."""
        self._orphans.get(dev.parent_addr, {}).pop(dev.address, None)
        if dev.parent_device is not None:
            siblings = dev.parent_device.child_devices
            del siblings[_position(siblings, dev)]
            dev.parent_device = None
        for child in dev.child_devices:
            child.parent_device = None
            self._orphans.setdefault(
                dev.address, {})[child.address] = child
        dev.child_devices = []

    def families(self, devices: Iterable[PciDevice]) -> list[PciDevice]:
        """The devices with all their relatives, each device once."""
        found: dict[str, PciDevice] = {}
        head: PciDevice
        for dev in devices:
            head = dev if dev.parent_device is None else dev.parent_device
            if head.address not in found:
                found[head.address] = head
                found.update(
                    (child.address, child) for child in head.child_devices)
        return list(found.values())

    @staticmethod
    def _adopt(parent: PciDevice, child: PciDevice) -> None:
        child.parent_device = parent
        bisect.insort(parent.child_devices, child, key=_BY_ADDRESS)


def _position(siblings: list[PciDevice], dev: PciDevice) -> int:
    """Where a device stands; Nova's ``==`` would compare every field."""
    return next(i for i, sibling in enumerate(siblings) if sibling is dev)


def _complete(dev: PciDevice) -> None:
    """Set what Nova leaves unset in a device that was never saved."""
    for name in ('instance_uuid', 'request_id', 'parent_addr'):
        if not dev.obj_attr_is_set(name):
            setattr(dev, name, None)


def claim_of(dev: PciDevice) -> DeviceClaim:
    """What the claims need to know of one of Nova's devices."""
    parent = dev.parent_device
    return DeviceClaim(
        address=dev.address,
        state=ClaimState(dev.status),
        owner=dev.instance_uuid,
        request_id=dev.request_id,
        parent=None if parent is None else parent.address,
        children=tuple(child.address for child in dev.child_devices))


def become(dev: PciDevice, claim: DeviceClaim, instance: Any) -> None:
    """Make a device what a plan says.

    Nova's object makes the two moves itself that it gets right, with all
    that other parts of Nova expect of them: ``allocate`` also enters a copy
    of the device into ``instance.pci_devices``.
    """
    if claim.state is ClaimState.CLAIMED != dev.status:
        dev.claim(claim.owner)
    elif claim.state is ClaimState.ALLOCATED != dev.status:
        dev.allocate(instance)
    put_back(dev, claim)


def put_back(dev: PciDevice, claim: DeviceClaim) -> None:
    """Set what differs; setting marks a field as changed even if equal."""
    if dev.status != claim.state:
        dev.status = claim.state
    if dev.instance_uuid != claim.owner:
        dev.instance_uuid = claim.owner
    if dev.request_id != claim.request_id:
        dev.request_id = claim.request_id


def of_instance(instance: Any) -> list[PciDevice]:
    """The list of devices that an instance carries, loaded if need be.

    :param instance: an Instance, a dict as old callers have, or None
    :returns: the list itself; a new one for None
    """
    if instance is None:
        return []
    if isinstance(instance, dict):
        found: list[PciDevice] = instance.setdefault('pci_devices', [])
        return found
    return cast(list[PciDevice], instance.pci_devices.objects)


def take_out(listed: list[PciDevice], freed: Iterable[PciDevice]) -> None:
    """Take devices out of the list that their instance carries.

    The same rows are meant as in ``same_row``, without comparing each device
    with each other.
    """
    ids = set()
    addresses = set()
    unsaved = set()
    for dev in freed:
        addresses.add(dev.address)
        if dev.obj_attr_is_set('id'):
            ids.add(dev.id)
        else:
            unsaved.add(dev.address)
    for position in reversed(range(len(listed))):
        dev = listed[position]
        if dev.obj_attr_is_set('id'):
            found = dev.id in ids or (unsaved and dev.address in unsaved)
        else:
            found = dev.address in addresses
        if found:
            del listed[position]


def same_row(one: PciDevice, other: PciDevice) -> bool:
    """Whether two objects are of one row of ``pci_devices``.

    A device that was never saved has no id yet; within one compute node its
    address tells as much.
    """
    if one.obj_attr_is_set('id') and other.obj_attr_is_set('id'):
        return bool(one.id == other.id)
    return bool(one.address == other.address)
