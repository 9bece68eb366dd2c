# SPDX-License-Identifier: Apache-2.0

"""How many devices of each class a host has, and what has become of them."""

import dataclasses

_TYPES = {'type-PF': 'PF', 'type-VF': 'VF', 'type-PCI': 'PCI',
          'vdpa': 'vDPA'}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, order=True)
class DeviceClass:
    """Devices that differ in nothing but their place.

    :ivar dev_type: as rows of Nova have it
    """

    vendor_id: str
    product_id: str
    dev_type: str

    def __str__(self) -> str:
        """Name it for people: ``10de:20b0 PCI``."""
        return f'{self.ids} {_TYPES.get(self.dev_type, self.dev_type)}'

    @property
    def ids(self) -> str:
        """Vendor and product id as ``lspci -n`` prints them."""
        return f'{self.vendor_id}:{self.product_id}'


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, order=True)
class GroupCounts:
    """The groups of one type and size that a host declares.

    :ivar size: devices in each
    :ivar whole: how many can be handed out as they are
    :ivar declared: how many there are
    """

    type: str
    size: int
    whole: int
    declared: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ClassCounts:
    """The devices of one class on one host; the first four are all of them.

    :ivar free: a server can get them now
    :ivar used: an instance owns them, drained or not
    :ivar drained: out of service, and nobody owns them
    :ivar dependent: nobody can get them, because of a relative that is owned
    :ivar drained_used: how many of ``used`` are out of service
    :ivar unhealthy: how many of all have something wrong with their card
    :ivar free_by_node: (NUMA node, number) of the free ones, sorted; the node
        that nobody knows is None and comes last
    :ivar groups: those with a member of this class, sorted
    """

    free: int = 0
    used: int = 0
    drained: int = 0
    dependent: int = 0
    drained_used: int = 0
    unhealthy: int = 0
    free_by_node: tuple[tuple[int | None, int], ...] = ()
    groups: tuple[GroupCounts, ...] = ()

    @property
    def devices(self) -> int:
        """How many there are."""
        return self.free + self.used + self.drained + self.dependent

    @property
    def largest_whole(self) -> int:
        """Devices in the largest group that is whole, 0 where none is."""
        return max((each.size for each in self.groups if each.whole),
                   default=0)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class UnhealthyCard:
    """A card of a host with which something is wrong.

    :ivar address: of its PF; its own where its devices have none
    :ivar kind: the class of those of its devices that are counted
    :ivar faults: what is wrong, in words
    :ivar devices: how many of its devices are of the class
    """

    host: str
    address: str
    kind: DeviceClass
    faults: str
    devices: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class DrainedDevice:
    """A device that is out of service.

    :ivar parent: address of its PF, None for a device without one
    :ivar owner: the instance that has it, None for nobody
    """

    host: str
    address: str
    kind: DeviceClass
    reason: str
    parent: str | None = None
    owner: str | None = None


ByClass = tuple[tuple[DeviceClass, ClassCounts], ...]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class HostCounts:
    """What one host has.

    :ivar disabled: whether its nova-compute gets no new servers
    :ivar classes: sorted by class
    :ivar unhealthy: once for each class of devices, sorted by address
    :ivar drained: sorted by address
    """

    host: str
    disabled: bool = False
    classes: ByClass = ()
    unhealthy: tuple[UnhealthyCard, ...] = ()
    drained: tuple[DrainedDevice, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class EqualHosts:
    """Hosts between which nothing that is counted differs.

    :ivar hosts: their names, in the order of the numbers in them
    :ivar unhealthy: cards of all of them, in the same order
    :ivar drained: devices of all of them, in the same order
    """

    hosts: tuple[str, ...]
    disabled: bool = False
    classes: ByClass = ()
    unhealthy: tuple[UnhealthyCard, ...] = ()
    drained: tuple[DrainedDevice, ...] = ()
