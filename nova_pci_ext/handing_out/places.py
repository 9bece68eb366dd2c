# SPDX-License-Identifier: Apache-2.0

"""Where devices are on their host: what sets of devices ask of it.

Roots and switches of PCIe come from the way to a device, cards from serial
numbers, groups from ``[pci_ext] device_group``.  Who shows a device, who
publishes it and who explains a recorded host ask here.
"""

import dataclasses
import itertools
import types
from collections.abc import Container
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import BLANKED
from nova_pci_ext.model.device import Device
from nova_pci_ext.model.device_group import DeviceGroup
from nova_pci_ext.model.device_set import CARD
from nova_pci_ext.model.device_set import GROUP_TAG
from nova_pci_ext.model.device_set import PCIE_ROOT
from nova_pci_ext.model.device_set import PCIE_SWITCH
from nova_pci_ext.model.tag_values import text

Place = Mapping[str, str]
_Cards = frozenset[str]
_NOWHERE: Place = types.MappingProxyType({})


@dataclasses.dataclass(frozen=True, slots=True)
class Survey:
    """Where the devices of one host are.

    :ivar above: tags of what is above a device, by its address
    :ivar member: tags of the groups that a device is in, by its address
    """

    above: Mapping[str, Place]
    member: Mapping[str, Place]

    def of(self, address: str, parent: str | None = None) -> Place:
        """Return the tags that say where a device is.

        A VF or a vDPA device is where its PF is, but is in groups of its
        own.  What is not known of a device has no tag.

        :param parent: its PF, if that is on the host
        """
        above = self.above.get(parent or address, _NOWHERE)
        groups = self.member.get(address)
        return above if groups is None else {**above, **groups}


def survey(heads: Sequence[Device], groups: Iterable[DeviceGroup] = (),
           ) -> Survey:
    """Find out where devices are.

    :param heads: all devices of the host but those whose PF is there; those
        too that nobody hands out: what shares a switch is not only what a
        guest can get
    """
    switches = _switches(heads)
    cards = _cards(heads)
    return Survey({str(device.address): _place(device, switches, cards)
                   for device in heads}, _groups(groups))


def find(devices: Iterable[Device], groups: Iterable[DeviceGroup] = (),
         ) -> dict[PciAddress, Place]:
    """Return the tags that say where each device of a host is."""
    known = {device.address: device for device in devices}
    parents = {address: device.parent if device.parent in known else None
               for address, device in known.items()}
    found = survey([device for address, device in known.items()
                    if parents[address] is None], groups)
    return {address: found.of(str(address), str(parent) if parent else None)
            for address, parent in parents.items()}


def _place(device: Device, switches: frozenset[str], cards: _Cards,
           ) -> dict[str, str]:
    path = device.pci_path
    found = {}
    if path:
        # Below a root complex is a root port, or the device itself.
        found[PCIE_ROOT] = path[1] if len(path) > 1 else path[0]
    switch = next((bridge for bridge in reversed(path[2:])
                   if bridge in switches), None)
    if switch is not None:
        found[PCIE_SWITCH] = switch
    serial = _serial(device)
    if serial is not None and serial in cards:
        found[CARD] = serial
    return found


def _switches(heads: Sequence[Device]) -> frozenset[str]:
    """Return the upstream ports of switches that several cards share.

    A switch has several ports below its upstream port, each with a bus of
    its own.  One below which everything has one serial number is part of a
    card.
    """
    above = {name for device in heads for name in device.pci_path}
    ports: dict[str, set[str]] = {}
    serials: dict[str, set[str | None]] = {}
    for device in heads:
        if str(device.address) in above:
            continue
        # The first two are the root complex and the root port.
        bridges = device.pci_path[2:]
        for upstream, downstream in itertools.pairwise(bridges):
            ports.setdefault(upstream, set()).add(downstream)
            serials.setdefault(upstream, set()).add(_serial(device))
    return frozenset(
        upstream for upstream, below in ports.items() if len(below) > 1
        and (len(serials[upstream]) > 1 or None in serials[upstream]))


def _cards(heads: Iterable[Device]) -> _Cards:
    """Return the serial numbers that tie functions of several slots.

    Two vendors do not make one card.
    """
    slots: dict[str, set[tuple[int, int, int]]] = {}
    vendors: dict[str, set[str]] = {}
    for device in heads:
        serial = _serial(device)
        if serial is not None:
            address = device.address
            slots.setdefault(serial, set()).add(
                (address.domain, address.bus, address.slot))
            vendors.setdefault(serial, set()).add(device.vendor_id)
    return frozenset(serial for serial, found in slots.items()
                     if len(found) > 1 and len(vendors[serial]) == 1)


def _serial(device: Device) -> str | None:
    """Return the serial number of the card, as pools have it."""
    serial = text(device.serial)
    return None if serial in ('', BLANKED) else serial


def _groups(groups: Iterable[DeviceGroup],
            ) -> dict[str, Place]:
    """Return the tags of groups of each device that is in any."""
    names: dict[str, dict[str, list[str]]] = {}
    for group in sorted(groups, key=lambda each: (each.type, each.name)):
        for address in group.addresses:
            names.setdefault(str(address), {}).setdefault(
                GROUP_TAG + group.type, []).append(
                    f'{group.name}:{len(group.addresses)}')
    return {address: {tag: ','.join(found) for tag, found in tags.items()}
            for address, tags in names.items()}


def unusable(groups: Iterable[DeviceGroup], handed_out: Container[str],
             ) -> dict[DeviceGroup, tuple[str, ...]]:
    """Return the groups that nobody can get, with what they lack.

    A group is never made smaller: without one of its devices it is another
    group.
    """
    lacking = {group: tuple(str(address) for address in group.addresses
                            if str(address) not in handed_out)
               for group in groups}
    return {group: missing for group, missing in lacking.items() if missing}
