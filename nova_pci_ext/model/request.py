# SPDX-License-Identifier: Apache-2.0

"""What an instance asks for."""

import dataclasses
import enum

from nova_pci_ext.model import device


class NumaPolicy(enum.StrEnum):
    """NUMA affinity policy of a request; the values are Nova's."""

    REQUIRED = 'required'
    PREFERRED = 'preferred'
    LEGACY = 'legacy'
    SOCKET = 'socket'


class Origin(enum.StrEnum):
    """Who made the request."""

    FLAVOR = 'flavor'
    PORT = 'port'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """Properties that one device must have, all of them.

    :ivar vendor_id: lower case, None when not asked
    :ivar product_id: lower case, None when not asked
    :ivar dev_type: None when not asked
    :ivar tags: every other asked property as (key, lower-case value),
        sorted by key; the value None asks for a device without that tag
    """

    vendor_id: str | None = None
    product_id: str | None = None
    dev_type: device.DeviceType | None = None
    tags: tuple[tuple[str, str | None], ...] = ()

    def tag(self, key: str) -> str | None:
        """Return the asked value of a tag, None when not asked."""
        for name, value in self.tags:
            if name == key:
                return value
        return None


def group_prefix(request_id: str | None) -> str:
    """Return how Placement's request groups of a flavor's request begin.

    Nova makes one group per device, "<request id>-<number of the device>".
    """
    return f'{request_id}-'


def group_name(request_id: str | None, number: int) -> str:
    """Return the name of Placement's request group of one device."""
    return f'{group_prefix(request_id)}{number}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRequest:
    """A number of devices that fit one of some alternatives.

    :ivar request_id: Nova's id; the devices are handed over under it; None
        for requests that were stored before Nova gave ids
    :ivar name: for people: the alias, or the port's id
    :ivar count: at least 1; anything less is refused
    :ivar alternatives: in order of preference; none fits no device
    :ivar providers: Placement resource provider UUIDs that the devices come
        from, one per device; empty when Placement did not decide
    """

    request_id: str | None
    name: str
    count: int
    alternatives: tuple[Alternative, ...]
    numa_policy: NumaPolicy = NumaPolicy.LEGACY
    origin: Origin = Origin.FLAVOR
    providers: tuple[str, ...] = ()

    @property
    def group_prefix(self) -> str | None:
        """How the names of Placement's request groups of this one begin.

        None for a port, whose group has the port's id, and for a request
        without an id.
        """
        if self.origin is Origin.PORT or self.request_id is None:
            return None
        return group_prefix(self.request_id)

    @property
    def groups(self) -> tuple[str, ...]:
        """Placement's request groups, one for each device of an alias."""
        if self.group_prefix is None:
            return ()
        return tuple(group_name(self.request_id, number)
                     for number in range(self.count))


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class GuestCells:
    """The host NUMA nodes that a guest would use.

    :ivar nodes: numbers of the host nodes
    :ivar socket_nodes: nodes on the sockets of ``nodes``, those included;
        empty when the host does not say which node is on which socket
    """

    nodes: frozenset[int]
    socket_nodes: frozenset[int] = frozenset()
