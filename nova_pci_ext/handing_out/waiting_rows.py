# SPDX-License-Identifier: Apache-2.0

"""Where rows wait of owned devices that are nowhere for certain.

A row has an address, and one address is one row's.  Where the device of
another owner is at the address of such a row now, that owner's row has to come
there.  In a chain of devices that took each other's places there is an address
at its other end that no row needs any more: that of the first one that left.
"""

from collections.abc import Callable
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping

from nova_pci_ext.model.identity import Identity


def find(lost: Collection[str], moves: Mapping[str, str],
         left: Mapping[str, str], stays: Callable[[str], bool],
         may_wait: Callable[[str, str], bool]) -> dict[str, str]:
    """Return the address at which each row waits that has to make room.

    :param lost: addresses of owned rows whose devices are not located
    :param moves: old address of owned devices to their new ones
    :param left: address of what is located to that which it had before
    :param stays: whether the row of an address stays there, for its owner
    :param may_wait: whether the first row may have the address of the second
    :returns: a new dictionary; rows without such a place are not in it
    """
    targets = set(moves.values())
    found = {}
    for address in lost:
        if address in targets:
            *chain, end = _chain(address, left)
            if not any(map(stays, (*chain[1:], end))) and (
                    may_wait(address, end)):
                found[address] = end
    return found


def _chain(address: str, left: Mapping[str, str]) -> Iterator[str]:
    """Yield an address, that from which its device came, and so on.

    It ends: each device came from one address, and what was at the first is
    nowhere.
    """
    yield address
    while address in left:
        address = left[address]
        yield address


def can_be_noted(row: Identity, place: Identity) -> bool:
    """Whether a row says the same of its device at another row's address.

    What is noted of a device counts with what the address says: the function
    of its card, and which VF it is.
    """
    return (row.vendor_id, row.product_id, row.dev_type, row.function,
            row.offset) == (
        place.vendor_id, place.product_id, place.dev_type, place.function,
        place.offset)
