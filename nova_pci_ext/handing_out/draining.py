# SPDX-License-Identifier: Apache-2.0

"""Which devices of a host are drained: the one rule of tracker and commands.

A mark is of an address, and follows the card where it is certain that the
card has moved: one card of the host has the serial number, and it is at
another address.  A drained PF takes its VFs and vDPA devices along, and a PF
cannot be handed out while a part of it is drained.
"""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Mapping
from typing import NamedTuple

from nova_pci_ext.handing_out import same_device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Drain
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.identity import Identity
from nova_pci_ext.model.identity import routing_id


class Place(NamedTuple):
    """What has to be known of a device.

    :ivar address: as the kernel writes it
    :ivar parent: of its PF, None where it has none
    :ivar serial: of its card, None where it is not known
    """

    address: str
    parent: str | None = None
    serial: str | None = None

    @property
    def head(self) -> str:
        """Return the address of the PF, or its own."""
        return self.parent or self.address


def drains(marks: Iterable[Mark],
           places: Collection[Place]) -> dict[str, Drain]:
    """Return the devices that are not handed out, by address.

    Of several marks that meet in a device the first counts, and one of the
    device itself before one of a relative, or of the host.

    :param places: all devices of the host
    """
    every = list(marks)
    direct: dict[str, Mark] = {}
    if every:
        heads = _heads(places)
        for mark in every:
            address = _present_address(mark, heads)
            if address is not None:
                direct.setdefault(address, mark)
    whole = next((mark for mark in every if mark.address is None), None)
    found = {}
    for place in places:
        drain = _drain(place, direct)
        if drain is None and whole is not None:
            drain = Drain(mark=whole, reason=whole.reason)
        if drain is not None:
            found[place.address] = drain
    for place in places:
        own = direct.get(place.address)
        if own is not None and place.parent is not None:
            found.setdefault(place.parent, Drain(
                mark=own, reason=f'its part {place.address} is drained: '
                                 f'{own.reason}'))
    known = {place.address for place in places}
    return {address: drain for address, drain in found.items()
            if address in known}


def _drain(place: Place, direct: Mapping[str, Mark]) -> Drain | None:
    mark = direct.get(place.address)
    if mark is not None:
        return Drain(mark=mark, reason=mark.reason)
    mark = direct.get(place.parent) if place.parent else None
    if mark is not None:
        return Drain(mark=mark,
                     reason=f'its PF {place.parent} is drained: '
                            f'{mark.reason}')
    return None


def card_function(place: Place) -> CardFunction | None:
    """Return what a device is, None where its card has no serial number."""
    serial = same_device.serial(place.serial)
    if serial is None:
        return None
    head, own = map(PciAddress.parse, (place.head, place.address))
    return CardFunction(serial=serial, function=head.function,
                        offset=routing_id(own) - routing_id(head))


def _heads(places: Iterable[Place]) -> same_device.Seen:
    """Return the PFs, and plain devices, to be found by their cards.

    A VF tells of a PF that is not among the devices of the host.
    """
    heads: dict[str, Identity] = {}
    for place in places:
        card = card_function(place)
        if card is not None:
            heads[place.head] = _identity(card)
    doubtful = same_device.shared(
        (identity, head) for head, identity in heads.items())
    return same_device.Seen({
        head: same_device.without(identity, doubtful)
        for head, identity in heads.items()})


def _identity(card: CardFunction) -> Identity:
    return Identity(serial=card.serial, function=card.function)


def _present_address(mark: Mark, heads: same_device.Seen) -> str | None:
    """Return where the device of a mark is now.

    :returns: where it was if its card is nowhere, or in several places
    """
    card = mark.card
    if card is None:
        return mark.address
    found = heads.where(_identity(card))
    if found is None:
        return mark.address
    head = PciAddress.parse(found)
    number = routing_id(head) + card.offset
    if not 0 <= number <= 0xffff:
        return mark.address
    return str(PciAddress(head.domain, number >> 8, number >> 3 & 0x1f,
                          number & 7))
