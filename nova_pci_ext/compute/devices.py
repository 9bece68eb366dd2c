# SPDX-License-Identifier: Apache-2.0

"""Nova's PciDevice objects of one compute node, found by address.

The objects carry the links of a family themselves (``parent_device`` and
``child_devices``, which Nova and virt drivers read); this module keeps the
links and an index by address, so that no operation looks through all devices
for the few that it is about.
"""

import bisect
import copy
import operator
from collections.abc import Iterable
from collections.abc import Iterator
from typing import Any

from nova.objects import fields

from nova_pci_ext import claims
from nova_pci_ext.model import families
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import DeviceClaim
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import OWNED
from nova_pci_ext.model.device import CHILD_TYPES
from nova_pci_ext.novaobj import charges
from nova_pci_ext.novaobj import device_facts
from nova_pci_ext.novaobj import protocols

PciDevice = protocols.PciDevice
#: An instance; old callers, and Nova's tests, have a dict.
Owner = protocols.Instance | dict[str, Any]
_STATES: dict[str, ClaimState] = {state.value: state for state in ClaimState}
_BY_ADDRESS = operator.attrgetter('_obj_address')


class DeviceIndex:
    """The devices of one compute node by address, linked into families.

    :ivar listed: Nova's PciDeviceList; ``objects`` stays sorted by address
    :ivar families: every link that decides which devices may be owned beside
        each other; those that Nova's objects carry are a part of them
    """

    def __init__(self, listed: protocols.PciDeviceList) -> None:
        self.listed = listed
        self.families = families.Families()
        listed.objects.sort(key=_BY_ADDRESS)
        self._by_address = {dev._obj_address: dev for dev in listed.objects}
        for dev in listed.objects:
            _complete(dev)
            dev.parent_device = None
            dev.child_devices = []
        for dev in listed.objects:
            if dev._obj_status not in GONE:
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

    def alive(self, address: str) -> PciDevice | None:
        """The device at an address, None where there is none any more."""
        dev = self._by_address.get(address)
        return None if dev is None or dev._obj_status in GONE else dev

    def add(self, devices: Iterable[PciDevice]) -> None:
        """Take in devices whose addresses are not known yet."""
        new = list(devices)
        for dev in new:
            _complete(dev)
            self._by_address[dev._obj_address] = dev
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
        """Join a device to its family; a PF also finds its children."""
        own = dev._obj_address
        parent = families.parent_of(dev._obj_dev_type, dev._obj_parent_addr)
        self.families.enter(own, parent)
        if parent is not None:
            _adopt(self.get(parent), dev)
        for address in self.families.children(own):
            _adopt(dev, self.get(address))

    def unlink(self, dev: PciDevice) -> None:
        """Take a device out of what rows and objects say of its family."""
        self.families.leave(dev.address)
        if dev.parent_device is not None:
            siblings = dev.parent_device.child_devices
            del siblings[_position(siblings, dev)]
            dev.parent_device = None
        for child in dev.child_devices:
            child.parent_device = None
        dev.child_devices = []

    def is_held(self, address: str) -> bool:
        """Whether anything in the family of an address is owned."""
        return self.has_owner(self.families.whole([address]))

    def has_owner(self, addresses: Iterable[str]) -> bool:
        """Whether anything at some addresses is owned."""
        return any(dev is not None and dev._obj_status in OWNED
                   for dev in map(self.get, addresses))

    def whole_families(self, addresses: Iterable[str],
                       ) -> dict[str, DeviceClaim]:
        """What the claims need to know of devices and of their families.

        :returns: the devices with all that any link leads to, each once
        """
        found = {address: self._by_address[address]
                 for address in self.families.whole(addresses)
                 if address in self._by_address}
        states = {address: _STATES[dev._obj_status]
                  for address, dev in found.items()}
        alive = {address for address, state in states.items()
                 if state not in GONE}
        family = self.families
        return {address: DeviceClaim(
            address=address, state=states[address],
            owner=dev._obj_instance_uuid, request_id=dev._obj_request_id,
            bandwidth_mbps=(charges.read(dev) if states[address] in OWNED
                            else 0),
            parents=_among(family.parents(address), alive),
            children=_among(family.children(address), alive))
            for address, dev in found.items()}

    def settle(self, touched: Iterable[str]) -> None:
        """Put right the devices that follow from the owners of families.

        :param touched: addresses of those that changed
        """
        states = self.whole_families(dev.address for dev in self)
        for address, right in claims.settle(touched, states).items():
            put_back(self[address], right)


def _among(addresses: Iterable[str], alive: set[str]) -> tuple[str, ...]:
    return tuple([address for address in addresses if address in alive])


def _adopt(parent: PciDevice | None, child: PciDevice | None) -> None:
    """Have two objects carry their link, if it is one that Nova knows."""
    if (parent is not None and child is not None
            and child.parent_device is None
            and child._obj_parent_addr == parent._obj_address
            and child._obj_dev_type in CHILD_TYPES
            and parent._obj_dev_type == fields.PciDeviceType.SRIOV_PF
            and parent._obj_status not in GONE
            and child._obj_status not in GONE):
        child.parent_device = parent
        bisect.insort(parent.child_devices, child, key=_BY_ADDRESS)


def _position(siblings: list[PciDevice], dev: PciDevice) -> int:
    """Where a device stands; Nova's ``==`` would compare every field."""
    return next(i for i, sibling in enumerate(siblings) if sibling is dev)


def _complete(dev: PciDevice) -> None:
    """Set what Nova leaves unset in a device that was never saved."""
    for name in ('instance_uuid', 'request_id', 'parent_addr'):
        if f'_obj_{name}' not in vars(dev):
            setattr(dev, name, None)
    if '_obj_extra_info' not in vars(dev):
        dev.extra_info = {}


def become(dev: PciDevice, claim: DeviceClaim) -> None:
    """Make a device what a plan says.

    Nova's object makes the claim itself: it tells of relatives that a crash
    left in states that cannot be.
    """
    if (claim.state is ClaimState.CLAIMED and claim.owner is not None
            and dev.status == ClaimState.AVAILABLE):
        # Nova's own tracker frees a device, and leaves what is noted.
        charges.put(dev, 0, None)
        dev.claim(claim.owner)
    put_back(dev, claim)


def put_back(dev: PciDevice, claim: DeviceClaim) -> None:
    """Set what differs; setting marks a field as changed even if equal."""
    if dev._obj_status != claim.state:
        dev.status = claim.state
    if dev._obj_instance_uuid != claim.owner:
        dev.instance_uuid = claim.owner
    if dev._obj_request_id != claim.request_id:
        dev.request_id = claim.request_id
    charges.put(dev, claim.bandwidth_mbps, claim.owner)
    device_facts.vouch(dev, claim.owner)


def hand_to(listed: list[PciDevice], allocated: Iterable[PciDevice]) -> None:
    """Enter copies of devices into the list that their instance carries."""
    listed.extend(copy.copy(dev) for dev in allocated)


def of_instance(instance: Owner | None) -> list[PciDevice]:
    """The list of devices that an instance carries, loaded if need be.

    :param instance: an Instance, a dict as old callers have, or None
    :returns: the list itself; a new one for None
    """
    if instance is None:
        return []
    if isinstance(instance, dict):
        found: list[PciDevice] = instance.setdefault('pci_devices', [])
        return found
    return instance.pci_devices.objects


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
