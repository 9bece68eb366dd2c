# SPDX-License-Identifier: Apache-2.0

"""Slots of a machine, and the way from one to a device.

A slot has a name, as printed on the board.  What is in it has a bus number
that may change, and behind that device and function numbers that do not:
``5/00.0`` is function 0 of the card in slot 5, ``5/00.0/08.0/00.1`` is
behind the second port of a switch on a card there.
"""

import re
from collections.abc import Iterable
from collections.abc import Mapping
from collections.abc import Sequence

# What the kernel adds to a name that another slot has already.
_SECOND = re.compile('(.+)-[0-9]+')


def certain(slots: Mapping[str, str]) -> dict[str, str]:
    """Return the slots whose names tell them apart.

    Of a name that the firmware has given twice the kernel makes two, in the
    order in which it meets them.

    :param slots: name to address, ``0000:81:00`` as the kernel writes it
    :returns: address to name
    """
    doubled = {found[1] for name in slots
               if (found := _SECOND.fullmatch(name)) and found[1] in slots}
    places: dict[str, list[str]] = {}
    for name, address in slots.items():
        found = _SECOND.fullmatch(name)
        if name not in doubled and not (found and found[1] in doubled):
            places.setdefault(address, []).append(name)
    return {address: names[0] for address, names in places.items()
            if len(names) == 1}


def path(slots: Mapping[str, str], above: Sequence[str],
         address: str) -> str | None:
    """Return the way from the slot that a device is in.

    :param slots: as ``certain`` returns them
    :param above: bridges above the device, from the root complex on
    :returns: None for a device in no slot
    """
    chain = [*above, address]
    for number in range(len(chain) - 1, -1, -1):
        name = slots.get(chain[number].rpartition('.')[0])
        if name is not None:
            return '/'.join([name, *_numbers(chain[number:])])
    return None


def _numbers(addresses: Iterable[str]) -> Iterable[str]:
    for address in addresses:
        yield address.rpartition(':')[2]


def is_in(slot: str, name: str) -> bool:
    """Whether a device is in a slot, or where a longer path leads.

    :param slot: of the device, as ``path`` returns it
    :param name: of a slot, or the beginning of such a path
    """
    return slot == name or slot.startswith(f'{name}/')
