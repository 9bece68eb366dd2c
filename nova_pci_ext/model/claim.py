# SPDX-License-Identifier: Apache-2.0

"""Where one device stands on its compute node, and who owns it."""

import dataclasses
import enum


class ClaimState(enum.StrEnum):
    """State of a device; the values are those of ``pci_devices.status``."""

    AVAILABLE = 'available'
    CLAIMED = 'claimed'
    ALLOCATED = 'allocated'
    UNCLAIMABLE = 'unclaimable'
    UNAVAILABLE = 'unavailable'
    REMOVED = 'removed'
    DELETED = 'deleted'


#: An instance has the device.
OWNED = frozenset({ClaimState.CLAIMED, ClaimState.ALLOCATED})

#: Nobody has the device, but a relative of it is owned.
DEPENDENT = frozenset({ClaimState.UNCLAIMABLE, ClaimState.UNAVAILABLE})

#: The device is no longer on the host, or no longer in ``device_spec``.
GONE = frozenset({ClaimState.REMOVED, ClaimState.DELETED})


class Move(enum.StrEnum):
    """What can be done with a device."""

    CLAIM = 'claim'
    ALLOCATE = 'allocate'
    FREE = 'free'
    REMOVE = 'remove'
    DELETE = 'delete'


class Conflict(enum.StrEnum):
    """Why a move is not legal; stable, tests and callers compare it."""

    STATE = 'state'
    OWNER = 'owner'
    PARENT = 'parent'
    CHILD = 'child'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeviceClaim:
    """One device as the claims see it.

    A PF and its VFs and vDPA devices are a family: the PF is the parent.
    Devices are told apart by address only, in whatever form the caller has.
    Where a row and a report of the host name different PFs, both are parents.

    :ivar state: as it would be saved
    :ivar owner: UUID of the instance that has it, None when nobody has
    :ivar request_id: the request it was claimed for, None when there is none
    :ivar bandwidth_mbps: what the owner takes of the budget of its PF
    :ivar parents: addresses of the tracked PFs that it belongs to
    :ivar children: addresses of the tracked VFs and vDPA devices of a PF
    """

    address: str
    state: ClaimState = ClaimState.AVAILABLE
    owner: str | None = None
    request_id: str | None = None
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    bandwidth_mbps: int = 0

    def moved(self, state: ClaimState, owner: str | None,
              request_id: str | None,
              bandwidth_mbps: int = 0) -> 'DeviceClaim':
        """Return the same device in another state."""
        # A claim makes one a device; dataclasses.replace takes twice as long.
        return DeviceClaim(
            address=self.address, state=state, owner=owner,
            request_id=request_id, parents=self.parents,
            children=self.children, bandwidth_mbps=bandwidth_mbps)

    @property
    def relatives(self) -> tuple[str, ...]:
        """Addresses of all devices that are not owned beside this one."""
        return (*self.parents, *self.children)
