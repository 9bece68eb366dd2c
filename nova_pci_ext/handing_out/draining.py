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

from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.device import BLANKED
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Drain
from nova_pci_ext.model.drained import Mark


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
    direct = {address: there[0]
              for address, there in marked(every, places).items()}
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


def marked(marks: Iterable[Mark],
           places: Iterable[Place]) -> dict[str, list[Mark]]:
    """Return the marks of single devices by where those are now.

    :param places: all devices of the host
    """
    found: dict[str, list[Mark]] = {}
    every = [mark for mark in marks if mark.address is not None]
    if every:
        heads = _heads(places)
        for mark in every:
            found.setdefault(_present_address(mark, heads), []).append(mark)
    return found


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
    if not place.serial or place.serial.startswith(BLANKED):
        return None
    head, own = map(PciAddress.parse, (place.head, place.address))
    return CardFunction(serial=place.serial, function=head.function,
                        offset=_routing_id(own) - _routing_id(head))


def _heads(places: Iterable[Place]) -> dict[tuple[str, int], set[str]]:
    """Return which PFs, or plain devices, have a serial and a number."""
    found: dict[tuple[str, int], set[str]] = {}
    for place in places:
        card = card_function(place)
        if card is not None:
            found.setdefault((card.serial, card.function), set()).add(
                place.head)
    return found


def _present_address(mark: Mark, heads: Mapping[tuple[str, int], set[str]],
                     ) -> str:
    """Return where the device of a mark is now.

    :returns: where it was if its card is nowhere, or in several places
    """
    card = mark.card
    assert mark.address is not None
    if card is None:
        return mark.address
    found = heads.get((card.serial, card.function), set())
    if len(found) != 1:
        return mark.address
    head = PciAddress.parse(next(iter(found)))
    number = _routing_id(head) + card.offset
    if not 0 <= number <= 0xffff:
        return mark.address
    return str(PciAddress(head.domain, number >> 8, number >> 3 & 0x1f,
                          number & 7))


def _routing_id(address: PciAddress) -> int:
    """Return the number of a function within its domain, as PCI has it."""
    return address.bus << 8 | address.slot << 3 | address.function
