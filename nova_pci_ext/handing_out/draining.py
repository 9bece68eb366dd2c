# SPDX-License-Identifier: Apache-2.0

"""Which devices of a host are drained: the one rule of tracker and commands.

A mark is of an address, and follows the card where it is certain that the
card has moved: one card of the host has the serial number, and it is at
another address.  A drained PF takes its VFs and vDPA devices along, and a PF
cannot be handed out while a part of it is drained.
"""

from collections.abc import Collection
from collections.abc import Iterable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import NamedTuple

from nova_pci_ext.handing_out import same_device
from nova_pci_ext.model.address import PciAddress
from nova_pci_ext.model.drained import Accepted
from nova_pci_ext.model.drained import CardFunction
from nova_pci_ext.model.drained import Drain
from nova_pci_ext.model.drained import Mark
from nova_pci_ext.model.drained import Marks
from nova_pci_ext.model.drained import Origin
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
    return {address: next(iter(found)) for address, found
            in all_drains(marks, places).items()}


def all_drains(marks: Iterable[Mark], places: Collection[Place],
               ) -> dict[str, list[Drain]]:
    """Return everything that keeps devices from servers, by address.

    :param places: all devices of the host
    :returns: for each drained device, first what counts
    """
    every = list(marks)
    if not every:
        return {}
    there = marked(every, places)
    whole = [Drain(mark=mark, reason=mark.reason)
             for mark in every if mark.address is None]
    found = {place.address: [*_drains(place, there), *whole]
             for place in places}
    for place in places:
        above = found.get(place.parent) if place.parent else None
        if above is not None:
            above += [Drain(mark=mark, reason=(
                f'its part {place.address} is drained: {mark.reason}'))
                for mark in there.get(place.address, ())]
    return {address: drain for address, drain in found.items() if drain}


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


def _drains(place: Place, there: Mapping[str, list[Mark]],
            ) -> Iterator[Drain]:
    for mark in there.get(place.address, ()):
        yield Drain(mark=mark, reason=mark.reason)
    for mark in there.get(place.parent, ()) if place.parent else ():
        yield Drain(mark=mark, reason=_of_pf(mark.reason, place.parent))


def _of_pf(reason: str, pf: str | None) -> str:
    return f'its PF {pf} is drained: {reason}'


def of_card(text: str, pf: str | None) -> str:
    """Return why a card is drained that takes a device along.

    :param text: why the device is drained
    :param pf: its PF
    """
    return text.removeprefix(_of_pf('', pf))


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


def _present_address(mark: Mark, heads: same_device.Seen) -> str:
    """Return where the device of a mark is now.

    :returns: where it was if its card is nowhere, or in several places
    """
    assert mark.address is not None
    return (mark.address if mark.card is None
            else _moved(mark.card, mark.address, heads))


def _moved(card: CardFunction, address: str, heads: same_device.Seen) -> str:
    found = heads.where(_identity(card))
    if found is None:
        return address
    head = PciAddress.parse(found)
    number = routing_id(head) + card.offset
    if not 0 <= number <= 0xffff:
        return address
    return str(PciAddress(head.domain, number >> 8, number >> 3 & 0x1f,
                          number & 7))


def undrained(marks: Marks, gone: Collection[Mark]) -> Marks:
    """Return what is left when an operator puts devices back into service.

    A card that was drained for its health is accepted as nova-compute finds
    it at its next look; its counters do not go back.

    :param gone: marks that are to be taken away
    """
    back = [Accepted(address=mark.address, card=mark.card)
            for mark in marks.drained if mark in gone
            and mark.origin is Origin.HEALTH and mark.address is not None]
    known = {each.card or each.address for each in back}
    return Marks(
        drained=tuple(mark for mark in marks.drained if mark not in gone),
        accepted=(*(each for each in marks.accepted
                    if (each.card or each.address) not in known), *back))


def accepted_at(accepted: Iterable[Accepted], places: Collection[Place],
                ) -> dict[str, Accepted]:
    """Return the cards that are back in service, by where they are now.

    A mark holds a slot whose card is nowhere; what was accepted of that card
    says nothing of another one.

    :param places: all devices of the host
    """
    heads = _heads(places)
    found = {}
    for each in accepted:
        if each.card is None:
            found[each.address] = each
        elif heads.where(_identity(each.card)) is not None:
            found[_moved(each.card, each.address, heads)] = each
    return found
