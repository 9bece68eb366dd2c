# SPDX-License-Identifier: Apache-2.0

"""Whether two descriptions are of one device: the one rule of all who ask.

A serial number or a MAC address tells a card, a slot only a place in the
machine; so a slot counts where neither side knows more.  A fact that two
devices of a host share tells nothing.
"""

import collections
import dataclasses
import re
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext.model.device import BLANKED
from nova_pci_ext.model.identity import Identity

#: Of vital product data, which has a byte for the length.
LONGEST = 255
# What makers leave in the field of a serial number.
_FILLERS = frozenset({
    'na', 'none', 'null', 'unknown', 'undefined', 'default', 'defaultstring',
    'notspecified', 'notavailable', 'notapplicable', 'tobefilledbyoem',
    'serial', 'serialnumber', 'sn', '0123456789', '1234567890', '123456789',
    '12345678', '1234567', '123456', '12345'})
_SIGNS = re.compile(r'[\W_]+')
#: A kind of fact, and its value with what makes it one of a device.
Fact = tuple[str, object]


def serial(text: str | None) -> str | None:
    """Return a serial number if it can be one, None for a filler."""
    if not text or len(text) > LONGEST or text.startswith(BLANKED):
        return None
    letters = _SIGNS.sub('', text).lower()
    if len(set(letters)) < 2 or letters in _FILLERS:
        return None
    return text


def mac(text: str | None) -> str | None:
    """Return a MAC address if it can be one device's."""
    if not text:
        return None
    digits = text.lower()
    return None if len(set(digits) - {':'}) < 2 else digits


def facts(identity: Identity) -> tuple[Fact, ...]:
    """Return what is known of the PF of a device, or of itself."""
    found: list[Fact] = []
    if identity.serial:
        found.append(('serial', (identity.serial, identity.function)))
    if identity.mac:
        found.append(('mac', identity.mac))
    if identity.slot:
        found.append(('slot', identity.slot))
    return tuple(found)


def is_alike(one: Identity, other: Identity) -> bool:
    """Whether two devices are of one product and type, as far as known."""
    return all(mine is None or theirs is None or mine == theirs
               for mine, theirs in (
                   (one.vendor_id, other.vendor_id),
                   (one.product_id, other.product_id),
                   (one.dev_type, other.dev_type)))


def same_card(one: Identity, other: Identity) -> bool | None:
    """Whether two devices are of one card and PF, whatever VF they are.

    :returns: None where the facts do not tell
    """
    answers = []
    if one.serial and other.serial:
        answers.append((one.serial, one.function)
                       == (other.serial, other.function))
    if one.mac and other.mac:
        answers.append(one.mac == other.mac)
    if answers:
        return all(answers)
    if one.slot and other.slot:
        if one.slot != other.slot:
            return False
        if not (one.serial or other.serial or one.mac or other.mac):
            return True
    return None


def is_another(known: Identity, there: Identity) -> bool:
    """Whether what is at the address of a device is certainly not that one.

    A card may change what it says of itself, as when it is given other
    firmware; one that facts do not tell to be the same is not believed that.
    """
    answer = same_card(known, there)
    return answer is False or (answer is None and any(
        mine is not None and theirs is not None and mine != theirs
        for mine, theirs in ((known.vendor_id, there.vendor_id),
                             (known.product_id, there.product_id))))


def same(one: Identity, other: Identity) -> bool | None:
    """Whether two descriptions are of one device.

    :returns: None where the facts do not tell
    """
    if not is_alike(one, other) or not _is_same_part(one, other):
        return False
    return same_card(one, other)


def _is_same_part(one: Identity, other: Identity) -> bool:
    if one.index is not None and other.index is not None:
        return one.index == other.index
    return one.offset == other.offset


def shared(placed: Iterable[tuple[Identity, str]]) -> frozenset[Fact]:
    """Return the facts that several PFs, or plain devices, have.

    :param placed: each device with the address of its PF, or its own
    """
    heads: dict[Fact, set[str]] = collections.defaultdict(set)
    for identity, head in placed:
        for fact in facts(identity):
            heads[fact].add(head)
    return frozenset(fact for fact, found in heads.items() if len(found) > 1)


def without(identity: Identity, doubtful: frozenset[Fact]) -> Identity:
    """Return a device without facts that tell nothing."""
    if not doubtful:
        return identity
    lost = {kind for kind, _ in doubtful.intersection(facts(identity))}
    if not lost:
        return identity
    return dataclasses.replace(
        identity, serial=None if 'serial' in lost else identity.serial,
        mac=None if 'mac' in lost else identity.mac,
        slot=None if 'slot' in lost else identity.slot)


class Seen:
    """The devices of a host, to be found by what they are.

    :param devices: by address; without facts that several have
    """

    def __init__(self, devices: Mapping[str, Identity]) -> None:
        self.devices = devices
        self._by_fact: dict[Fact, list[str]] = collections.defaultdict(list)
        for address, identity in devices.items():
            for fact in facts(identity):
                self._by_fact[fact].append(address)

    def where(self, known: Identity) -> str | None:
        """Return the address of a device, if it is certain.

        :returns: None where it is on the host nowhere, or where facts
            contradict each other or fit several devices
        """
        found = {address for fact in facts(known)
                 for address in self._by_fact.get(fact, ())
                 if is_alike(known, self.devices[address])
                 and _is_same_part(known, self.devices[address])}
        certain = [address for address in found
                   if same_card(known, self.devices[address])]
        return certain[0] if len(certain) == 1 and not any(
            address not in certain and _is_of_card(
                known, self.devices[address]) for address in found) else None

    def of_card(self, known: Identity) -> list[str]:
        """Return what is of a card, whatever else does not fit; sorted."""
        return sorted({
            address for fact in facts(known)
            for address in self._by_fact.get(fact, ())
            if _is_of_card(known, self.devices[address])
            or same_card(known, self.devices[address])})


def overlap(one: Identity, other: Identity) -> bool:
    """Whether two devices of one card are one, or a PF and a VF of it."""
    return _is_same_part(one, other) or 0 in (one.offset, other.offset)


def _is_of_card(one: Identity, other: Identity) -> bool:
    """Whether a fact that tells a card, not a place, is the same."""
    return bool((one.serial and (one.serial, one.function)
                 == (other.serial, other.function))
                or (one.mac and one.mac == other.mac))


def merged(known: Identity, seen: Identity) -> Identity:
    """Return what is known of one device after it was seen."""
    return dataclasses.replace(
        seen, serial=seen.serial or known.serial, mac=seen.mac or known.mac,
        slot=seen.slot or known.slot,
        index=known.index if seen.index is None else seen.index)
