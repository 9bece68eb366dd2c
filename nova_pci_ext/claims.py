# SPDX-License-Identifier: Apache-2.0

"""The legal moves of a device, and what each does to its family.

Pure: from records to records.  ``compute.tracker`` makes the records from
Nova's objects, has the moves planned here, and only then touches anything.

Two things decide everything:

- ``MOVES``: from which states a move is legal, and where it leads;
- ``HOLDS``: what an owned device makes of its relatives.  The states of
  devices that nobody owns are never stored knowledge, they follow from the
  owners in the family (``settle``).  So a free cannot forget a relative, and
  rows that a crash left half written are put right by the next look.
"""

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping

from nova_pci_ext import exceptions
from nova_pci_ext.model.claim import ClaimState
from nova_pci_ext.model.claim import Conflict
from nova_pci_ext.model.claim import DEPENDENT
from nova_pci_ext.model.claim import DeviceClaim
from nova_pci_ext.model.claim import GONE
from nova_pci_ext.model.claim import Move
from nova_pci_ext.model.claim import OWNED


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One row of the table of moves.

    :ivar sources: states in which the move is legal
    :ivar target: state after the move
    :ivar only_owner: whether the device must belong to the instance that
        asks, where the caller names one
    :ivar takes: whether the move gives the device to an instance, so that
        no relative may be owned; what is claimed is the instance's already,
        whatever a report makes a relative of it later
    """

    sources: frozenset[ClaimState]
    target: ClaimState
    only_owner: bool = False
    takes: bool = False


MOVES: Mapping[Move, Rule] = {
    Move.CLAIM: Rule(
        sources=frozenset({ClaimState.AVAILABLE}),
        target=ClaimState.CLAIMED, takes=True),
    Move.ALLOCATE: Rule(
        sources=frozenset({ClaimState.CLAIMED}),
        target=ClaimState.ALLOCATED, only_owner=True),
    Move.FREE: Rule(
        sources=OWNED, target=ClaimState.AVAILABLE, only_owner=True),
    Move.REMOVE: Rule(
        sources=DEPENDENT | {ClaimState.AVAILABLE},
        target=ClaimState.REMOVED),
    Move.DELETE: Rule(
        sources=frozenset({ClaimState.REMOVED}),
        target=ClaimState.DELETED),
}

#: What an owned device makes of the parent and the children that nobody owns.
#: The strongest comes first: one allocated VF outweighs claimed siblings.
HOLDS: Mapping[ClaimState, ClaimState] = {
    ClaimState.ALLOCATED: ClaimState.UNAVAILABLE,
    ClaimState.CLAIMED: ClaimState.UNCLAIMABLE,
}

Devices = Mapping[str, DeviceClaim]


def plan(steps: Iterable[tuple[Move, str]], devices: Devices, *,
         owner: str | None = None,
         request_ids: Mapping[str, str | None] | None = None,
         bandwidths: Mapping[str, int] | None = None,
         ) -> dict[str, DeviceClaim]:
    """Work out what a sequence of moves would change, all of it or nothing.

    :param steps: (move, address) in order; each sees the ones before it
    :param devices: every device that is moved, with its whole family
    :param owner: the instance that claims, allocates or frees; None frees
        whoever the owner is
    :param request_ids: for claims: address to the request it is taken for
    :param bandwidths: for claims: address to the Mbit/s that it takes of the
        budget of its PF
    :returns: the new record of each device that changes, moved devices
        first; ``devices`` stays as it is
    :raises ClaimError: for the first step that is not legal
    """
    after: dict[str, DeviceClaim] = {}
    for move, address in steps:
        device = after.get(address, devices[address])
        _check(move, device, owner, after, devices)
        after[address] = _moved(
            move, device, owner, (request_ids or {}).get(address),
            (bandwidths or {}).get(address, 0))
    settled = settle(after, {**devices, **after})
    after.update(settled)
    return {address: device for address, device in after.items()
            if device != devices[address]}


def settle(touched: Iterable[str], devices: Devices,
           ) -> dict[str, DeviceClaim]:
    """Derive the states of devices without an owner from their families.

    :param touched: addresses of devices that are looked at, with their
        relatives
    :param devices: these devices, with their whole families
    :returns: the new record of each device that is not as it must be
    """
    around: dict[str, None] = {}
    for address in touched:
        around[address] = None
        for relative in devices[address].relatives:
            around[relative] = None
    changed: dict[str, DeviceClaim] = {}
    for address in around:
        device = devices[address]
        right = _derived(device, devices)
        if right is not device:
            changed[address] = right
    return changed


def _derived(device: DeviceClaim, devices: Devices) -> DeviceClaim:
    """A device with the state that its relatives leave to it."""
    if device.state in OWNED or device.state in GONE:
        return device
    owned = {devices[relative].state for relative in device.relatives}
    state = next((held for holder, held in HOLDS.items() if holder in owned),
                 ClaimState.AVAILABLE)
    if device.state is state and device.owner is None:
        return device
    return device.moved(state, None, None)


def _moved(move: Move, device: DeviceClaim, owner: str | None,
           request_id: str | None, bandwidth_mbps: int) -> DeviceClaim:
    target = MOVES[move].target
    if move is Move.CLAIM:
        return device.moved(target, owner, request_id, bandwidth_mbps)
    if target in OWNED:
        return device.moved(target, device.owner, device.request_id,
                            device.bandwidth_mbps)
    return device.moved(target, None, None)


def _check(move: Move, device: DeviceClaim, owner: str | None,
           after: Devices, devices: Devices) -> None:
    """Refuse a move that is not legal.

    The state of the device comes first, so that "claimed already" is never
    reported as a quarrel with a relative.

    :raises ClaimError: naming device, state, owner and move
    """
    rule = MOVES[move]
    if device.state not in rule.sources:
        legal = ', '.join(state for state in ClaimState
                          if state in rule.sources)
        raise _error(move, device, Conflict.STATE,
                     f'legal only for a device that is {legal}')
    if rule.only_owner and owner is not None and device.owner != owner:
        raise _error(move, device, Conflict.OWNER,
                     f'instance {owner} does not own it')
    if rule.takes:
        _check_relatives(move, device, after, devices)


def _check_relatives(move: Move, device: DeviceClaim, after: Devices,
                     devices: Devices) -> None:
    for conflict, addresses in (
            (Conflict.PARENT, device.parents),
            (Conflict.CHILD, device.children)):
        for address in addresses:
            relative = after.get(address, devices[address])
            if relative.state in OWNED:
                raise _error(
                    move, device, conflict,
                    f'its {conflict} {address} is {relative.state} by '
                    f'instance {relative.owner}')


def _error(move: Move, device: DeviceClaim, conflict: Conflict,
           message: str) -> exceptions.ClaimError:
    return exceptions.ClaimError(
        device.address, move, device.state, device.owner, message,
        conflict=conflict)
